/** The panel's parts, and which action what is done in them leads to. */
import type { EmbeddingIntent, MapLook } from '../../../src/shared/protocol/panels/embeddingPanel';
import type { SavedFile } from '../../../src/shared/protocol/panels/panelMessages';
import { pointWeights, searchImages } from '../../../src/shared/views/embedding/pointGroups';
import type { Actions } from './actions';
import { createChosenStrip, type ChosenStrip } from './chosenStrip';
import { createControls, type Controls } from './controls';
import { createImageDetails, type ImageDetails } from './imageDetails';
import { createImageTip, type ImageTip } from './imageTip';
import type { KnownMaps } from './knownMaps';
import { createLegend, type Legend } from './legend';
import { createMapKeys } from './mapKeys';
import { createMapsView, type MapsView } from './mapsView';
import { createSaving, type Saving } from './saving';
import { createStartMenu, type StartMenu } from './startMenu';
import { createThumbnails, type Thumbnails } from './thumbnails';

export interface Parts {
  readonly tip: ImageTip;
  readonly maps: MapsView;
  readonly controls: Controls;
  readonly legend: Legend;
  readonly saving: Saving;
  readonly details: ImageDetails;
  readonly strip: ChosenStrip;
  readonly menu: StartMenu;
}

export interface PartsOptions {
  readonly known: KnownMaps;
  readonly actions: Actions;
  readonly send: (intent: EmbeddingIntent) => void;
  readonly save: (file: SavedFile) => void;
  readonly redraw: () => void;
  /** Maps were moved or zoomed. */
  readonly onMove: (look: MapLook) => void;
  /** Thumbnails have come. */
  readonly onThumbnails: () => void;
}

export function createParts(options: PartsOptions): Parts {
  const { known, actions, send, save } = options;
  const { change, look } = actions;
  const thumbnails = createThumbnails(options.onThumbnails);
  const tip = createImageTip(thumbnails);
  const controls = createSearchingControls(options);
  const maps = createMaps(options, { thumbnails, tip, search: () => controls.focusSearch() });
  const legend = createLegend(change, () => chooseBright(known, actions));
  const saving = createSaving({ current: () => known.shown, maps: () => maps.drawn(), save });
  const details = createImageDetails({ thumbnails, send, onLook: look });
  const strip = createChosenStrip({
    ...{ thumbnails, onLook: (image) => change({ image: known.shown?.study.images[image]!.place }) },
    ...{ onClear: () => actions.choose([], false), onSave: saving.saveCsv },
  });
  return { tip, maps, controls, legend, saving, details, strip, menu: createStartMenu(send) };
}

interface MapsNeeds {
  readonly thumbnails: Thumbnails;
  readonly tip: ImageTip;
  readonly search: () => void;
}

function createMaps({ known, actions, onMove }: PartsOptions, { thumbnails, tip, search }: MapsNeeds): MapsView {
  const { change, look, choose, toggle, takeMap } = actions;
  const clear = (): void => (known.chosen.length > 0 ? choose([], false) : look(undefined));
  return createMapsView({
    ...{ thumbnails, tip },
    onLook: onMove,
    onPress: (image, own, adds) => {
      if (image !== undefined && adds) return toggle(image);
      if (known.shown && own !== known.shown.main) takeMap(own);
      look(image);
    },
    onChoose: choose,
    onKey: createMapKeys({ ...{ change, look, toggle, clear, search }, current: () => known.shown }),
    onTitle: takeMap,
  });
}

function createSearchingControls({ known, actions, redraw }: PartsOptions): Controls {
  return createControls({
    change: actions.change,
    current: () => known.shown,
    onSearch: (text) => {
      known.found = text.trim() === '' || !known.shown ? undefined : searchImages(known.shown.study, text);
      redraw();
    },
    onNext: () => {
      const { shown, found } = known;
      if (!shown || !found?.length) return;
      const { image } = shown;
      actions.look(found[(image === undefined ? 0 : found.indexOf(image) + 1) % found.length]);
    },
  });
}

/** All that the legend leaves in full colour. */
function chooseBright({ shown }: KnownMaps, { choose }: Actions): void {
  const weights = shown?.main.weights;
  if (!weights) return;
  choose(
    [...weights.keys()].filter((image) => weights[image] === pointWeights.full),
    false,
  );
}
