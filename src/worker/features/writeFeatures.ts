/**
 * The `extractFeatures` request: outputs of any layers of a frozen network for images or an array, kept by a content key so
 * that asking again costs nothing. Left out: pooling to grids (that is the features stage of a run).
 */
import { open, rm, stat } from 'node:fs/promises';
import { createHash, randomUUID } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../shared/errors';
import { layerNames, type BackboneConfig } from '../../shared/experiment/layers';
import { contentKey, type Json } from '../../shared/hash';
import type { FeaturesOutcome, FeaturesRequest } from '../../shared/protocol/worker';
import { suggest } from '../../shared/suggest';
import { readSafetensorsHeader } from '../../shared/weights/safetensors';
import { handleSource } from '../../shared/weights/byteSource';
import { useWeights } from '../../shared/weights/useWeights';
import { importWeights } from '../checkpoint/importWeights';
import { weightPlatform } from '../checkpoint/weightPlatform';
import { codeVersions } from '../codeVersions';
import { mapConcurrently } from '../data/mapConcurrently';
import type { Backbone } from '../models/backbone';
import { createBackbone } from '../models/registry';
import { unusedRandom } from '../models/unusedRandom';
import { hashFile } from '../storage/stageStore';
import { copyFileAtomic, makeFolderFor } from '../storage/atomicFile';
import { FeaturesFile } from './featuresFile';
import { listImages, readImages, requireGoing, useArray, type ImageBatch } from './imageInput';
import { writeNpz } from './npzFile';
import { writeParquet } from './parquetFile';

/** Pixels in one forward pass: enough to keep all cores busy, little enough for 4 GB of WebAssembly memory. */
const batchPixels = 8 * 224 * 224;
const maxBatch = 64;

/** The runtime must have been started. */
export async function writeFeatures(request: FeaturesRequest, signal: AbortSignal): Promise<FeaturesOutcome> {
  const begun = performance.now();
  const { out, cache, layers, runtime } = request;
  if (!/\.(safetensors|npz|parquet)$/.test(out))
    throw new UserError('config', `${out} has an ending that is not known; end it in .safetensors, .npz or .parquet`);
  const files = request.input === undefined ? await listImages(request.images) : [];
  if (request.input === undefined && files.length === 0)
    throw new UserError('config', 'there are no images; name some with --images, or an array with --input');
  requireLayers(request.backbone, layers);
  const name = cache === undefined ? randomUUID() : await keyOf(request, files);
  const kept = path.join(cache === undefined ? os.tmpdir() : path.join(cache, 'features'), `${name}.safetensors`);
  const isReused = cache !== undefined && (await isWhole(kept));
  if (!isReused) await compute({ ...request, out: kept }, files, signal);
  await deliver(kept, out, files);
  const shapes = await readShapes(kept);
  if (cache === undefined) await rm(kept, { force: true });
  const outcome = layers.map((layer) => ({ layer, shape: shapes.get(layer)! }));
  const images = outcome[0]?.shape[0] ?? 0;
  return { images, layers: outcome, isReused, seconds: (performance.now() - begun) / 1000, runtime };
}

function requireLayers(backbone: BackboneConfig, layers: readonly string[]): void {
  const known = layerNames(backbone);
  const unknown = layers.find((layer) => !known.includes(layer));
  if (layers.length === 0)
    throw new UserError('config', `there are no layers; name some with --layers: ${known.join(', ')}`);
  if (unknown === undefined) return;
  const near = suggest(unknown, known);
  throw new UserError(
    'config',
    `${backbone.name} has no layer "${unknown}"; ${near ? `did you mean "${near}"? ` : ''}known: ${known.join(', ')}`,
  );
}

/** Everything that can change the result, and the names that are written beside it. */
async function keyOf(request: FeaturesRequest, files: readonly string[]): Promise<string> {
  const { file, mapping, backbone, layers, isFull, imageSize, input, runtime } = request;
  const hashes = await mapConcurrently(files, async (image) => `${image}\n${await hashFile(image)}`);
  const images = createHash('sha256').update(hashes.join('\n')).digest('hex');
  const source = input === undefined ? { images, imageSize } : { array: await hashFile(input) };
  const parts = {
    backbone,
    mapping,
    layers,
    isFull,
    runtime,
    ...source,
    weights: await hashFile(file),
    code: codeVersions.features,
  };
  return contentKey(JSON.parse(JSON.stringify(parts)) as Json);
}

async function compute(request: FeaturesRequest, files: readonly string[], signal: AbortSignal): Promise<void> {
  const { input, imageSize: size, mapping } = request;
  const backbone = createBackbone(request.backbone, unusedRandom);
  try {
    const place = { path: request.file, name: request.name };
    await useWeights(place, weightPlatform, (weights) => importWeights(backbone, weights, mapping));
    const work = { request, files, backbone, signal };
    if (input !== undefined)
      return await useArray(input, ({ count, batches }) => forwardAll(batches(maxBatchFor(size)), count, work));
    const threads = Math.max(1, Math.min(8, os.availableParallelism() - 1));
    await forwardAll(readImages({ files, size, batch: maxBatchFor(size), threads }), files.length, work);
  } finally {
    backbone.dispose();
  }
}

interface Work {
  readonly request: FeaturesRequest;
  readonly files: readonly string[];
  readonly backbone: Backbone;
  readonly signal: AbortSignal;
}

function maxBatchFor(size: number): number {
  return Math.max(1, Math.min(maxBatch, Math.floor(batchPixels / size ** 2)));
}

async function forwardAll(batches: AsyncIterable<ImageBatch>, count: number, work: Work): Promise<void> {
  const { layers, isFull, out, name } = work.request;
  let file: FeaturesFile | undefined;
  let done = 0;
  try {
    for await (const batch of batches) {
      requireGoing(work.signal);
      const outputs = forwardBatch(work.backbone, batch, { layers, isFull });
      if (!file) {
        const shapes = new Map(outputs.map((tensor, k) => [layers[k]!, [count, ...tensor.shape.slice(1)]]));
        const metadata = {
          weights: name,
          backbone: work.backbone.config.name,
          ...(work.files.length > 0 && { images: JSON.stringify(work.files) }),
        };
        file = await FeaturesFile.create(out, shapes, metadata);
      }
      for (const [k, tensor] of outputs.entries()) {
        const values = (await tensor.data()) as Float32Array;
        requireFinite(layers[k]!, values, done);
        await file.write(layers[k]!, (done * values.length) / batch.count, values);
        tensor.dispose();
      }
      done += batch.count;
    }
    if (!file) throw new UserError('data', 'there are no images in the input; give at least one');
    await file.finish();
  } catch (error) {
    await file?.discard();
    throw error;
  }
}

/** One tensor per layer, in PyTorch's layout: [b, channels], [b, tokens, channels] or [b, channels, height, width]. */
function forwardBatch(
  backbone: Backbone,
  { pixels, count, height, width }: ImageBatch,
  { layers, isFull }: { layers: readonly string[]; isFull: boolean },
): tf.Tensor[] {
  return tf.tidy(() => {
    const images = tf.tensor4d(pixels, [count, height, width, 3]);
    const { taps } = backbone.forward(images, { training: false, taps: layers });
    return layers.map((layer) => {
      const output = taps.get(layer)!;
      // Several layers may have one output; each gets its own tensor.
      if (output.rank === 2) return tf.clone(output);
      if (output.rank === 3) return isFull ? tf.clone(output) : tf.mean(output, 1);
      return isFull ? tf.transpose(output, [0, 3, 1, 2]) : tf.mean(output, [1, 2]);
    });
  });
}

function requireFinite(layer: string, values: Float32Array, before: number): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new UserError(
      'numeric',
      `the output of ${layer} is not finite (${values[bad]}, in the batch after image ${before}); see what is wrong with: transferscope weights check`,
    );
}

/** A kept result counts when its header says what its size is. */
async function isWhole(file: string): Promise<boolean> {
  return (
    (await stat(file).catch(() => undefined))?.isFile() === true &&
    (await readShapes(file).then(
      () => true,
      () => false,
    ))
  );
}

async function readShapes(file: string): Promise<Map<string, readonly number[]>> {
  const handle = await open(file, 'r');
  try {
    const header = await readSafetensorsHeader(handleSource(handle, { name: file, size: (await handle.stat()).size }));
    return new Map([...header.tensors].map(([name, { shape }]) => [name, shape]));
  } finally {
    await handle.close();
  }
}

async function deliver(kept: string, out: string, files: readonly string[]): Promise<void> {
  await makeFolderFor(out);
  if (out.endsWith('.npz')) return writeNpz(kept, out, { name: 'images', texts: files });
  if (out.endsWith('.parquet')) return writeParquet(kept, out, files);
  return copyFileAtomic(kept, out);
}
