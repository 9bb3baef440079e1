/**
 * The files of all stages joined: which images, layers and models there are, and what is known of each three. Images are the
 * same where data, split and place are; of several stages that know one the first counts. Pure.
 */
import type { AnalysedPretraining } from '../../protocol/panels/analysisStart';
import type { FeaturesModel, FeaturesShow, FeaturesStage } from '../../protocol/panels/featuresPanel';
import type { ActivationsFile, LayerActivations } from '../../results/activations';
import type { AnalysedImages } from '../../results/analysedImages';
import type { AttributionFile, AttributionMap, Explanation } from '../../results/attribution';
import type { Inversion, InversionImage, InversionResults } from '../../results/inversion';
import type { MaximisationFile } from '../../results/maximisation';
import { placeOnSheet, sheetLayout, sheetName } from '../../results/sceneSheets';
import { stagesOfSeed } from '../analyses/analysisStages';
import { imageSource } from '../selection/imageSource';

export type FeaturesFile =
  | { readonly kind: 'inversion'; readonly value: InversionResults }
  | { readonly kind: 'activations'; readonly value: ActivationsFile }
  | { readonly kind: 'attribution'; readonly value: AttributionFile }
  | { readonly kind: 'maximisation'; readonly value: MaximisationFile };

/** A picture in a folder: a file of its own, or a square of a sheet. */
export interface FeaturesPicture {
  readonly url: string;
  /** px */
  readonly size: number;
  readonly onSheet?: { readonly x: number; readonly y: number };
}

export interface StudyImage {
  readonly key: string;
  readonly data: string;
  readonly split: string;
  readonly place: number;
  readonly name: string;
  readonly label: string;
  readonly picture: FeaturesPicture;
}

export interface StudyLayer {
  readonly layer: string;
  /** 0 = input side, 1 = last layer of the backbone. */
  readonly depth: number;
}

/** One image inverted from one layer of one model. */
export interface FoundInversion {
  readonly stage: FeaturesStage;
  readonly results: InversionResults;
  readonly inversion: Inversion;
}

/** A layer of a model that was watched, and the image's place among those it was shown. */
export interface FoundActivations {
  readonly stage: FeaturesStage;
  readonly file: ActivationsFile;
  readonly layer: LayerActivations;
  readonly image: number;
}

export interface FoundMap {
  readonly stage: FeaturesStage;
  readonly file: AttributionFile;
  readonly explanation: Explanation;
  /** How many explanations the image has. */
  readonly explanations: number;
  readonly map: AttributionMap;
}

export interface FoundWishes {
  readonly stage: FeaturesStage;
  readonly file: MaximisationFile;
}

interface ReadStage<Kind extends FeaturesFile['kind']> {
  readonly stage: FeaturesStage;
  readonly value: Extract<FeaturesFile, { readonly kind: Kind }>['value'];
}

/** Everything of one seed and one source of images. */
export class FeaturesStudy {
  readonly images: readonly StudyImage[];
  /** In depth order. */
  readonly layers: readonly StudyLayer[];
  readonly models: readonly AnalysedPretraining[];
  /** What there is something of, in the order of menus. */
  readonly shows: readonly FeaturesShow[];
  /** Updates after which inversions were kept, ascending. */
  readonly iterations: readonly number[];
  private readonly inversions = new Map<string, FoundInversion>();
  private readonly activations = new Map<string, FoundActivations>();
  private readonly maps = new Map<string, FoundMap[]>();
  private readonly wishes = new Map<string, FoundWishes[]>();

  constructor(
    { pretrainings }: Pick<FeaturesModel, 'pretrainings'>,
    /** In the order in which they count. */
    private readonly read: readonly { readonly stage: FeaturesStage; readonly file: FeaturesFile }[],
  ) {
    const images = new Map<string, StudyImage>();
    const layers = new Map<string, number>();
    for (const { stage, file } of read) {
      for (const image of imagesOf(stage, file)) if (!images.has(image.key)) images.set(image.key, image);
      for (const { layer, depth } of layersOf(file)) if (!layers.has(layer)) layers.set(layer, depth);
    }
    this.images = [...images.values()];
    this.of('inversion').forEach((one) => this.fileInversions(one));
    this.of('activations').forEach((one) => this.fileActivations(one));
    this.of('attribution').forEach((one) => this.fileMaps(one));
    for (const { stage, value } of this.of('maximisation'))
      push(this.wishes, stage.pretraining, { stage, file: value });
    this.layers = [...layers].map(([layer, depth]) => ({ layer, depth })).sort((a, b) => a.depth - b.depth);
    const known = new Set(read.map(({ stage }) => stage.pretraining));
    this.models = pretrainings.filter(({ id }) => known.has(id));
    this.shows = this.listShows();
    const snapshots = [...this.inversions.values()].flatMap(({ inversion }) => inversion.snapshots);
    this.iterations = [...new Set(snapshots.map(({ iteration }) => iteration))].sort((a, b) => a - b);
  }

  inversion(image: string, layer: string, model: string): FoundInversion | undefined {
    return this.inversions.get(placeKey(image, layer, model));
  }

  activation(image: string, layer: string, model: string): FoundActivations | undefined {
    return this.activations.get(placeKey(image, layer, model));
  }

  /** The map of an explanation, of the last one where the image has fewer; occlusion has no layer. */
  map(show: 'grad-cam' | 'occlusion', at: MapPlace): FoundMap | undefined {
    const all = this.maps.get(placeKey(at.image, show === 'occlusion' ? '' : at.layer, `${at.model} ${show}`)) ?? [];
    return all[Math.min(at.explanation, all.length - 1)];
  }

  wishesOf(model: string): readonly FoundWishes[] {
    return this.wishes.get(model) ?? [];
  }

  hasWishes(): boolean {
    return this.wishes.size > 0;
  }

  /** A watched layer of a model, whatever the image. */
  watched(layer: string, model: string): FoundActivations | undefined {
    for (const { key } of this.images) {
      const found = this.activation(key, layer, model);
      if (found) return found;
    }
    return undefined;
  }

  private of<Kind extends FeaturesFile['kind']>(kind: Kind): ReadStage<Kind>[] {
    return this.read.flatMap(({ stage, file }) =>
      file.kind === kind ? [{ stage, value: file.value as ReadStage<Kind>['value'] }] : [],
    );
  }

  private fileInversions({ stage, value }: ReadStage<'inversion'>): void {
    for (const inversion of value.inversions) {
      const image = value.images[inversion.image];
      const layer = value.layers[inversion.layer];
      if (!image || !layer || inversion.snapshots.length === 0) continue;
      const key = placeKey(imageKey(stage, image.place), layer.layer, stage.pretraining);
      if (!this.inversions.has(key)) this.inversions.set(key, { stage, results: value, inversion });
    }
  }

  private fileActivations({ stage, value }: ReadStage<'activations'>): void {
    for (const layer of value.layers) {
      value.images.forEach(({ place }, image) => {
        const key = placeKey(imageKey(value, place), layer.layer, stage.pretraining);
        if (!this.activations.has(key)) this.activations.set(key, { stage, file: value, layer, image });
      });
    }
  }

  private fileMaps({ stage, value }: ReadStage<'attribution'>): void {
    const counts = new Map<number, number>();
    for (const { image } of value.explanations) counts.set(image, (counts.get(image) ?? 0) + 1);
    const own = new Map<string, FoundMap[]>();
    for (const explanation of value.explanations) {
      const image = value.images[explanation.image];
      if (!image) continue;
      for (const map of explanation.maps) {
        const place = placeKey(imageKey(value, image.place), map.layer, `${stage.pretraining} ${map.method}`);
        push(own, place, { stage, file: value, explanation, explanations: counts.get(explanation.image)!, map });
      }
    }
    for (const [place, maps] of own) if (!this.maps.has(place)) this.maps.set(place, maps);
  }

  private listShows(): FeaturesShow[] {
    const watched = [...this.activations.values()];
    const methods = new Set([...this.maps.values()].flat().map(({ map }) => map.method));
    const inverted = [...this.inversions.values()];
    const isThere: Readonly<Record<FeaturesShow, boolean>> = {
      image: this.images.length > 0,
      inversion: inverted.length > 0,
      error: inverted.some(({ inversion }) => inversion.errorMap !== undefined),
      channel: watched.some(({ layer }) => layer.kept.length > 0),
      strength: watched.some(({ layer }) => layer.height * layer.width > 1),
      colours: watched.some(({ layer }) => layer.colours !== undefined),
      'grad-cam': methods.has('grad-cam'),
      occlusion: methods.has('occlusion'),
    };
    return (Object.keys(isThere) as FeaturesShow[]).filter((show) => isThere[show]);
  }
}

export interface MapPlace {
  readonly image: string;
  readonly layer: string;
  readonly model: string;
  readonly explanation: number;
}

export function imageKey({ data, split }: { readonly data: string; readonly split: string }, place: number): string {
  return `${data}/${split}/${place}`;
}

/** Stages of one seed and one source of images. A pretraining without that seed shows another: its weights have none. */
export function selectFeaturesStages(
  stages: readonly FeaturesStage[],
  { seed, source }: { readonly seed: number; readonly source: string },
): FeaturesStage[] {
  // What channels want is shown of no image.
  const wanted = stagesOfSeed(stages, seed);
  return wanted.filter((stage) => stage.kind === 'maximisation' || imageSource(stage) === source);
}

/** Square `index` of the sheets that are called by `name`. */
export function pictureOnSheet(folder: string, { index, count, size, name = sheetName }: SheetSquare): FeaturesPicture {
  const { sheet, x, y } = placeOnSheet(index, sheetLayout(count, size), size);
  return { url: `${folder}/${name(sheet)}`, size, onSheet: { x, y } };
}

export interface SheetSquare {
  readonly index: number;
  /** Of all squares. */
  readonly count: number;
  readonly size: number;
  readonly name?: (sheet: number) => string;
}

function imagesOf(stage: FeaturesStage, file: FeaturesFile): StudyImage[] {
  if (file.kind === 'maximisation') return [];
  if (file.kind === 'inversion') return file.value.images.map((image) => invertedImage(stage, image, file.value.size));
  const { images, size, data, split }: AnalysedImages = file.value;
  return images.map(({ place, name, label }, index) => ({
    ...{ key: imageKey({ data, split }, place), data, split, place, name, label },
    picture: pictureOnSheet(stage.folder, { index, count: images.length, size }),
  }));
}

function invertedImage(stage: FeaturesStage, { place, name, label, file }: InversionImage, size: number): StudyImage {
  const { data, split } = stage;
  const picture = { url: `${stage.folder}/${file}`, size };
  return { key: imageKey(stage, place), data, split, place, name, label, picture };
}

function layersOf(file: FeaturesFile): StudyLayer[] {
  switch (file.kind) {
    case 'inversion':
    case 'activations':
      return file.value.layers.map(({ layer, depth }) => ({ layer, depth }));
    default:
      // Their layers are those of the backbone, whose depths the others tell.
      return attributedLayers(file);
  }
}

function attributedLayers(file: FeaturesFile): StudyLayer[] {
  if (file.kind !== 'attribution') return [];
  const maps = file.value.explanations.flatMap((explanation) => explanation.maps);
  const names = [...new Set(maps.flatMap(({ layer }) => (layer === '' ? [] : [layer])))];
  return names.map((layer, i) => ({ layer, depth: (i + 1) / names.length }));
}

function placeKey(image: string, layer: string, model: string): string {
  return `${image}\n${layer}\n${model}`;
}

function push<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
