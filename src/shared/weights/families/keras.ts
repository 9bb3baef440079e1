/**
 * Keras Applications' ResNet-50, -101 and -152 (HDF5, or TensorFlow.js layers): `conv2_block1_1_conv/kernel`, and the older
 * `res2a_branch2a/kernel`. Filters are HWIO. Convolutions have biases and batch norm an epsilon of 1.001e-5; both are folded
 * exactly: norm(conv + b) is norm(conv) with mean - b, and variance + 1e-8 at epsilon 1e-5 is the variance at theirs.
 */
import type { Renamed } from '../backboneNames';
import { branchesOf, type Family } from '../family';
import type { TensorPlace } from '../tensorPlace';

export const keras: Family = {
  id: 'keras',
  title: 'Keras Applications',
  branches: branchesOf(['']),
  signs: [/conv1_conv\/kernel/, /res2a_branch2a\//],
  needsSign: true,
  rename: fromKeras,
  finish: foldBiases,
  notes: [
    'Keras feeds BGR images of 0 to 255 less the mean, and has its strides on the first 1×1 convolutions; here images are RGB, divided by 255 and standardised, so features will not be those of the original; set `stride: 1x1`',
  ],
  input: 'bgr-caffe',
};

const extraEpsilon = 1.001e-5 - 1e-5;
const parts: Readonly<Record<string, string>> = {
  kernel: 'weight',
  bias: 'conv_bias',
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};
const oldBranches: Readonly<Record<string, string>> = { '1': '0', '2a': '1', '2b': '2', '2c': '3' };

function fromKeras(name: string): Renamed | undefined {
  const match = /(?:^|\/)([\w]+)\/(kernel|bias|gamma|beta|moving_mean|moving_variance)(?::0)?$/.exec(name);
  const layer = match && unitOf(match[1]!);
  if (!layer) return undefined;
  const renamed = `${layer}.${parts[match[2]!]}`;
  return match[2] === 'kernel' ? { name: renamed, axes: [3, 2, 0, 1] } : { name: renamed };
}

/** Conv and norm of block b of stage s: 0 is the shortcut, 1 to 3 the branch. */
function unitOf(layer: string): string | undefined {
  if (layer === 'conv1_conv' || layer === 'conv1') return 'conv1';
  if (layer === 'conv1_bn' || layer === 'bn_conv1') return 'bn1';
  const now = /^conv([2-5])_block(\d{1,3})_([0-3])_(conv|bn)$/.exec(layer);
  if (now) return unit(Number(now[1]) - 1, Number(now[2]) - 1, { place: now[3]!, isNorm: now[4] === 'bn' });
  const old = /^(res|bn)([2-5])([a-z])_branch(1|2a|2b|2c)$/.exec(layer);
  if (!old) return undefined;
  return unit(Number(old[2]) - 1, old[3]!.charCodeAt(0) - 97, {
    place: oldBranches[old[4]!]!,
    isNorm: old[1] === 'bn',
  });
}

function unit(stage: number, block: number, { place, isNorm }: { place: string; isNorm: boolean }): string {
  const last = place === '0' ? `downsample.${isNorm ? 1 : 0}` : `${isNorm ? 'bn' : 'conv'}${place}`;
  return `layer${stage}.${block}.${last}`;
}

function foldBiases(tensors: ReadonlyMap<string, TensorPlace>): Map<string, TensorPlace> {
  const all = new Map([...tensors].filter(([name]) => !name.endsWith('.conv_bias')));
  for (const [name, place] of all) {
    if (name.endsWith('.running_var')) {
      all.set(name, { ...place, read: async () => (await place.read()).map((value) => value + extraEpsilon) });
    } else if (name.endsWith('.running_mean')) {
      const norm = name.slice(0, -'.running_mean'.length);
      const conv = norm.endsWith('downsample.1') ? norm.replace(/1$/, '0') : norm.replace(/bn(\d)$/, 'conv$1');
      const bias = tensors.get(`${conv}.conv_bias`);
      if (bias) all.set(name, { ...place, read: async () => subtract(await place.read(), await bias.read()) });
    }
  }
  return all;
}

function subtract(values: Float32Array, others: Float32Array): Float32Array {
  return values.map((value, index) => value - others[index]!);
}
