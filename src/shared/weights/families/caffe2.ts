/**
 * Caffe2's ResNets, as detectron2's R-50.pkl (MSRA) has them: `res2_0_branch2a_w`. Their batch norm is an affine map: mean
 * and variance were merged into scale and shift, so they are 0 and 1 - 1e-5 here, which with the epsilon of 1e-5 makes 1.
 */
import type { Renamed } from '../backboneNames';
import { branchesOf, type Family } from '../family';
import type { TensorPlace } from '../tensorPlace';

export const caffe2: Family = {
  id: 'caffe2',
  title: "detectron2's MSRA models (Caffe2)",
  branches: branchesOf(['', 'blobs.']),
  signs: [/(?:^|\.)res2_0_branch2a_w$/],
  needsSign: true,
  rename: fromCaffe2,
  finish: addStatistics,
  notes: [
    'the network was trained on BGR images of 0 to 255 less the mean, with strides on the first 1×1 convolutions; here images are RGB, divided by 255 and standardised, and strides are on the 3×3, so features will not be those of the original',
  ],
  input: 'bgr-caffe',
};

const branches: Readonly<Record<string, readonly [conv: string, norm: string]>> = {
  '1': ['downsample.0', 'downsample.1'],
  '2a': ['conv1', 'bn1'],
  '2b': ['conv2', 'bn2'],
  '2c': ['conv3', 'bn3'],
};
const normParts: Readonly<Record<string, string>> = { s: 'weight', b: 'bias', rm: 'running_mean', riv: 'running_var' };

function fromCaffe2(name: string): Renamed | undefined {
  if (name === 'conv1_w') return { name: 'conv1.weight' };
  const stem = /^(?:res_)?conv1_bn_(s|b|rm|riv)$/.exec(name);
  if (stem) return { name: `bn1.${normParts[stem[1]!]}` };
  const block = /^res([2-5])_(\d{1,3})_branch(1|2a|2b|2c)_(?:(w)|bn_(s|b|rm|riv))$/.exec(name);
  if (!block) return undefined;
  const [, stage, index, branch, weight, norm] = block;
  const [conv, batchNorm] = branches[branch!]!;
  return {
    name: `layer${Number(stage) - 1}.${index}.${weight ? `${conv}.weight` : `${batchNorm}.${normParts[norm!]}`}`,
  };
}

function addStatistics(tensors: ReadonlyMap<string, TensorPlace>): Map<string, TensorPlace> {
  const all = new Map(tensors);
  for (const [name, scale] of tensors) {
    const norm = /^(.*(?:bn\d|downsample\.1))\.weight$/.exec(name)?.[1];
    if (norm === undefined || all.has(`${norm}.running_var`)) continue;
    const filled = (value: number): TensorPlace => ({
      ...scale,
      read: () =>
        Promise.resolve(new Float32Array(scale.shape.reduce((product, side) => product * side, 1)).fill(value)),
    });
    all.set(`${norm}.running_mean`, filled(0)).set(`${norm}.running_var`, filled(1 - 1e-5));
  }
  return all;
}
