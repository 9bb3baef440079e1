/**
 * Backbone and head weights ↔ safetensors files that PyTorch loads with strict=True: torchvision's names, PyTorch's layout,
 * batch counters as 64-bit integers. Reading takes what is written here; strangers' files are for importWeights.ts.
 */
import { fitBackbone, requireFit } from '../../shared/weights/fitBackbone';
import { torchvision } from '../../shared/weights/families/torchvision';
import { isBackboneName } from '../../shared/weights/backboneNames';
import { rowMajorStrides, type TensorPlace } from '../../shared/weights/tensorPlace';
import type { Backbone } from '../models/backbone';
import type { HostTensor, WeightStore } from '../models/weightStore';
import { decodeSafetensors, encodeSafetensors, type FileTensor } from '../../shared/weights/safetensors';

export interface WeightsContent {
  /** Written into one file; names must not collide. */
  readonly stores: readonly WeightStore[];
  /** Written before the names of each store, such as `backbone.`; default nothing. */
  readonly prefixes?: readonly string[];
  /** `float16` halves the file and rounds; running statistics are always float32. Default float32. */
  readonly dtype?: 'float32' | 'float16';
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface LoadReport {
  /** Backbone names that were set. */
  readonly matched: readonly string[];
  /** Backbone names the file lacks; only batch counters may be missing. */
  readonly missing: readonly string[];
  /** Names in the file that are no part of the backbone, such as `fc.weight`. */
  readonly unexpected: readonly string[];
}

/** A safetensors file's bytes with all weights of the stores. */
export async function encodeWeights({
  stores,
  prefixes = [],
  dtype = 'float32',
  metadata,
}: WeightsContent): Promise<Uint8Array> {
  const tensors = new Map<string, FileTensor>();
  for (const [place, store] of stores.entries()) {
    const isParameter = new Set(store.names('parameter'));
    for (const [ownName, tensor] of await store.exportTensors()) {
      const name = `${prefixes[place] ?? ''}${ownName}`;
      if (tensors.has(name)) throw new Error(`internal: two weights called ${name}`);
      tensors.set(name, toFileTensor(name, tensor, dtype === 'float16' && isParameter.has(ownName)));
    }
  }
  return encodeSafetensors(tensors, { format: 'pt', ...metadata });
}

/**
 * Sets a backbone's weights from a checkpoint of ours. Throws a user error, and changes nothing, when a weight is missing or
 * has another shape, or when the file has backbone weights this backbone lacks (a deeper network).
 */
export function loadBackboneWeights(backbone: Backbone, bytes: Uint8Array, fileName: string): LoadReport {
  const { tensors, metadata } = decodeSafetensors(bytes, fileName);
  const expected = backbone.weights.shapes();
  const places = new Map([...tensors].map(([name, tensor]) => [name, placeOf(tensor)]));
  const isPart = (name: string) => expected.has(name) || isBackboneName(name);
  const recognition = {
    family: torchvision,
    prefix: '',
    tensors: new Map([...places].filter(([name]) => isPart(name))),
    sources: new Map(),
    others: [...places.keys()].filter((name) => !isPart(name)),
  };
  const fit = fitBackbone(recognition, expected);
  requireFit({ name: fileName, format: 'safetensors', tensors: places, metadata }, fit, backbone.config);
  backbone.weights.importTensors(new Map(fit.matched.map((name) => [name, toHostTensor(tensors.get(name)!)])));
  const missing = [...expected.keys()].filter((name) => !tensors.has(name));
  return { matched: fit.matched, missing, unexpected: fit.leftOut };
}

function placeOf(tensor: FileTensor): TensorPlace {
  const { shape } = tensor;
  return {
    dtype: 'float32',
    shape,
    strides: rowMajorStrides(shape),
    read: () => Promise.resolve(toHostTensor(tensor).data),
  };
}

function toFileTensor(name: string, { shape, data }: HostTensor, isHalf: boolean): FileTensor {
  if (name.endsWith('num_batches_tracked')) return { dtype: 'I64', shape, data: BigInt64Array.from(data, BigInt) };
  return { dtype: isHalf ? 'F16' : 'F32', shape, data };
}

function toHostTensor({ shape, data }: FileTensor): HostTensor {
  return {
    shape,
    data: data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number | bigint>, Number),
  };
}
