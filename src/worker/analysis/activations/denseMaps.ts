/** What the chosen images look like to each layer: maps of channels, strength, colours and features of every place. */
import * as tf from '@tensorflow/tfjs-core';
import { Cancelled } from '../../../shared/errors';
import { columnsToBytes, toBytes } from '../../../shared/math/activations/quantise';
import { rotatePoints, rotationOnto } from '../../../shared/math/activations/rotateOnto';
import { activationTensor, type LayerActivations } from '../../../shared/results/activations';
import type { FileTensor } from '../../../shared/weights/safetensors';
import type { Backbone } from '../../models/backbone';
import type { StageContext } from '../../stageContext';
import { layerMaps } from '../layerMaps';
import type { Pictures } from '../pictures';
import { fitDirections, samplePlaces, samplesPerImage, type LayerDirections } from './directions';

/** Numbers of all layers' maps, and of all layers' features, that are kept at most: 16 MB of bytes, 32 MB of half floats. */
const MOST_NUMBERS = 16_000_000;

/** A layer whose channels are chosen. */
export interface ChosenLayer {
  readonly layer: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Ascending. */
  readonly kept: readonly number[];
}

export interface DenseLayer extends Pick<LayerActivations, 'strongest' | 'colours' | 'features'> {
  /** Least and largest value of each kept channel. */
  readonly ranges: readonly { readonly low: number; readonly high: number }[];
  readonly tensors: ReadonlyMap<string, FileTensor>;
}

export interface DenseSource {
  readonly backbone: Backbone;
  /** Whose colours are taken over. */
  readonly other?: Backbone;
  readonly pictures: Pictures;
  readonly dimensions: number;
}

/** How many channels' maps of a layer fit into the file. */
export function mapsThatFit(images: number, places: number, layers: number): number {
  return Math.max(1, Math.floor(MOST_NUMBERS / (layers * images * places)));
}

/** One layer after the other, so that one layer's maps are in memory at a time. */
export async function describePlaces(
  source: DenseSource,
  chosen: ChosenLayer,
  { layers, context }: { readonly layers: number; readonly context: StageContext },
): Promise<DenseLayer> {
  const { backbone, other, pictures } = source;
  const places = chosen.height * chosen.width;
  const count = pictures.places.length;
  const most = Math.floor(MOST_NUMBERS / (layers * count * places));
  const dimensions = Math.min(source.dimensions, chosen.channels, most);
  const hasGrid = places > 1;
  const own = hasGrid ? await directionsOf(backbone, { pictures, chosen, dimensions }, context) : undefined;
  const looked = await lookAt(backbone, { pictures, chosen, directions: own }, context);
  const tensors = new Map<string, FileTensor>();
  const shape = [count, chosen.height, chosen.width];
  const ranges = addMaps(tensors, looked.maps, { chosen, shape });
  const strongest = looked.strength.reduce((most, value) => Math.max(most, value), 0);
  tensors.set(activationTensor(chosen.layer, 'strength'), {
    ...{ dtype: 'U8', shape, data: toBytes(looked.strength, 0, strongest) },
  });
  if (!own) return { ranges, strongest, tensors };
  let scores = looked.scores;
  if (other) {
    const directions = await directionsOf(other, { pictures, chosen, dimensions: 3 }, context);
    const reference = await lookAt(other, { pictures, chosen: { ...chosen, kept: [0] }, directions }, context);
    scores = rotatePoints(scores, rotationOnto(scores, reference.scores, 3), 3);
  }
  tensors.set(activationTensor(chosen.layer, 'colours'), {
    ...{ dtype: 'U8', shape: [...shape, 3], data: columnsToBytes(scores, 3) },
  });
  const colours = { explained: shares(scores, own.variance) };
  if (dimensions < 1) return { ranges, strongest, colours, tensors };
  tensors.set(activationTensor(chosen.layer, 'features'), {
    ...{ dtype: 'F16', shape: [...shape, own.features.count], data: looked.reduced },
  });
  return { ranges, strongest, colours, features: { dimensions: own.features.count, error: own.error }, tensors };
}

interface Look {
  readonly pictures: Pictures;
  readonly chosen: ChosenLayer;
}

/** The layer's map of each picture in turn: [places, channels]. */
async function* eachMap(
  backbone: Backbone,
  { pictures, chosen }: Look,
  context: StageContext,
): AsyncGenerator<tf.Tensor2D> {
  const { size, values, places } = pictures;
  for (let i = 0; i < places.length; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (context.signal.aborted) throw new Cancelled();
    const pixels = values.slice(i * size * size * 3, (i + 1) * size * size * 3);
    const rows = tf.tidy(() => {
      const [map] = layerMaps(backbone, tf.tensor4d(pixels, [1, size, size, 3]), [chosen.layer]);
      return tf.reshape(map!, [chosen.height * chosen.width, chosen.channels]) as tf.Tensor2D;
    });
    try {
      yield rows;
    } finally {
      rows.dispose();
    }
  }
}

async function directionsOf(
  backbone: Backbone,
  { dimensions, ...look }: Look & { readonly dimensions: number },
  context: StageContext,
): Promise<LayerDirections> {
  const { channels, height, width } = look.chosen;
  const images = look.pictures.places.length;
  const each = samplesPerImage(images, channels, height * width);
  const data = new Float32Array(images * each * channels);
  let image = 0;
  for await (const rows of eachMap(backbone, look, context)) {
    const values = (await rows.data()) as Float32Array;
    data.set(samplePlaces(values, channels, each), image++ * each * channels);
  }
  return fitDirections({ data, rows: images * each, columns: channels }, Math.max(1, dimensions));
}

/** Of all places of all pictures, in order. */
interface Looked {
  /** [places, kept] */
  readonly maps: Float32Array;
  /** [places] */
  readonly strength: Float32Array;
  /** [places, 3], about the mean. */
  readonly scores: Float32Array;
  /** [places, dimensions] */
  readonly reduced: Float32Array;
}

async function lookAt(
  backbone: Backbone,
  { directions, ...look }: Look & { readonly directions: LayerDirections | undefined },
  context: StageContext,
): Promise<Looked> {
  const { kept, height, width } = look.chosen;
  const total = look.pictures.places.length * height * width;
  const fewer = Math.min(3, directions?.colours.count ?? 0);
  const parts = {
    maps: new Float32Array(total * kept.length),
    strength: new Float32Array(total),
    scores: new Float32Array(directions ? total * 3 : 0),
    reduced: new Float32Array(directions ? total * directions.features.count : 0),
  };
  let place = 0;
  for await (const rows of eachMap(backbone, look, context)) {
    const read = tf.tidy(() => projections(rows, kept, directions));
    const values = await Promise.all(read.map((tensor) => tensor.data() as Promise<Float32Array>));
    tf.dispose(read);
    parts.maps.set(values[0]!, place * kept.length);
    parts.strength.set(values[1]!, place);
    if (directions) {
      setColumns(parts.scores.subarray(place * 3), values[2]!, fewer);
      parts.reduced.set(values[3]!, place * directions.features.count);
    }
    place += rows.shape[0];
  }
  return parts;
}

/** A layer of one or two channels has as many components; the other colours are 0. */
function setColumns(target: Float32Array, values: Float32Array, columns: number): void {
  for (let i = 0; i < values.length; i++) target[Math.floor(i / columns) * 3 + (i % columns)] = values[i]!;
}

function projections(rows: tf.Tensor2D, kept: readonly number[], directions: LayerDirections | undefined): tf.Tensor[] {
  const length = tf.sqrt(tf.sum(tf.square(rows), 1, true));
  const maps = tf.gather(rows, tf.tensor1d([...kept], 'int32'), 1);
  if (!directions) return [maps, length];
  const { mean, colours, features } = directions;
  const onto = (x: tf.Tensor2D, { vectors, count }: LayerDirections['colours']) =>
    tf.matMul(x, tf.tensor2d(Float32Array.from(vectors), [x.shape[1], count]));
  // A place without features stays without direction.
  const unit = tf.div(rows, tf.maximum(length, 1e-20)) as tf.Tensor2D;
  return [maps, length, onto(tf.sub(rows, tf.tensor1d(mean)), colours), onto(unit, features)];
}

function addMaps(
  tensors: Map<string, FileTensor>,
  maps: Float32Array,
  { chosen, shape }: { readonly chosen: ChosenLayer; readonly shape: readonly number[] },
): { low: number; high: number }[] {
  const { kept, layer } = chosen;
  const bytes = new Uint8Array(maps.length);
  const ranges = kept.map((_, k) => {
    const own = Float32Array.from({ length: maps.length / kept.length }, (_, i) => maps[i * kept.length + k]!);
    const low = own.reduce((least, value) => Math.min(least, value), Infinity);
    const high = own.reduce((most, value) => Math.max(most, value), -Infinity);
    toBytes(own, low, high).forEach((byte, i) => (bytes[i * kept.length + k] = byte));
    return { low, high };
  });
  tensors.set(activationTensor(layer, 'maps'), { dtype: 'U8', shape: [...shape, kept.length], data: bytes });
  return ranges;
}

/** Of the variance of a place, held by each of three columns. */
function shares(scores: Float32Array, variance: number): [number, number, number] {
  const sums: [number, number, number] = [0, 0, 0];
  scores.forEach((score, i) => (sums[(i % 3) as 0 | 1 | 2] += score ** 2 / (scores.length / 3)));
  return sums.map((sum) => (variance > 0 ? Math.min(1, sum / variance) : 0)) as typeof sums;
}
