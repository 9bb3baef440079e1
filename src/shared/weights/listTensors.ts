/** Every tensor of a weight file, and every weight it lacks, with what it is to a backbone. From headers alone. */
import type { BackboneConfig } from '../experiment/layers';
import { backboneShapes, fitBackbone } from './fitBackbone';
import { recognise, type WeightsMapping } from './recognise';
import type { WeightsFile } from './weightsFile';

export const tensorFates = {
  matched: 'has its place in the backbone',
  reshaped: 'has another shape than the backbone needs',
  missing: 'the backbone needs it, and the file lacks it',
  unexpected: 'belongs to a backbone, but not to this one',
  'left out': 'belongs to no backbone: classifiers, projections, queues, optimisers, other encoders',
  backbone: 'belongs to a backbone; there is none to compare with',
  unknown: 'its name is not known',
} as const;
export type TensorFate = keyof typeof tensorFates;

export interface ListedTensor {
  /** In the file; of missing ones, in the backbone. */
  readonly name: string;
  /** Its name in the backbone, when it has one and it differs. */
  readonly target?: string;
  /** Number type; empty for missing ones. */
  readonly dtype: string;
  /** As stored; of missing ones, as needed. */
  readonly shape: readonly number[];
  readonly fate: TensorFate;
  /** In PyTorch's layout; of reshaped ones. */
  readonly wanted?: readonly number[];
}

export interface ListOptions {
  readonly mapping?: WeightsMapping;
  readonly backbone?: BackboneConfig;
}

/** The file's tensors in its order, then the missing ones. */
export function listTensors(weights: WeightsFile, { mapping, backbone }: ListOptions): ListedTensor[] {
  const found = recognise(weights, mapping);
  const targets = new Map(found ? [...found.sources].map(([target, source]) => [source, target]) : []);
  const fit = found && backbone && fitBackbone(found, backboneShapes(backbone));
  const matched = new Set(fit?.matched);
  const reshaped = new Map(fit?.mismatched.map(({ name, wanted }) => [name, wanted]));
  const fateOf = (target: string | undefined): TensorFate => {
    if (!found) return 'unknown';
    if (target === undefined) return 'left out';
    if (!fit) return 'backbone';
    return matched.has(target) ? 'matched' : reshaped.has(target) ? 'reshaped' : 'unexpected';
  };
  const listed = [...weights.tensors].map(([name, { dtype, shape }]): ListedTensor => {
    const target = targets.get(name);
    const wanted = target === undefined ? undefined : reshaped.get(target);
    return {
      name,
      ...(target !== undefined && target !== name && { target }),
      dtype,
      shape,
      fate: fateOf(target),
      ...(wanted && { wanted }),
    };
  });
  const missing = (fit?.missing ?? []).map(({ name, shape }) => ({ name, dtype: '', shape, fate: 'missing' as const }));
  return [...listed, ...missing];
}
