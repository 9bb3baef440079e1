/** Which tensors a converted file holds, what they are called, and in which number type. */
import { UserError } from '../errors';
import { isEssential } from './backboneNames';
import { toDetectron2 } from './families/detectron2';
import type { Recognition } from './recognise';
import { encodeTensor, type FileTensor, type TensorSpec } from './safetensors';
import type { TensorPlace } from './tensorPlace';
import { isTimmName, toTorchvision } from './transformerNames';
import type { WeightsFile } from './weightsFile';

export const namings = ['torchvision', 'timm', 'detectron2'] as const;
export type Naming = (typeof namings)[number];

export interface ConvertOptions {
  readonly names: Naming;
  readonly dtype: 'float32' | 'float16';
  /** Also the classifier `fc` beside the backbone, where there is one of a single layer. */
  readonly withHead: boolean;
}

export interface ConvertedTensor {
  readonly spec: TensorSpec;
  /** The tensor's bytes as the file holds them. */
  encode(): Promise<Uint8Array>;
}

/** Everything to write, by its name in the new file; numbers are read when a tensor is encoded. */
export function planConversion(
  weights: WeightsFile,
  recognition: Recognition,
  { names, dtype, withHead }: ConvertOptions,
): Map<string, ConvertedTensor> {
  const plan = new Map<string, ConvertedTensor>();
  const isTimm = [...recognition.tensors.keys()].some(isTimmName);
  if (isTimm && names === 'detectron2')
    throw new UserError('config', 'detectron2 has names for ResNets only; choose torchvision or timm names');
  for (const [name, place] of recognition.tensors) {
    if (isEssential(name)) {
      const renamed = rename(name, names);
      const shaped = renamed.isScale ? { ...place, shape: [...place.shape, 1, 1] } : place;
      plan.set(renamed.name, convertFloats(name, shaped, dtype));
    }
    // detectron2's frozen batch norm counts no batches.
    else if (names !== 'detectron2') plan.set(name, convertCounter(name, place));
  }
  if (names !== 'detectron2') for (const name of missingCounters(recognition)) plan.set(name, zeroCounter(name));
  if (withHead) {
    for (const name of ['fc.weight', 'fc.bias']) {
      const place = weights.tensors.get(recognition.prefix + name);
      if (place) plan.set(name, convertFloats(name, place, dtype));
    }
  }
  return plan;
}

/** timm's plain ResNets have torchvision's names. */
function rename(name: string, names: Naming): { readonly name: string; readonly isScale?: true } {
  if (names === 'detectron2') return { name: toDetectron2(name) };
  return (names === 'torchvision' && toTorchvision(name)) || { name };
}

/** Running statistics stay float32: a variance may be too small or too large for half precision. */
function convertFloats(name: string, place: TensorPlace, dtype: ConvertOptions['dtype']): ConvertedTensor {
  const { shape } = place;
  const code = dtype === 'float16' && !name.includes('running_') ? 'F16' : 'F32';
  const encode = async () => encodeTensor(name, { dtype: code, shape, data: await place.read() });
  return { spec: { dtype: code, shape }, encode };
}

function convertCounter(name: string, place: TensorPlace): ConvertedTensor {
  const encode = async () => encodeCounter(name, (await place.read())[0] ?? 0);
  return { spec: { dtype: 'I64', shape: [] }, encode };
}

function zeroCounter(name: string): ConvertedTensor {
  return { spec: { dtype: 'I64', shape: [] }, encode: () => Promise.resolve(encodeCounter(name, 0)) };
}

function encodeCounter(name: string, count: number): Uint8Array {
  const value = Number.isFinite(count) ? Math.max(0, Math.round(count)) : 0;
  const tensor: FileTensor = { dtype: 'I64', shape: [], data: BigInt64Array.of(BigInt(value)) };
  return encodeTensor(name, tensor);
}

/** Old files have no batch counters, and PyTorch's strict loading wants them. */
function missingCounters({ tensors }: Recognition): string[] {
  const norms = [...tensors.keys()].flatMap((name) => /^(.*)\.running_mean$/.exec(name)?.[1] ?? []);
  return norms.map((norm) => `${norm}.num_batches_tracked`).filter((name) => !tensors.has(name));
}
