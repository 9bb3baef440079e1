/** One pass over many images of a split: what every channel of the layers does, and how one network's channels go with another's. */
import * as tf from '@tensorflow/tfjs-core';
import type { ActivationsAnalysis } from '../../../shared/experiment/analysisSchema';
import { Cancelled, UserError } from '../../../shared/errors';
import { ChannelScan } from '../../../shared/math/activations/channelScan';
import type { Matrix } from '../../../shared/math/rank';
import type { AugmentPool } from '../../augment/augmentPool';
import type { Dataset } from '../../data/dataset';
import { takeSubset } from '../../data/subset';
import type { Backbone } from '../../models/backbone';
import type { StageContext } from '../../stageContext';
import { layerMaps } from '../layerMaps';

const BATCH = 32;
/** Correlations of channels rest on so many images at most; more would change their third digit. */
const MOST_MATCHED = 2000;

export interface ScannedLayer {
  readonly layer: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly scan: ChannelScan;
  /** Mean answers of each network to the same images, [images, channels]; with another network only. */
  readonly answers?: readonly [Matrix, Matrix];
}

export interface ScanSource {
  readonly dataset: Dataset;
  readonly pool: AugmentPool;
  readonly backbone: Backbone;
  /** Whose channels are compared with the backbone's. */
  readonly other?: Backbone;
}

export interface Scanned {
  readonly layers: readonly ScannedLayer[];
  readonly images: number;
}

export async function scanImages(
  source: ScanSource,
  settings: ActivationsAnalysis,
  context: StageContext,
): Promise<Scanned> {
  const { dataset, pool, backbone, other } = source;
  const request = { count: settings.scan, seed: context.seed, purpose: `scan-${dataset.split}` };
  const places = takeSubset(dataset, request);
  const layers = settings.layers.map((layer) => new LayerScan(layer, dataset.classes.length, settings.examples));
  const matched = other ? spread(places.length, Math.min(MOST_MATCHED, places.length)) : new Set<number>();
  for (let from = 0; from < places.length; from += BATCH) {
    const { views, indices } = await pool.evalBatch(places.subarray(from, from + BATCH));
    const labels = Int32Array.from(indices, (place) => dataset.labels[place]!);
    const isMatched = (i: number) => matched.has(from + i);
    const images = { values: views[0]!.slice(), size: settings.imageSize, count: indices.length };
    for (const [network, isOther] of [[backbone, false] as const, ...(other ? [[other, true] as const] : [])]) {
      const answers = await readAnswers(network, images, settings.layers);
      answers.forEach((answer, l) => {
        if (isOther) layers[l]!.keep(1, answer, isMatched);
        else layers[l]!.add(answer, indices, labels);
        if (!isOther && other) layers[l]!.keep(0, answer, isMatched);
      });
    }
    context.progress(Math.min(places.length, from + BATCH), places.length, 'images', 'scanning');
    // A synchronous runtime would otherwise starve heartbeats and messages.
    await new Promise((resolve) => setImmediate(resolve));
    if (context.signal.aborted) throw new Cancelled();
  }
  return { layers: layers.map((layer) => layer.finish()), images: places.length };
}

/** `count` of `length` rows, evenly spread. */
function spread(length: number, count: number): ReadonlySet<number> {
  return new Set(Array.from({ length: count }, (_, i) => Math.floor((i * length) / count)));
}

interface LayerAnswers {
  readonly shape: readonly [number, number, number, number];
  /** mean, least, peak, at, active: [images, channels] each. */
  readonly parts: readonly Float32Array[];
}

async function readAnswers(
  backbone: Backbone,
  { values, size, count }: { readonly values: Float32Array; readonly size: number; readonly count: number },
  layers: readonly string[],
): Promise<LayerAnswers[]> {
  const shapes: LayerAnswers['shape'][] = [];
  const reduced = tf.tidy(() =>
    layerMaps(backbone, tf.tensor4d(values, [count, size, size, 3]), layers).map((map) => {
      shapes.push(map.shape);
      const [n, h, w, c] = map.shape;
      const places: tf.Tensor3D = tf.reshape(map, [n, h * w, c]);
      const isActive = tf.cast(tf.greater(places, 0), 'float32');
      const at = tf.cast(tf.argMax(places, 1), 'float32');
      return tf.stack([tf.mean(places, 1), tf.min(places, 1), tf.max(places, 1), at, tf.mean(isActive, 1)]);
    }),
  );
  return Promise.all(
    reduced.map(async (tensor, l) => {
      const all = (await tensor.data()) as Float32Array;
      tensor.dispose();
      const each = all.length / 5;
      return { shape: shapes[l]!, parts: [0, 1, 2, 3, 4].map((part) => all.slice(part * each, (part + 1) * each)) };
    }),
  );
}

/** Sums of one layer while images pass by. */
class LayerScan {
  private scan: ChannelScan | undefined;
  private shape: LayerAnswers['shape'] = [0, 1, 1, 0];
  private readonly kept: readonly [Float32Array[], Float32Array[]] = [[], []];

  constructor(
    private readonly layer: string,
    private readonly classes: number,
    private readonly examples: number,
  ) {}

  add({ shape, parts }: LayerAnswers, places: Uint32Array, labels: Int32Array): void {
    this.shape = shape;
    const channels = shape[3];
    this.scan ??= new ChannelScan(channels, { classes: this.classes, examples: this.examples });
    for (let i = 0; i < labels.length; i++) {
      const [mean, least, peak, at, active] = parts.map((part) => part.subarray(i * channels, (i + 1) * channels));
      if (!mean!.every(Number.isFinite)) this.refuse(mean!);
      const answers = { mean: mean!, least: least!, peak: peak!, at: at!, active: active! };
      this.scan.add(places[i]!, labels[i]!, answers);
    }
  }

  keep(side: 0 | 1, { shape, parts }: LayerAnswers, isKept: (row: number) => boolean): void {
    const channels = shape[3];
    for (let i = 0; i < shape[0]; i++)
      if (isKept(i)) this.kept[side].push(parts[0]!.slice(i * channels, (i + 1) * channels));
  }

  finish(): ScannedLayer {
    const [, height, width, channels] = this.shape;
    const matrices = this.kept.map((rows): Matrix => {
      const data = new Float32Array(rows.length * channels);
      rows.forEach((row, i) => data.set(row, i * channels));
      return { data, rows: rows.length, columns: channels };
    }) as [Matrix, Matrix];
    const { layer, scan } = this;
    return { layer, height, width, channels, scan: scan!, ...(matrices[1].rows > 0 && { answers: matrices }) };
  }

  private refuse(mean: Float32Array): never {
    const bad = mean.find((value) => !Number.isFinite(value));
    throw new UserError(
      'numeric',
      `The answers of ${this.layer} are not finite (${bad}); the pretraining diverged or its weights are damaged, so lower its learning rate or check the file.`,
    );
  }
}
