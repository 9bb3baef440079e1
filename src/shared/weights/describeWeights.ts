/** What a weight file is, from its header alone: for the editor's hover and for `weights inspect`. Pure and quick. */
import { describeBackbone } from '../experiment/backbones/describeBackbone';
import type { BackboneConfig } from '../experiment/layers';
import { inferArchitecture } from './architecture';
import { isEssential } from './backboneNames';
import type { EncoderChoice } from './family';
import { backboneShapes, fitBackbone, fitProblems } from './fitBackbone';
import { shorten } from './malformed';
import { proposePrefixes, recognise, type WeightsMapping } from './recognise';
import { itemSizes } from './tensorPlace';
import { weightsFormats, type WeightsFile } from './weightsFile';

export interface WeightsSummary {
  readonly file: string;
  /** For readers. */
  readonly format: string;
  readonly tensors: number;
  /** Numbers in all tensors, and the bytes they take as stored. */
  readonly numbers: number;
  readonly bytes: number;
  /** Tensors by number type. */
  readonly dtypes: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Absent when the names are not known. */
  readonly found?: FoundBackbone;
  /** The likeliest prefixes; only when nothing was found. */
  readonly proposals: readonly { readonly prefix: string; readonly weights: number }[];
  /** What else is in the file, by the beginning of its names. */
  readonly others: readonly { readonly prefix: string; readonly tensors: number }[];
}

export interface FoundBackbone {
  readonly family: string;
  readonly title: string;
  readonly prefix: string;
  readonly encoder?: EncoderChoice;
  /** Undefined when the weights are not those of one network. */
  readonly architecture?: string;
  /** Settings of `backbone` that fit. */
  readonly backbone?: BackboneConfig;
  /** Weights of the backbone, without batch counters, and the numbers in them. */
  readonly weights: number;
  readonly numbers: number;
  readonly notes: readonly string[];
  /** Against the backbone asked about. */
  readonly fit?: FitSummary;
}

export interface FitSummary {
  readonly backbone: string;
  readonly matched: number;
  readonly needed: number;
  /** Weights that the file lacks, that have another shape, and that have no place in the backbone. */
  readonly missing: number;
  readonly mismatched: number;
  readonly unexpected: number;
  /** Sentences; empty when everything fits. */
  readonly problems: readonly string[];
}

export interface DescribeOptions {
  readonly mapping?: WeightsMapping;
  /** What the weights are to be loaded into. */
  readonly backbone?: BackboneConfig;
}

const maxOthers = 12;

export function describeWeights(
  weights: WeightsFile,
  { mapping = {}, backbone }: DescribeOptions = {},
): WeightsSummary {
  const found = findBackbone(weights, mapping, backbone);
  const proposals = found ? [] : proposePrefixes(weights).map(({ prefix, count }) => ({ prefix, weights: count }));
  const dtypes = new Map<string, number>();
  let [numbers, bytes] = [0, 0];
  for (const { dtype, shape } of weights.tensors.values()) {
    const count = countOf(shape);
    numbers += count;
    bytes += count * itemSizes[dtype];
    dtypes.set(dtype, (dtypes.get(dtype) ?? 0) + 1);
  }
  return {
    file: weights.name,
    format: weightsFormats[weights.format],
    tensors: weights.tensors.size,
    numbers,
    bytes,
    dtypes: Object.fromEntries([...dtypes].sort(([, a], [, b]) => b - a)),
    metadata: weights.metadata,
    ...(found && { found: found.summary }),
    proposals,
    others: groupNames(found ? found.others : [...weights.tensors.keys()]),
  };
}

function findBackbone(
  weights: WeightsFile,
  mapping: WeightsMapping,
  backbone: BackboneConfig | undefined,
): { summary: FoundBackbone; others: readonly string[] } | undefined {
  const recognition = recognise(weights, mapping);
  if (!recognition) return undefined;
  const { family, prefix, encoder, tensors, others } = recognition;
  const architecture = inferArchitecture(tensors);
  const shapes = [...tensors].filter(([name]) => isEssential(name)).map(([, { shape }]) => shape);
  const summary = {
    family: family.id,
    title: family.title,
    prefix,
    ...(encoder && { encoder }),
    ...(architecture && { architecture: architecture.label }),
    ...(architecture?.backbone && { backbone: architecture.backbone }),
    weights: shapes.length,
    numbers: shapes.reduce((sum, shape) => sum + countOf(shape), 0),
    notes: family.notes ?? [],
    ...(backbone && { fit: summariseFit(recognition, backbone) }),
  };
  return { summary, others };
}

function summariseFit(recognition: Parameters<typeof fitBackbone>[0], backbone: BackboneConfig): FitSummary {
  const expected = backboneShapes(backbone);
  const fit = fitBackbone(recognition, expected);
  return {
    backbone: describeBackbone(backbone),
    matched: fit.matched.filter(isEssential).length,
    needed: [...expected.keys()].filter(isEssential).length,
    missing: fit.missing.length,
    mismatched: fit.mismatched.length,
    unexpected: fit.unexpected.length,
    problems: fitProblems(fit),
  };
}

/** Where a network's own parts begin. */
const networkPart = /^(?:conv\d|bn\d|layer\d|res\d|stem|blocks|stages|\d+)$/;

/** Names by what stands before the parts of a network, most tensors first. */
function groupNames(names: readonly string[]): WeightsSummary['others'] {
  const counts = new Map<string, number>();
  for (const name of names) {
    const parts = name.split('.').slice(0, -1);
    const end = parts.findIndex((part) => networkPart.test(part));
    const before = end < 0 ? parts : parts.slice(0, Math.max(1, end));
    const prefix = before.length === 0 ? name : `${before.join('.')}.`;
    counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  const groups = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const shown = groups.slice(0, maxOthers).map(([prefix, tensors]) => ({ prefix: shorten(prefix), tensors }));
  const rest = groups.slice(maxOthers).reduce((sum, [, tensors]) => sum + tensors, 0);
  return rest > 0 ? [...shown, { prefix: '…', tensors: rest }] : shown;
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
