/** NumPy's type codes (`<f4`, `>f8`, `|u1`) and arrays in them. */
import { malformed, shorten } from './malformed';
import type { TensorDtype } from './tensorPlace';

export interface NumpyType {
  readonly dtype: TensorDtype;
  readonly isBigEndian: boolean;
}

const types: Readonly<Record<string, TensorDtype>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

/** Undefined for types that hold no numbers read here (texts, objects, complex numbers, records). */
export function parseNumpyType(text: string): NumpyType | undefined {
  const match = /^([<>|=]?)([a-z]\d+)$/.exec(text);
  if (!match || !Object.hasOwn(types, match[2]!)) return undefined;
  return { dtype: types[match[2]!]!, isBigEndian: match[1] === '>' };
}

/** Strides of an array stored column by column. */
export function columnMajorStrides(shape: readonly number[]): number[] {
  let stride = 1;
  return shape.map((side) => {
    const own = stride;
    stride *= side;
    return own;
  });
}

export function refuseNumpyType(file: string, name: string, text: string): never {
  malformed(
    file,
    `has an array "${shorten(name)}" of type ${shorten(text)}, which holds no numbers read here`,
    'save it as float32',
  );
}
