/**
 * PyTorch's tensors in a pickle: `_rebuild_tensor_v2(storage, offset, size, stride, …)`, where the storage is a persistent
 * reference ('storage', type, key, device, elements). Tensors may share a storage and see it through strides.
 */
import { malformed, shorten } from './malformed';
import { numbersOf } from './pickleTensors';
import { PickleCall, PickleGlobal, PicklePersistent, PickleTuple, type PickleValue } from './pickleValues';
import { itemSizes, placeTensor, type TensorDtype, type TensorPlace } from './tensorPlace';

/** A storage as a tensor refers to it. */
export interface StorageReference {
  readonly key: string;
  /** Undefined for storages without a type: their tensors say it. */
  readonly dtype: TensorDtype | undefined;
  /** Elements, or bytes without a type. */
  readonly length: number;
  /** First element of a view of the storage (files before PyTorch 0.4). */
  readonly viewOffset: number;
}

/** Where storages lie; reads bytes begin..end - 1 of one. */
export interface StorageReader {
  /** Bytes that are there; undefined when there is no such storage. */
  size(reference: StorageReference): number | undefined;
  read(reference: StorageReference, begin: number, end: number): Promise<Uint8Array>;
}

const dtypeOfStorage: Readonly<Record<string, TensorDtype>> = {
  FloatStorage: 'float32',
  DoubleStorage: 'float64',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
};
const otherNames: Readonly<Record<string, TensorDtype>> = {
  double: 'float64',
  float: 'float32',
  half: 'float16',
  long: 'int64',
  int: 'int32',
  short: 'int16',
};

/** The tensor that a call builds, or undefined when it builds something else. */
export function placeTorchTensor(
  file: string,
  storages: StorageReader,
  { name, call }: { name: string; call: PickleCall },
): TensorPlace | undefined {
  const build = findRebuild(call);
  if (!build) return undefined;
  const [storage, offset, size, strides] = build.args;
  const reference = readReference(storage);
  if (!reference) return malformed(file, `has a tensor "${shorten(name)}" without a storage`);
  const dtype = reference.dtype ?? dtypeNamed(build.args[6]);
  if (!dtype) return malformed(file, `has a tensor "${shorten(name)}" of a type that is not read here`);
  const itemSize = itemSizes[dtype];
  const bytes = storages.size(reference);
  const claimed = reference.dtype ? reference.length * itemSize : reference.length;
  if (bytes === undefined || !(claimed <= bytes))
    malformed(
      file,
      `is cut short or damaged: the storage "${shorten(reference.key)}" of "${shorten(name)}" has ${bytes ?? 'no'} bytes of ${claimed}`,
    );
  const view = {
    name,
    dtype,
    shape: numbersOf(file, name, size),
    strides: numbersOf(file, name, strides),
    offset: typeof offset === 'number' ? offset + reference.viewOffset : NaN,
    stored: Math.floor(bytes / itemSize),
  };
  return placeTensor(file, view, (begin, end) => storages.read(reference, begin, end));
}

/** Looks through parameters and subclasses of tensors. */
function findRebuild(call: PickleCall): PickleCall | undefined {
  let inner: PickleValue | undefined = call;
  for (let depth = 0; depth < 8 && inner instanceof PickleCall; depth++) {
    const { name }: PickleGlobal = inner.global;
    if (/^_rebuild_tensor(_v[23])?$/.test(name)) return inner;
    if (
      name === '_rebuild_from_type_v2' &&
      inner.args[0] instanceof PickleGlobal &&
      inner.args[2] instanceof PickleTuple
    )
      inner = new PickleCall(inner.args[0], inner.args[2].items);
    else if (/^(_rebuild_parameter(_with_state)?|Parameter)$/.test(name)) inner = inner.args[0];
    else return undefined;
  }
  return undefined;
}

/** ('storage', type, key, device, length, view); undefined when it is something else. */
export function readReference(value: PickleValue | undefined): StorageReference | undefined {
  const items = value instanceof PicklePersistent && value.id instanceof PickleTuple ? value.id.items : [];
  const [kind, type, key, , length, view] = items;
  if (kind !== 'storage' || !(type instanceof PickleGlobal) || typeof length !== 'number') return undefined;
  if (typeof key !== 'string' && typeof key !== 'number') return undefined;
  if (!Number.isSafeInteger(length) || length < 0) return undefined;
  const isUntyped = /^_?UntypedStorage$/.test(type.name);
  const dtype = Object.hasOwn(dtypeOfStorage, type.name) ? dtypeOfStorage[type.name] : undefined;
  if (!isUntyped && !dtype) return undefined;
  const viewOffset = view instanceof PickleTuple && typeof view.items[1] === 'number' ? view.items[1] : 0;
  return { key: String(key), dtype: isUntyped ? undefined : dtype, length, viewOffset };
}

/** `torch.float16` as a name. */
function dtypeNamed(value: PickleValue | undefined): TensorDtype | undefined {
  const name = value instanceof PickleGlobal && value.module === 'torch' ? value.name : undefined;
  if (name === undefined) return undefined;
  if (Object.hasOwn(otherNames, name)) return otherNames[name];
  return Object.hasOwn(itemSizes, name) ? (name as TensorDtype) : undefined;
}
