/**
 * Backbone and head weights ↔ safetensors files that PyTorch loads with strict=True: torchvision's names, PyTorch's layout,
 * batch counters as 64-bit integers. Reading knows the prefixes that data-parallel wrappers and MoCo add, and refuses a
 * file that covers the backbone only in part. Left out: pickled checkpoints and other naming schemes.
 */
import { UserError } from '../../shared/errors';
import type { Backbone } from '../models/backbone';
import type { HostTensor, WeightStore } from '../models/weightStore';
import { decodeSafetensors, encodeSafetensors, type FileTensor } from '../../shared/weights/safetensors';

export interface WeightsContent {
  /** Written into one file; names must not collide. */
  readonly stores: readonly WeightStore[];
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

/** What data-parallel wrappers and MoCo put in front of a backbone's names, alone or one after the other. */
const wrappers = ['', 'module.', 'backbone.', 'encoder_q.', 'module.backbone.', 'module.encoder_q.'];

/** A safetensors file's bytes with all weights of the stores. */
export async function encodeWeights({ stores, dtype = 'float32', metadata }: WeightsContent): Promise<Uint8Array> {
  const tensors = new Map<string, FileTensor>();
  for (const store of stores) {
    const isParameter = new Set(store.names('parameter'));
    for (const [name, tensor] of await store.exportTensors()) {
      if (tensors.has(name)) throw new Error(`internal: two weights called ${name}`);
      tensors.set(name, toFileTensor(name, tensor, dtype === 'float16' && isParameter.has(name)));
    }
  }
  return encodeSafetensors(tensors, { format: 'pt', ...metadata });
}

/**
 * Sets a backbone's weights from a safetensors file. Throws a user error, and changes nothing, when a weight is missing or
 * has another shape, or when the file has backbone weights this backbone lacks (a deeper network).
 */
export function loadBackboneWeights(backbone: Backbone, bytes: Uint8Array, fileName: string): LoadReport {
  const { tensors } = decodeSafetensors(bytes, fileName);
  const expected = backbone.weights.shapes();
  const prefix = wrappers.find((wrapper) => tensors.has(`${wrapper}conv1.weight`)) ?? '';
  const found = new Map<string, HostTensor>();
  const unexpected: string[] = [];
  for (const [fileKey, tensor] of tensors) {
    const name = fileKey.startsWith(prefix) ? fileKey.slice(prefix.length) : undefined;
    if (name !== undefined && expected.has(name)) found.set(name, toHostTensor(tensor));
    else unexpected.push(fileKey);
  }
  const missing = [...expected.keys()].filter((name) => !found.has(name));
  const problems = [
    ...describeMismatches(found, expected),
    ...missing.filter(isEssential).map((name) => `${name} ${formatShape(expected.get(name)!)} is missing`),
    ...unexpected
      .filter((key) => key.startsWith(prefix) && isBackbonePart(key.slice(prefix.length)))
      .map((key) => `${key} ${formatShape(tensors.get(key)!.shape)} has no place in it`),
  ];
  if (problems.length > 0) refuse({ problems, fileName, backbone, names: [...tensors.keys()] });
  backbone.weights.importTensors(found);
  return { matched: [...found.keys()], missing, unexpected };
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

function describeMismatches(
  found: ReadonlyMap<string, HostTensor>,
  expected: ReadonlyMap<string, readonly number[]>,
): string[] {
  return [...expected].flatMap(([name, wanted]) => {
    const shape = found.get(name)?.shape;
    if (!shape) return [];
    const isEqual = shape.length === wanted.length && shape.every((side, axis) => side === wanted[axis]);
    return isEqual ? [] : [`${name} is ${formatShape(shape)} in the file and ${formatShape(wanted)} in the backbone`];
  });
}

/** Files older than PyTorch 0.4.1 have no batch counters, and nothing is computed from them. */
function isEssential(name: string): boolean {
  return !name.endsWith('num_batches_tracked');
}

function isBackbonePart(name: string): boolean {
  return /^(conv1|bn1|layer\d+)\./.test(name);
}

function refuse(at: {
  problems: readonly string[];
  fileName: string;
  backbone: Backbone;
  names: readonly string[];
}): never {
  const { problems, fileName, backbone, names } = at;
  const { name, width, stem } = backbone.config;
  const listed = `${problems.slice(0, 3).join('; ')}${problems.length > 3 ? `; and ${problems.length - 3} more` : ''}`;
  const seen = names.filter(isEssential).slice(0, 3).join(', ');
  throw new UserError(
    'weights',
    `${fileName} does not fit ${name} (width ${width}, stem ${stem}): ${listed}. ` +
      `It holds ${names.length} tensors (${seen}${names.length > 3 ? ', …' : ''}); choose the backbone the file was made with.`,
    { file: fileName },
  );
}

function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
