/**
 * The tensors in an unpickled value: its dicts and lists are walked once each, however they refer to one another, and the
 * names along the way are joined by dots. Short texts and numbers become metadata.
 */
import { malformed, shorten } from './malformed';
import { entriesOf, PickleCall, PickleDict, PickleList, PickleTuple, type PickleValue } from './pickleValues';
import type { TensorPlace } from './tensorPlace';

const maxTensors = 200_000;
const maxNameLength = 2000;
const maxDepth = 100;
const maxMetadata = 100;
/** Settings lie at the top or one below; deeper ones say nothing of the file as a whole. */
const metadataDepth = 2;
/** Longer lists are data: milestones, histories. */
const maxListed = 10_000;

interface Visit {
  readonly name: string;
  /** Name of the container; undefined at the top. */
  readonly parent?: string;
  readonly depth: number;
  readonly value: PickleValue;
}

export interface Collected {
  readonly tensors: Map<string, TensorPlace>;
  readonly parents: Map<string, string>;
  readonly metadata: Record<string, string>;
}

/** `placeOf` makes a tensor of a call that builds one, and gives undefined for all others. */
export function collectTensors(
  file: string,
  root: PickleValue,
  placeOf: (name: string, call: PickleCall) => TensorPlace | undefined,
): Collected {
  const tensors = new Map<string, TensorPlace>();
  const parents = new Map<string, string>();
  const metadata = new Map<string, string>();
  const seen = new Set<PickleValue>();
  const pending: Visit[] = [{ name: '', depth: 0, value: root }];
  for (let visit = pending.pop(); visit; visit = pending.pop()) {
    const { name, depth, value } = visit;
    const place = value instanceof PickleCall ? placeOf(name || 'tensor', value) : undefined;
    if (place) {
      const free = freeName(tensors, name || 'tensor');
      tensors.set(free, place);
      if (visit.parent !== undefined) parents.set(free, visit.parent);
      if (tensors.size > maxTensors) malformed(file, `has more than ${maxTensors} tensors`, 'save fewer at a time');
    } else if (isScalar(value)) {
      if (depth <= metadataDepth && metadata.size < maxMetadata && name !== '')
        metadata.set(name, shorten(String(value), 200));
    } else if (typeof value === 'object' && value !== null && !seen.has(value) && depth < maxDepth) {
      seen.add(value);
      pending.push(...childrenOf(visit).reverse());
    }
  }
  return { tensors, parents, metadata: Object.fromEntries(metadata) };
}

function isScalar(value: PickleValue): value is string | number | bigint | boolean {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}

function childrenOf({ name, depth, value }: Visit): Visit[] {
  const visits: Visit[] = [];
  const add = (key: PickleValue, child: PickleValue): void => {
    const label = isScalar(key) ? String(key) : 'item';
    const full = name === '' ? label : `${name}.${label}`;
    if (full.length <= maxNameLength) visits.push({ name: full, parent: name, depth: depth + 1, value: child });
  };
  if (value instanceof PickleList || value instanceof PickleTuple) {
    value.items.slice(0, maxListed).forEach((item, index) => add(index, item));
  } else if (value instanceof PickleDict || value instanceof PickleCall) {
    const entries = entriesOf(value);
    for (let at = 0; at + 1 < entries.length; at += 2) add(entries[at]!, entries[at + 1]!);
  }
  return visits;
}

function freeName(tensors: ReadonlyMap<string, unknown>, name: string): string {
  let free = name;
  for (let n = 2; tensors.has(free); n++) free = `${name}#${n}`;
  return free;
}

/** The whole numbers of a tuple or list: a shape or strides. Anything else in it is refused. */
export function numbersOf(file: string, name: string, value: PickleValue | undefined): number[] {
  const inner = value instanceof PickleCall ? value.args[0] : value; // torch.Size((2, 3))
  const items = inner instanceof PickleTuple || inner instanceof PickleList ? inner.items : undefined;
  if (!items || items.length > 64 || !items.every((item) => typeof item === 'number'))
    malformed(file, `has a tensor "${shorten(name)}" whose shape or strides are not a list of numbers`);
  return items as number[];
}
