/** Which maps are on screen, what the view falls back on where it names nothing that is there, and what other panels chose. Pure. */
import type {
  EmbeddingColour,
  EmbeddingMethod,
  EmbeddingModel,
  EmbeddingStage,
  EmbeddingView,
} from '../../protocol/panels/embeddingPanel';
import type { SelectedImage, SelectionChange } from '../../protocol/panels/selection';
import { stagesOfSeed } from '../analyses/analysisStages';
import { imageSource } from '../selection/imageSource';
import { placeOfImage } from '../selection/linkedSelection';
import type { EmbeddingStudy, MapPlace, PlacedMap } from './embeddingStudy';
import { knownColours } from './pointGroups';

/** Images and method of the stages that are shown together. */
export interface StageChoice {
  readonly source: string;
  readonly method: EmbeddingMethod;
  readonly seed: number;
  readonly stages: readonly EmbeddingStage[];
}

/** Undefined where there is no stage. Other seeds are left out unless maps of seeds stand side by side. */
export function chooseStages({ stages }: EmbeddingModel, view: EmbeddingView): StageChoice | undefined {
  const sources = [...new Set(stages.map(imageSource))];
  const source = sources.find((one) => one === view.source) ?? sources[0];
  if (source === undefined) return undefined;
  const ofSource = stages.filter((stage) => imageSource(stage) === source);
  const method = (ofSource.find((stage) => stage.method === view.method) ?? ofSource[0]!).method;
  const same = ofSource.filter((stage) => stage.method === method);
  const seeds = same.map((stage) => stage.seed);
  const seed = seeds.find((one) => one === view.seed) ?? Math.min(...seeds);
  return { source, method, seed, stages: view.beside === 'seeds' ? same : stagesOfSeed(same, seed) };
}

/** The map that is looked at, and those beside it; all have the same images. */
export function chooseMaps(study: EmbeddingStudy, view: EmbeddingView, seed: number): PlacedMap[] {
  const model = study.models.find(({ id }) => id === view.model)?.id ?? study.models.at(-1)?.id;
  if (model === undefined) return [];
  const layers = study.layersOf(model);
  const layer = layers.find((one) => one === view.layer) ?? layers.at(-1)!;
  const here: MapPlace = { model, layer, seed };
  const maps = besideOf(study, here, view).flatMap((place) => study.map(place) ?? []);
  // A model without seeds has one map for all of them.
  return maps.filter((map, i) => maps.indexOf(map) === i);
}

function besideOf(study: EmbeddingStudy, here: MapPlace, { beside, maps }: EmbeddingView): MapPlace[] {
  switch (beside) {
    case 'none':
      return [here];
    case 'layers':
      return spreadOut(study.layersOf(here.model), here.layer, maps).map((layer) => ({ ...here, layer }));
    case 'models': {
      const known = study.models.map(({ id }) => id).filter((id) => study.layersOf(id).includes(here.layer));
      return inOrderAround(known, here.model, maps).map((model) => ({ ...here, model }));
    }
    case 'seeds':
      return inOrderAround(study.seeds, here.seed, maps).map((seed) => ({ ...here, seed }));
  }
}

/** `count` of the items in their order, `item` among them, the others those before it where there are too few behind it. */
function inOrderAround<Item>(items: readonly Item[], item: Item, count: number): Item[] {
  const from = Math.max(0, Math.min(items.indexOf(item), items.length - count));
  return items.slice(from, from + count);
}

/** `count` of the items in equal steps with the last one, the nearest of them replaced by `item`. */
export function spreadOut(items: readonly string[], item: string, count: number): string[] {
  if (items.length <= count) return [...items];
  const places = Array.from({ length: count }, (_, i) => Math.round(((i + 1) * items.length) / count) - 1);
  const at = items.indexOf(item);
  if (!places.includes(at)) {
    const misses = places.map((place) => Math.abs(place - at));
    places[misses.indexOf(Math.min(...misses))] = at;
  }
  return places.sort((a, b) => a - b).map((place) => items[place]!);
}

export function chooseColour(study: EmbeddingStudy, { colour }: EmbeddingView): EmbeddingColour {
  const known = knownColours(study);
  return known.find((one) => one === colour) ?? known[0]!;
}

/**
 * The view after another panel has chosen something; undefined when nothing of it is here or all of it is shown. A class is
 * set against grey, where points are coloured by classes.
 */
export function followEmbedding(
  study: EmbeddingStudy,
  view: EmbeddingView,
  { pretraining, layer, image, category }: SelectionChange,
): Partial<EmbeddingView> | undefined {
  const model = study.models.find(({ id }) => id === pretraining)?.id;
  const known = study.layers.find((one) => one === layer);
  const place = image && sourceOf(study, view) === imageSource(image) ? placeIn(study, image) : undefined;
  const change: Partial<EmbeddingView> = {
    ...(model !== undefined && model !== view.model && { model }),
    ...(known !== undefined && known !== view.layer && { layer: known }),
    ...(place !== undefined && place !== view.image && { image: place }),
    ...followCategory(study, view, category),
  };
  return Object.keys(change).length > 0 ? change : undefined;
}

function followCategory(
  study: EmbeddingStudy,
  view: EmbeddingView,
  category: string | null | undefined,
): Pick<EmbeddingView, 'colour' | 'emphasised' | 'hidden'> | undefined {
  const colour = chooseColour(study, view);
  const isByClass = isColourOfClasses(colour);
  if (category === null && isByClass && view.emphasised !== undefined)
    return { emphasised: undefined, hidden: view.hidden };
  if (!category || !study.classes.includes(category) || (isByClass && view.emphasised === category)) return undefined;
  const hidden = isByClass ? view.hidden.filter((name) => name !== category) : [];
  return { colour: isByClass ? colour : 'label', emphasised: category, hidden };
}

/** Whether names of the legend are classes. */
export function isColourOfClasses(colour: EmbeddingColour): boolean {
  return colour === 'label' || colour === 'predicted';
}

/** Where an image is in its split, if it is on the maps. */
function placeIn(study: EmbeddingStudy, { name }: SelectedImage): number | undefined {
  const at = placeOfImage(
    study.images.map((one) => one.name),
    name,
  );
  return study.images[at]?.place;
}

function sourceOf(study: EmbeddingStudy, view: EmbeddingView): string | undefined {
  const stage = chooseMaps(study, { ...view, beside: 'none' }, study.seeds[0] ?? 0)[0]?.stage;
  return stage && imageSource(stage);
}
