/** What every format gives: named tensors that are read one by one, and what the file says of itself. */
import type { TensorPlace } from './tensorPlace';

export const weightsFormats = {
  pytorch: 'PyTorch (zip)',
  'pytorch-legacy': 'PyTorch before 1.6',
  pickle: 'pickle with NumPy arrays',
  safetensors: 'safetensors',
  npz: 'NumPy .npz',
  npy: 'NumPy .npy',
  hdf5: 'Keras HDF5',
  tfjs: 'TensorFlow.js layers model',
} as const;
export type WeightsFormat = keyof typeof weightsFormats;

export interface WeightsFile {
  /** For messages. */
  readonly name: string;
  readonly format: WeightsFormat;
  /** Nested containers are joined by dots: `state_dict.conv1.weight`. */
  readonly tensors: ReadonlyMap<string, TensorPlace>;
  /** Of pickles: the container a tensor is in (`state_dict`), by the tensor's name. */
  readonly parents?: ReadonlyMap<string, string>;
  /** Short texts and numbers beside the tensors: `arch`, `epoch`, a safetensors file's own table. */
  readonly metadata: Readonly<Record<string, string>>;
}
