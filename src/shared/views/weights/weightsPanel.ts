/** What the Weights panel says of a file as a whole, from what is known of it so far. */
import { describeBackbone } from '../../experiment/backbones/describeBackbone';
import { mainLayers, type BackboneConfig } from '../../experiment/layers';
import type { WeightsFact, WeightsModel, WeightsProposal } from '../../protocol/panels/weightsPanel';
import type { FoundBackbone, WeightsSummary } from '../../weights/describeWeights';
import { shorten } from '../../weights/malformed';
import { formatBytes, formatCount, formatMillions, formatNumberOf } from '../formatNumbers';

export interface WeightsKnown {
  readonly name: string;
  readonly path: string;
  readonly state: WeightsModel['state'];
  readonly message?: string | undefined;
  readonly summary?: WeightsSummary | undefined;
  /** What the weights are compared with. */
  readonly against?: BackboneConfig | undefined;
  /** Beginnings of names with a backbone behind them, likeliest first. */
  readonly prefixes: readonly { readonly prefix: string; readonly weights: number }[];
  readonly warnings: readonly string[];
  readonly listed: number;
  readonly usedBy?:
    { readonly experiment: string; readonly pretraining: string; readonly hasBackbone: boolean } | undefined;
  readonly backbones: readonly string[];
  readonly backbone: string;
  readonly other?: string | undefined;
}

const maxMetadata = 8;

export function createWeightsModel(known: WeightsKnown): WeightsModel {
  const { name, path, state, message, summary, usedBy, other, listed, backbone } = known;
  const fit = summary?.found?.fit;
  const unasked = usedBy?.hasBackbone ? `that of ${usedBy.experiment}` : 'the one in the file';
  return {
    name,
    path,
    state,
    ...(message !== undefined && { message }),
    facts: summary ? factsOf(summary) : [],
    verdict: summary ? describeFit(summary, known.against) : '',
    fits: fit && fit.problems.length === 0,
    backbones: [{ value: '', label: unasked }, ...known.backbones.map((value) => ({ value, label: value }))],
    backbone,
    proposals: summary ? proposalsOf(summary, known.prefixes) : [],
    layers: known.against ? mainLayers(known.against, false) : [],
    canImport: !usedBy && (summary?.found !== undefined || known.prefixes.length > 0),
    ...(usedBy && { usedBy: `${usedBy.pretraining} of ${usedBy.experiment}` }),
    warnings: [...(summary?.found?.notes ?? []), ...known.warnings].map(upperFirst),
    listed,
    stored: summary?.tensors ?? 0,
    ...(other !== undefined && { other }),
  };
}

function factsOf({ format, found, tensors, numbers, bytes, dtypes, metadata, others }: WeightsSummary): WeightsFact[] {
  const types = Object.entries(dtypes).map(([dtype, count]) => `${formatCount(count)} ${dtype}`);
  const beside = others.map(({ prefix, tensors: count }) => `${prefix} (${formatCount(count)})`);
  const says = Object.entries(metadata)
    .slice(0, maxMetadata)
    .map(([key, value]) => `${shorten(key, 40)}: ${shorten(value, 60)}`);
  return [
    ...(found ? foundFacts(found) : [{ label: 'Network', value: 'its names are not known' }]),
    { label: 'Format', value: format },
    { label: 'Tensors', value: `${formatCount(tensors)} (${types.join(', ')})` },
    { label: 'Size', value: `${formatMillions(numbers)} numbers, ${formatBytes(bytes)}` },
    ...(beside.length > 0 ? [{ label: found ? 'Beside it' : 'Holds', value: beside.join(', ') }] : []),
    ...(says.length > 0 ? [{ label: 'Says', value: says.join(', ') }] : []),
  ];
}

function foundFacts({ architecture, title, prefix, encoder, weights, numbers }: FoundBackbone): WeightsFact[] {
  const where = prefix === '' ? 'bare names' : `behind ${prefix}`;
  return [
    { label: 'Network', value: architecture ?? 'not of one network' },
    { label: 'Names', value: [title, where, ...(encoder ? [`the ${encoder} encoder`] : [])].join(', ') },
    { label: 'Backbone', value: `${formatNumberOf(weights, 'weight')}, ${formatMillions(numbers)} numbers` },
  ];
}

/** `160 of 160 weights of resnet50 … matched: it fits`. */
function describeFit({ found }: WeightsSummary, against: BackboneConfig | undefined): string {
  if (!found) return 'No backbone was found under a known name.';
  if (!found.fit || !against)
    return 'There is no backbone to compare with: this network is not built here. Choose one.';
  const { matched, needed, missing, mismatched, unexpected, problems } = found.fit;
  const counts = [
    [missing, 'missing'],
    [mismatched, 'of another shape'],
    [unexpected, 'unexpected'],
  ] as const;
  const wrong = counts.filter(([count]) => count > 0).map(([count, what]) => `${formatCount(count)} ${what}`);
  const verdict = problems.length === 0 ? 'it fits' : `it does not fit (${wrong.join(', ')})`;
  return `${formatCount(matched)} of ${formatCount(needed)} weights of ${describeBackbone(against)} matched: ${verdict}.`;
}

function proposalsOf({ found }: WeightsSummary, prefixes: WeightsKnown['prefixes']): WeightsProposal[] {
  const all = prefixes.map(({ prefix, weights }) => ({ prefix, weights, isUsed: prefix === found?.prefix }));
  // One that is used already is no proposal.
  return all.some(({ isUsed }) => !isUsed) ? all : [];
}

function upperFirst(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
