/** Compares the weights found in a file with those a backbone needs: what fits, what lacks, what has no place. */
import { UserError } from '../errors';
import { architectureOf } from '../experiment/backbones/architectures';
import { describeBackbone } from '../experiment/backbones/describeBackbone';
import type { BackboneConfig } from '../experiment/layers';
import { isEssential, isHeadName } from './backboneNames';
import { shorten } from './malformed';
import type { Recognition } from './recognise';
import type { WeightsFile } from './weightsFile';

export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface Fit {
  /** Weights that are in the file with the right shape. */
  readonly matched: readonly string[];
  /** Weights the backbone needs and the file lacks; batch counters are not counted. */
  readonly missing: readonly NamedShape[];
  /** Weights of another shape. */
  readonly mismatched: readonly (NamedShape & { readonly wanted: readonly number[] })[];
  /** Weights of a backbone in the file that this one has no place for: a deeper network, or another one. */
  readonly unexpected: readonly NamedShape[];
  /** Names in the file that belong to no backbone or to another encoder: classifiers, projections, queues, optimisers. */
  readonly leftOut: readonly string[];
  /** Those of `leftOut` right beside the backbone that are no known head: parts of a network this one is not. */
  readonly strange: readonly string[];
}

/** Shapes of all weights of a backbone, in PyTorch's layout. */
export function backboneShapes(config: BackboneConfig): Map<string, readonly number[]> {
  const weights = architectureOf(config).weights(config);
  return new Map(weights.map(({ name, shape }) => [name, shape]));
}

/** expected: shapes by torchvision's names. */
export function fitBackbone(recognition: Recognition, expected: ReadonlyMap<string, readonly number[]>): Fit {
  const { tensors, others, prefix } = recognition;
  const matched: string[] = [];
  const mismatched: (NamedShape & { wanted: readonly number[] })[] = [];
  const missing: NamedShape[] = [];
  for (const [name, wanted] of expected) {
    const shape = tensors.get(name)?.shape;
    if (!shape) {
      if (isEssential(name)) missing.push({ name, shape: wanted });
    } else if (isSameShape(shape, wanted)) matched.push(name);
    else mismatched.push({ name, shape, wanted });
  }
  const unexpected = [...tensors].flatMap(([name, { shape }]) => (expected.has(name) ? [] : [{ name, shape }]));
  const strange = others.filter((name) => {
    const rest = name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
    return rest !== undefined && /^(?:conv\d|bn\d|layer\d|stem|res\d|stages|blocks)\b/.test(rest) && !isHeadName(rest);
  });
  return { matched, missing, mismatched, unexpected, leftOut: others, strange };
}

/** Counters of old files may be of shape [1]. */
function isSameShape(shape: readonly number[], wanted: readonly number[]): boolean {
  if (wanted.length === 0 && shape.length === 1 && shape[0] === 1) return true;
  return shape.length === wanted.length && shape.every((side, axis) => side === wanted[axis]);
}

/** What keeps a file from being loaded; empty when all of the backbone is there. */
export function fitProblems({ missing, mismatched, unexpected }: Fit): string[] {
  return [
    ...mismatched.map(
      ({ name, shape, wanted }) =>
        `${name} is ${formatShape(shape)} in the file and ${formatShape(wanted)} in the backbone`,
    ),
    ...missing.map(({ name, shape }) => `${name} ${formatShape(shape)} is missing`),
    ...unexpected.map(({ name, shape }) => `${shorten(name)} ${formatShape(shape)} has no place in it`),
  ];
}

/** Throws a user error that names the first things that do not fit. */
export function requireFit(weights: WeightsFile, fit: Fit, backbone: BackboneConfig): void {
  const problems = fitProblems(fit);
  if (problems.length === 0) return;
  const listed = `${problems.slice(0, 3).join('; ')}${problems.length > 3 ? `; and ${problems.length - 3} more` : ''}`;
  const names = [...weights.tensors.keys()].filter(isEssential);
  const seen = `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`;
  throw new UserError(
    'weights',
    `${weights.name} does not fit ${describeBackbone(backbone)}: ${listed}. ` +
      `It holds ${weights.tensors.size} tensors (${seen}); choose the backbone the file was made with.`,
    { file: weights.name },
  );
}

export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
