/**
 * Finds out whose names a weight file has: every part of every name before a dot is looked up among the prefixes of the
 * families, and the prefix with the most backbone weights behind it wins. Where none is known, the likeliest are proposed.
 */
import { UserError } from '../errors';
import { backboneName, isEssential, type Renamed } from './backboneNames';
import { families } from './families/families';
import type { FamilyName } from './families/familyNames';
import { renameWith, type Branch, type EncoderChoice, type Family } from './family';
import { permuteTensor, type TensorPlace } from './tensorPlace';
import { lastNorms } from './transformerNames';
import type { WeightsFile } from './weightsFile';

/** What the user says of a file, in place of finding it out. */
export interface WeightsMapping {
  readonly family?: FamilyName;
  /** What stands before the backbone's names. */
  readonly prefix?: string;
  readonly encoder?: EncoderChoice;
}

export interface Recognition {
  readonly family: Family;
  /** What stands before the backbone's names, containers included. */
  readonly prefix: string;
  readonly encoder?: EncoderChoice;
  /** Backbone weights under our names (torchvision's of ResNets, timm's of others), in PyTorch's layout. */
  readonly tensors: ReadonlyMap<string, TensorPlace>;
  /** What each is called in the file; weights that a family makes up are not there. */
  readonly sources: ReadonlyMap<string, string>;
  /** Names in the file of everything else. */
  readonly others: readonly string[];
}

/** A prefix that no family has, with how many weights of a backbone stand behind it. */
export interface Proposal {
  readonly prefix: string;
  readonly family: Family;
  readonly count: number;
}

/** What may hold the weights inside a checkpoint. */
const containers = [
  '',
  'state_dict.',
  'model.',
  'model_state_dict.',
  'model_state.',
  'state_dict_ema.',
  'model_ema.',
  'net.',
  'weights.',
];
/** Fewer backbone names than this are chance. */
const fewest = 5;
/** The smallest backbone here has a hundred. */
const fewestProposed = 20;
const maxDots = 12;

interface Candidate {
  readonly family: Family;
  readonly branch: Branch;
  readonly prefix: string;
  /** Position in the list of families and of branches: earlier ones are preferred. */
  readonly order: number;
}

/** Everything a family's files may have before a backbone's names, by that text. */
const known: ReadonlyMap<string, readonly Candidate[]> = listCandidates();

function listCandidates(): Map<string, Candidate[]> {
  const byPrefix = new Map<string, Candidate[]>();
  let order = 0;
  for (const family of families)
    for (const branch of family.branches)
      for (const container of containers) {
        const prefix = container + branch.prefix;
        const list = byPrefix.get(prefix) ?? [];
        list.push({ family, branch, prefix, order: order++ });
        byPrefix.set(prefix, list);
      }
  return byPrefix;
}

/** The backbone in a file, or undefined when its names are not known; see `proposePrefixes`. */
export function recognise(weights: WeightsFile, mapping: WeightsMapping = {}): Recognition | undefined {
  const candidates = mapping.prefix === undefined ? known : givenPrefix(mapping.prefix);
  const allowed = ({ family, branch }: Candidate): boolean =>
    (mapping.family === undefined || family.id === mapping.family) &&
    (mapping.encoder === undefined || mapping.prefix !== undefined || branch.encoder === mapping.encoder);
  const counts = countNames(weights, candidates, allowed);
  const signed = familiesWithSigns(weights, new Set([...counts.keys()].map(({ family }) => family)));
  const isGiven = mapping.family !== undefined || mapping.prefix !== undefined;
  const fitting = [...counts].filter(
    ([{ family }, count]) => count >= fewest && (!family.needsSign || isGiven || signed.has(family)),
  );
  const rank = ({ family, branch }: Candidate): number => {
    // A second-best encoder comes after everything that may be a backbone of its own.
    if (branch.encoder === 'key' && family.branches[0]!.encoder !== 'key') return 2;
    return signed.has(family) ? 0 : 1;
  };
  fitting.sort(([a, countA], [b, countB]) => countB - countA || rank(a) - rank(b) || a.order - b.order);
  const best = fitting[0]?.[0];
  return best && collect(weights, best);
}

/** A prefix of the user's, as it is and inside the containers. Every way of naming is tried behind it. */
function givenPrefix(prefix: string): Map<string, Candidate[]> {
  const branch = { prefix };
  const all = containers.map((container) => container + prefix);
  return new Map(
    all.map((text) => [text, families.map((family, order) => ({ family, branch, prefix: text, order: -order }))]),
  );
}

/** How many different backbone weights stand behind each candidate's prefix. */
function countNames(
  weights: WeightsFile,
  candidates: ReadonlyMap<string, readonly Candidate[]>,
  allowed: (candidate: Candidate) => boolean,
): Map<Candidate, number> {
  const counts = new Map<Candidate, number>();
  for (const name of weights.tensors.keys()) {
    for (const end of prefixEnds(name)) {
      for (const candidate of candidates.get(name.slice(0, end)) ?? []) {
        if (!allowed(candidate) || !isMapped(renameWith(candidate.family, name.slice(end)))) continue;
        counts.set(candidate, (counts.get(candidate) ?? 0) + 1);
      }
    }
  }
  return counts;
}

function isMapped(renamed: Renamed | undefined): boolean {
  return renamed !== undefined && isEssential(renamed.name);
}

/** 0 and the places after each dot. */
function prefixEnds(name: string): number[] {
  const ends = [0];
  for (let dot = name.indexOf('.'); dot >= 0 && ends.length < maxDots; dot = name.indexOf('.', dot + 1))
    ends.push(dot + 1);
  return ends;
}

/** Those whose files show one of their signs, in a name or in the metadata. */
function familiesWithSigns({ tensors, metadata }: WeightsFile, among: ReadonlySet<Family>): Set<Family> {
  const texts = [...tensors.keys(), ...Object.entries(metadata).map(([key, value]) => `${key}=${value}`)];
  return new Set([...among].filter(({ signs }) => signs.some((sign) => texts.some((text) => sign.test(text)))));
}

function collect(weights: WeightsFile, { family, prefix, branch }: Candidate): Recognition {
  const tensors = new Map<string, TensorPlace>();
  const sources = new Map<string, string>();
  const others: string[] = [];
  for (const [name, place] of weights.tensors) {
    const renamed = name.startsWith(prefix) ? renameWith(family, name.slice(prefix.length)) : undefined;
    if (!renamed || tensors.has(renamed.name) || (renamed.axes && renamed.axes.length !== place.shape.length))
      others.push(name);
    else {
      tensors.set(renamed.name, layOut(place, renamed));
      sources.set(renamed.name, name);
    }
  }
  nameLastNorm(weights, prefix, { tensors, sources, others });
  const finished = family.finish ? family.finish(tensors) : tensors;
  return { family, prefix, ...(branch.encoder && { encoder: branch.encoder }), tensors: finished, sources, others };
}

/** The norm at the end of a transformer or ConvNeXt, whose name depends on what else there is. */
function nameLastNorm(
  weights: WeightsFile,
  prefix: string,
  found: { tensors: Map<string, TensorPlace>; sources: Map<string, string>; others: string[] },
): void {
  const { tensors, sources, others } = found;
  for (const [own, name] of lastNorms(new Set(tensors.keys()))) {
    const place = weights.tensors.get(prefix + own);
    if (!place) continue;
    tensors.delete(own);
    sources.delete(own);
    tensors.set(name, place);
    sources.set(name, prefix + own);
    if (others.includes(prefix + own)) others.splice(others.indexOf(prefix + own), 1);
  }
}

/** A tensor with the axes of PyTorch's layout. */
function layOut(place: TensorPlace, { axes, isFlat }: Renamed): TensorPlace {
  if (isFlat) return { ...place, shape: place.shape.filter((side) => side !== 1) };
  return axes ? permuteTensor(place, axes) : place;
}

/** The texts with most backbone names behind them, best first; for files that `recognise` does not know. */
export function proposePrefixes(weights: WeightsFile, limit = 3): Proposal[] {
  const ways = [...new Map(families.map((family) => [family.rename ?? backboneName, family])).values()];
  const counts = new Map<string, Proposal>();
  for (const name of weights.tensors.keys()) {
    for (const end of prefixEnds(name)) {
      for (const family of ways) {
        if (!isMapped(renameWith(family, name.slice(end)))) continue;
        const prefix = name.slice(0, end);
        const key = `${family.id} ${prefix}`;
        counts.set(key, { prefix, family, count: (counts.get(key)?.count ?? 0) + 1 });
      }
    }
  }
  const enough = [...counts.values()];
  enough.sort((a, b) => b.count - a.count || a.prefix.length - b.prefix.length);
  // A block of a network looks a little like a network, and one block of a strange network is none.
  const least = Math.max(fewestProposed, (enough[0]?.count ?? 0) / 4);
  return enough.filter(({ count }) => count >= least).slice(0, limit);
}

/** As `recognise`, or a user error that says what the file holds and what to write. */
export function recogniseOrRefuse(weights: WeightsFile, mapping: WeightsMapping = {}): Recognition {
  return recognise(weights, mapping) ?? refuse(weights, mapping);
}

function refuse(weights: WeightsFile, mapping: WeightsMapping): never {
  const names = [...weights.tensors.keys()];
  const seen = `It holds ${names.length} tensors (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''})`;
  const proposals = proposePrefixes(weights).map(({ prefix, count }) => `prefix "${prefix}" (${count} weights)`);
  const asked = [
    mapping.prefix === undefined ? [] : `prefix "${mapping.prefix}"`,
    mapping.family === undefined ? [] : `family ${mapping.family}`,
    mapping.encoder === undefined ? [] : `the ${mapping.encoder} encoder`,
  ].flat();
  const what =
    asked.length > 0 ? `has no backbone behind ${asked.join(' and ')}` : 'has names of weights that are not known here';
  const advice =
    proposals.length > 0
      ? `the likeliest are ${proposals.join(', ')}: give it as \`prefix\``
      : 'nothing in it looks like a backbone, so check that it is the right file';
  throw new UserError('weights', `${weights.name} ${what}. ${seen}; ${advice}.`, { file: weights.name });
}
