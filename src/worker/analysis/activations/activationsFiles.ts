/** What an analysis of activations leaves in its stage's folder; see results/activations.ts. */
import type { ChannelSummary } from '../../../shared/math/activations/channelScan';
import { chanceLikeness, type ChannelMatches } from '../../../shared/math/activations/matchChannels';
import {
  ACTIVATIONS_FILE,
  ACTIVATIONS_TENSORS,
  ACTIVATIONS_VERSION,
  activationTensor,
  channelStatistics,
  exampleSheetName,
  type ActivationsFile,
  type LayerActivations,
} from '../../../shared/results/activations';
import type { FileStamp } from '../../../shared/results/records';
import { sheetName } from '../../../shared/results/sceneSheets';
import { encodeSafetensors, type FileTensor } from '../../../shared/weights/safetensors';
import type { Dataset } from '../../data/dataset';
import type { StageContext } from '../../stageContext';
import type { Pictures } from '../pictures';
import { stackPictures, type PictureStack } from '../pixelImages';
import type { DenseLayer } from './denseMaps';
import { describeExample, TILE, type WantedExample } from './examples';
import type { ScannedLayer } from './scan';

/** A layer after the scan. */
export interface StudiedLayer extends ScannedLayer {
  readonly summaries: readonly ChannelSummary[];
  /** With another network only. */
  readonly matches?: ChannelMatches;
  readonly orders: LayerActivations['orders'];
  /** Channels, ascending. */
  readonly kept: readonly number[];
  readonly field: number;
}

export interface ExampledLayer extends StudiedLayer {
  /** Of each kept channel, best first. */
  readonly examples: readonly (readonly WantedExample[])[];
}

export interface FinishedLayer extends ExampledLayer {
  readonly dense: DenseLayer;
}

export interface Findings {
  readonly pretraining: string;
  readonly against?: string | undefined;
  readonly data: string;
  readonly dataset: Dataset;
  readonly pictures: Pictures;
  /** Images scanned. */
  readonly scanned: number;
  readonly layers: readonly FinishedLayer[];
}

/** `tiles`: of all examples, layer by layer and channel by channel. */
export async function writeActivations(
  findings: Findings,
  tiles: PictureStack,
  context: StageContext,
): Promise<Record<string, FileStamp>> {
  const { layers, pictures } = findings;
  const files: Record<string, FileStamp> = {};
  const write = async (name: string, bytes: string | Uint8Array) => {
    files[name] = await context.stages.writeFile(context.key, name, bytes);
  };
  const writeSheets = async (stack: PictureStack, nameOf: (sheet: number) => string) => {
    let sheet = 0;
    for await (const bytes of stack.sheets()) await write(nameOf(sheet++), bytes);
  };
  await writeSheets(stackPictures(pictures.values, pictures.size), sheetName);
  await writeSheets(tiles, exampleSheetName);
  const tensors = layers.flatMap((layer) => [...layer.dense.tensors, ...tensorsOf(layer)]);
  await write(ACTIVATIONS_TENSORS, encodeSafetensors(new Map(tensors)));
  await write(ACTIVATIONS_FILE, JSON.stringify(describe(findings)));
  return files;
}

function tensorsOf({ layer, channels, summaries, matches }: StudiedLayer): [string, FileTensor][] {
  const statistics = Float32Array.from(summaries.flatMap((summary) => channelStatistics.map((name) => summary[name])));
  const shape = [channels, channelStatistics.length];
  const tensors: [string, FileTensor][] = [
    [activationTensor(layer, 'statistics'), { dtype: 'F32', shape, data: statistics }],
  ];
  if (!matches) return tensors;
  return [
    ...tensors,
    [activationTensor(layer, 'match'), { dtype: 'I32', shape: [channels], data: matches.match }],
    [activationTensor(layer, 'likeness'), { dtype: 'F32', shape: [channels], data: matches.likeness }],
  ];
}

function describe(findings: Findings): ActivationsFile {
  const { dataset, pictures, layers } = findings;
  const next = { tile: 0 };
  return {
    version: ACTIVATIONS_VERSION,
    kind: 'activations',
    pretraining: findings.pretraining,
    ...(findings.against !== undefined && { against: findings.against }),
    data: findings.data,
    split: dataset.split,
    size: pictures.size,
    images: Array.from(pictures.places, (place, i) => ({
      ...{ place, name: pictures.names[i]!, label: pictures.labels[i]! },
    })),
    classes: [...dataset.classes],
    scanned: findings.scanned,
    tiles: { size: TILE, count: layers.reduce((sum, { examples }) => sum + examples.flat().length, 0) },
    layers: layers.map((layer, position) => ({
      ...describeLayer(layer, dataset, next),
      depth: layers.length > 1 ? position / (layers.length - 1) : 1,
    })),
  };
}

function describeLayer(
  found: FinishedLayer,
  dataset: Dataset,
  next: { tile: number },
): Omit<LayerActivations, 'depth'> {
  const { layer, channels, height, width, field, orders, answers, dense } = found;
  const { strongest, colours, features, ranges } = dense;
  const kept = found.kept.map((channel, k) => {
    const firstTile = next.tile;
    const examples = found.examples[k]!.map((example) => describeExample(example, dataset));
    next.tile += examples.length;
    return { channel, ...ranges[k]!, examples, firstTile };
  });
  return {
    ...{ layer, channels, height, width, field, strongest, kept, orders },
    ...(colours && { colours }),
    ...(features && { features }),
    ...(answers && { chance: chanceLikeness(channels, answers[0].rows) }),
  };
}
