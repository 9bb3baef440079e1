/** What a cell of the Features panel shows: a picture, a map over it, and a few words. Pure; nothing is decoded here. */
import type { FeaturesShow, FeaturesView, InversionMeasure, ShownOrder } from '../../protocol/panels/featuresPanel';
import { activationTensor, type KeptChannel, type LayerActivations } from '../../results/activations';
import type { InversionSnapshot } from '../../results/inversion';
import { formatCount, formatMeasure } from '../formatNumbers';
import type { CellPlace } from './featuresGrid';
import type { FeaturesPicture, FeaturesStudy, FoundInversion } from './featuresStudy';

/** How values become colours. */
export type MapColours = 'heat' | 'signed' | 'rgb';

/** A map that the panel's worker draws. */
export interface CellMap {
  /** Unique for the same pixels. */
  readonly id: string;
  readonly source:
    | { readonly kind: 'tensor'; readonly stage: string; readonly tensor: string; readonly slice: MapSlice }
    /** A grey picture. */
    | { readonly kind: 'file'; readonly url: string };
  readonly colours: MapColours;
  /** Value of the strongest colour; of bytes 255. */
  readonly peak: number;
  /** Part of the picture that it lies over, as shares of its sides: left, top, width, height. */
  readonly covers: readonly [number, number, number, number];
}

/** Of a tensor [images, height, width, channels]. */
export interface MapSlice {
  readonly height: number;
  readonly width: number;
  readonly image: number;
  readonly channels: number;
  readonly channel: number;
}

export interface CellContent {
  /** Below the map. */
  readonly picture?: FeaturesPicture;
  readonly map?: CellMap;
  /** A box on the picture, as shares of its sides. */
  readonly box?: readonly [number, number, number, number];
  /** A few characters below. */
  readonly caption: string;
  /** What is seen, in words. */
  readonly words: string;
}

const whole = [0, 0, 1, 1] as const;

/** Undefined where nothing was computed. */
export function createCell(
  study: FeaturesStudy,
  view: FeaturesView,
  place: CellPlace,
  show: FeaturesShow,
): CellContent | undefined {
  switch (show) {
    case 'image':
      return { picture: place.image.picture, caption: '', words: 'the image as the network sees it' };
    case 'inversion':
      return inversionCell(study, view, place);
    case 'error':
      return errorCell(study, place);
    case 'channel':
      return channelCell(study, view, place);
    case 'strength':
    case 'colours':
      return layerCell(study, place, show);
    case 'grad-cam':
    case 'occlusion':
      return attributionCell(study, view, place, show);
  }
}

/** The last that was kept before or at the iteration. */
export function snapshotAt({ inversion }: FoundInversion, iteration: number | undefined): InversionSnapshot {
  const { snapshots } = inversion;
  if (iteration === undefined) return snapshots.at(-1)!;
  return snapshots.findLast((one) => one.iteration <= iteration) ?? snapshots[0]!;
}

/** NaN where it was not measured. */
export function measureAt(found: FoundInversion, measure: InversionMeasure, iteration: number | undefined): number {
  if (measure !== 'loss') return snapshotAt(found, iteration).distances[measure];
  const { iterations, losses } = found.inversion.curve;
  const last = iteration === undefined ? -1 : iterations.findLastIndex((one) => one <= iteration);
  return (last < 0 && iteration !== undefined ? losses[0] : losses.at(last)) ?? Number.NaN;
}

function inversionCell(study: FeaturesStudy, view: FeaturesView, place: CellPlace): CellContent | undefined {
  const found = study.inversion(place.image.key, place.layer, place.model);
  if (!found) return undefined;
  const { iteration, file } = snapshotAt(found, view.iteration);
  const value = formatMeasure({ mean: measureAt(found, view.measure, view.iteration), halfWidth: undefined });
  return {
    picture: { url: `${found.stage.folder}/${file}`, size: found.results.size },
    caption: value,
    words: `inversion after ${formatCount(iteration)} updates, ${measureNames[view.measure]} ${value}`,
  };
}

function errorCell(study: FeaturesStudy, { image, layer, model }: CellPlace): CellContent | undefined {
  const found = study.inversion(image.key, layer, model);
  const map = found?.inversion.errorMap;
  if (!found || !map) return undefined;
  const url = `${found.stage.folder}/${map.file}`;
  const value = formatMeasure({ mean: map.mean, halfWidth: undefined });
  return {
    picture: image.picture,
    map: { id: url, source: { kind: 'file', url }, colours: 'heat', peak: 255, covers: whole },
    caption: value,
    words: `where the features were not met, ${value} on average, ${formatMeasure({ mean: map.max, halfWidth: undefined })} at most`,
  };
}

/** The channels that have maps, in the order asked for; another order where the layer lacks it. */
export function keptInOrder({ kept, orders }: LayerActivations, order: ShownOrder): KeptChannel[] {
  const byChannel = new Map(kept.map((one) => [one.channel, one]));
  const sorted = orders[order] ?? orders.meanPeak ?? kept.map(({ channel }) => channel);
  return sorted.flatMap((channel) => byChannel.get(channel) ?? []);
}

function channelCell(study: FeaturesStudy, view: FeaturesView, place: CellPlace): CellContent | undefined {
  const found = study.activation(place.image.key, place.layer, place.model);
  const order = found && keptInOrder(found.layer, view.order);
  const channel = order?.[Math.min(view.rank, order.length - 1)];
  if (!found || !channel) return undefined;
  const { stage, layer, image } = found;
  const tensor = activationTensor(layer.layer, 'maps');
  const slice = {
    ...{ height: layer.height, width: layer.width, image },
    ...{ channels: layer.kept.length, channel: layer.kept.indexOf(channel) },
  };
  return {
    picture: place.image.picture,
    map: {
      id: `${stage.key} ${tensor} ${image} ${slice.channel}`,
      source: { kind: 'tensor', stage: stage.key, tensor, slice },
      ...{ colours: 'heat', peak: 255, covers: whole },
    },
    caption: `#${channel.channel}`,
    words: `answers of channel ${channel.channel}, up to ${formatMeasure({ mean: channel.high, halfWidth: undefined })}`,
  };
}

function layerCell(
  study: FeaturesStudy,
  { image: { key, picture }, layer: name, model }: CellPlace,
  part: 'strength' | 'colours',
): CellContent | undefined {
  const found = study.activation(key, name, model);
  if (!found || (part === 'colours' && !found.layer.colours)) return undefined;
  const { stage, layer, image } = found;
  const isRgb = part === 'colours';
  const tensor = activationTensor(layer.layer, part);
  const explained = layer.colours?.explained.reduce((sum, share) => sum + share, 0) ?? 0;
  const share = `${Math.round(100 * explained)} %`;
  return {
    picture,
    map: {
      id: `${stage.key} ${tensor} ${image}`,
      source: {
        ...{ kind: 'tensor', stage: stage.key, tensor },
        slice: { height: layer.height, width: layer.width, image, channels: isRgb ? 3 : 1, channel: 0 },
      },
      ...{ colours: isRgb ? 'rgb' : 'heat', peak: 255, covers: whole },
    },
    caption: isRgb ? share : '',
    words: isRgb ? `three main directions as colours, ${share} of the variance` : 'how strongly all channels answer',
  };
}

function attributionCell(
  study: FeaturesStudy,
  view: FeaturesView,
  place: CellPlace,
  show: 'grad-cam' | 'occlusion',
): CellContent | undefined {
  const at = { image: place.image.key, layer: place.layer, model: place.model, explanation: view.explanation };
  const found = study.map(show, at);
  if (!found) return undefined;
  const { stage, map, explanation, file } = found;
  const shares = (box: readonly [number, number, number, number]) =>
    box.map((side) => side / file.size) as unknown as [number, number, number, number];
  const box = explanation.detection?.box;
  const sure = `${Math.round(100 * explanation.probability)} %`;
  const inBox = map.inBox === undefined ? '' : `, ${Math.round(100 * map.inBox)} % of it in the box`;
  return {
    picture: place.image.picture,
    map: {
      id: `${stage.key} ${map.tensor}`,
      source: {
        ...{ kind: 'tensor', stage: stage.key, tensor: map.tensor },
        slice: { height: map.height, width: map.width, image: 0, channels: 1, channel: 0 },
      },
      ...{ colours: show === 'occlusion' ? 'signed' : 'heat', peak: map.peak, covers: shares(explanation.covers) },
    },
    ...(box && { box: shares(box) }),
    caption: `${sure} ${explanation.class.name}`,
    words: `what speaks for ${explanation.class.name} (${sure})${inBox}`,
  };
}

export const measureNames: Readonly<Record<InversionMeasure, string>> = {
  perceptual: 'perceptual distance',
  ssim: 'structural similarity',
  psnr: 'signal to noise in dB',
  featureCosine: 'cosine of the features',
  featureError: 'relative error of the features',
  loss: 'mean squared error of the features',
};

/** What a cell shows, in a menu. */
export const showNames: Readonly<Record<FeaturesShow, string>> = {
  image: 'image',
  inversion: 'inversion',
  error: 'inversion error',
  channel: 'channel map',
  strength: 'answer of all channels',
  colours: 'main directions as colours',
  'grad-cam': 'Grad-CAM',
  occlusion: 'occlusion',
};

/** How it is read, and when not to trust it. */
export const showHints: Readonly<Record<FeaturesShow, string>> = {
  image: 'The image as the network sees it.',
  inversion:
    'A picture whose features at this layer are those of the image: what it lacks, the layer has thrown away or the search did not find. Look at the curve: a search that still falls has not ended.',
  error:
    'Bright where the features of the found picture differ from those wanted: there the picture proves nothing about the layer.',
  channel: 'Bright where the channel answers most. One channel rarely stands for one thing: look at its examples.',
  strength: 'Bright where the channels together answer most. It says where, not to what.',
  colours:
    'Places of like colour have like features. Colours of two models can be compared only where the analysis was told to.',
  'grad-cam':
    'Bright where the layer speaks for the class. Coarse at deep layers; a bright place need not be why the class was chosen.',
  occlusion: 'Red where hiding the place lowers the score, blue where it raises it. The grey square is itself unusual.',
};
