/** What the user can do to the view and to the choice of images; the panel says it, shows it, and tells other panels. */
import type { EmbeddingView } from '../../../src/shared/protocol/panels/embeddingPanel';
import type { SelectionChange } from '../../../src/shared/protocol/panels/selection';
import { isColourOfClasses } from '../../../src/shared/views/embedding/chooseMaps';
import { formatNumberOf } from '../../../src/shared/views/formatNumbers';
import type { Announce } from '../../ui/announce';
import { describeImage } from './describe';
import type { KnownMaps } from './knownMaps';
import type { Shown } from './shown';

export interface Actions {
  change(part: Partial<EmbeddingView>): void;
  /** Undefined: at no image. */
  look(image: number | undefined): void;
  choose(images: readonly number[], adds: boolean): void;
  toggle(image: number): void;
  /** Looks at another of the maps on screen. */
  takeMap(own: Shown['main']): void;
}

export interface ActionsOptions {
  readonly known: KnownMaps;
  readonly announce: Announce;
  readonly saveView: (part: Partial<EmbeddingView>) => void;
  readonly select: (change: SelectionChange) => void;
  readonly redraw: () => void;
  /** Other stages are wanted. */
  readonly reload: () => void;
  readonly bringIntoView: (image: number | undefined) => void;
}

/** Parts of the view that decide which stages are read. */
const readAnew: readonly (keyof EmbeddingView)[] = ['seed', 'source', 'method', 'beside'];

export function createActions(options: ActionsOptions): Actions {
  const { known, announce, saveView, select, redraw, reload, bringIntoView } = options;
  const change = (part: Partial<EmbeddingView>): void => {
    const isRecoloured = 'colour' in part && part.colour !== known.shown?.colour;
    saveView({ ...part, ...(isRecoloured && { hidden: [], emphasised: undefined }) });
    if (readAnew.some((key) => key in part)) reload();
    redraw();
    const { shown } = known;
    if (!shown) return;
    if ('layer' in part || 'model' in part || 'image' in part) select(lookedAt(shown));
    if ('emphasised' in part && isColourOfClasses(shown.colour)) select({ category: part.emphasised ?? null });
    if ('layer' in part || 'model' in part) announce(`${shown.main.map.model}, ${shown.main.map.layer}`);
  };
  const look = (image: number | undefined): void => {
    const { shown } = known;
    if (!shown) return;
    const place = image === undefined ? undefined : shown.study.images[image]!.place;
    change({ image: place, ...(image !== undefined && { tab: 'image' as const }) });
    bringIntoView(image);
    if (image !== undefined && known.shown)
      announce(`${known.shown.study.images[image]!.name}: ${describeImage(known.shown, image)}`);
  };
  const sayChosen = (): void => announce(`${formatNumberOf(known.chosen.length, 'image')} chosen`);
  return {
    change,
    look,
    choose: (images, adds) => {
      const all = adds ? new Set([...known.chosen, ...images]) : new Set(images);
      known.chosen = [...all].sort((a, b) => a - b);
      change({ tab: known.chosen.length > 0 ? 'chosen' : 'image' });
      sayChosen();
    },
    toggle: (image) => {
      const { chosen } = known;
      if (chosen.includes(image)) known.chosen = chosen.filter((one) => one !== image);
      else known.chosen = [...chosen, image].sort((a, b) => a - b);
      redraw();
      sayChosen();
    },
    takeMap: ({ map }) => change({ model: map.model, layer: map.layer, seed: map.seed }),
  };
}

/** Pretraining, layer and image, for other panels. */
function lookedAt({ main: { map }, study, image }: Shown): SelectionChange {
  const { data, split } = map.stage;
  return {
    ...{ pretraining: map.model, layer: map.layer },
    ...(image !== undefined && { image: { data, split, name: study.images[image]!.name } }),
  };
}
