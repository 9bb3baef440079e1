/**
 * What the checks of an experiment may know once its data are open: sizes and classes of splits, test images that a
 * pretraining sees, and the memory there is. Left out: memory of graphics cards, which no runtime here can tell.
 */
import os from 'node:os';
import { isTrained } from '../shared/experiment/training';
import { testsOf } from '../shared/experiment/checks/data';
import type {
  DataFacts,
  Facts,
  MemoryFacts,
  SharedImages,
  SplitFacts,
  SplitName,
} from '../shared/experiment/checks/facts';
import type { Experiment, RuntimeChoice } from '../shared/experiment/schema';
import type { DataLibrary } from './data/dataLibrary';
import type { Dataset } from './data/dataset';
import { countSharedIdentities, countSharedImages } from './data/overlap';

/** Splits that are both larger than this are not compared: it would take longer than many a training. */
const MAX_COMPARED = 20_000;
/** A WebAssembly memory has 65,536 pages of 64 kB at most. */
const WASM_BYTES = 2 ** 32;
/** The rest is for images under way, the system and other programs. */
const USABLE_SHARE = 0.8;

/** Opens the used splits and gathers what there is to know of them. */
export async function gatherFacts(
  experiment: Experiment,
  usedSplits: ReadonlyMap<string, ReadonlySet<string>>,
  library: DataLibrary,
): Promise<Facts> {
  const data: Record<string, DataFacts> = {};
  for (const [id, splits] of usedSplits) {
    const source = await library.source(id);
    const bySplit: Record<string, SplitFacts> = {};
    for (const split of splits) {
      if (source.splits.includes(split)) bySplit[split] = splitFacts(await library.dataset({ id, split }));
    }
    data[id] = { splits: source.splits, bySplit };
  }
  return { data, sharedImages: await compareSplits(experiment, data, library) };
}

/**
 * Memory in bytes that a runtime may fill: all its processes together four fifths of what this one may have, each at most
 * the runtime's own limit. Undefined for graphics cards.
 */
export function memoryLimit(runtime: Exclude<RuntimeChoice, 'auto'>): MemoryFacts | undefined {
  if (runtime === 'tensorflow-gpu' || runtime === 'webgpu') return undefined;
  // 0 where a container sets no limit, or a number beyond any memory.
  const allowed = process.constrainedMemory?.() || Infinity;
  const machine = USABLE_SHARE * Math.min(os.totalmem(), allowed);
  return { process: runtime === 'wasm' ? Math.min(WASM_BYTES, machine) : machine, machine };
}

function splitFacts(dataset: Dataset): SplitFacts {
  const classCounts = new Array<number>(dataset.classes.length).fill(0);
  for (const label of dataset.labels) classCounts[label]!++;
  return { length: dataset.length, classes: dataset.classes.length, classCounts, classNames: dataset.classes };
}

/** Numbers of people mean the same only in one list of them. */
function isSameList({ data }: Experiment, a: SplitName, b: SplitName): boolean {
  const [first, second] = [data[a.data], data[b.data]];
  if (first?.kind !== 'celeba' || second?.kind !== 'celeba') return false;
  return first.root === second.root && first.identities === second.identities;
}

/** Every split that something is pretrained on against every other split on which that is tested. */
async function compareSplits(
  experiment: Experiment,
  data: Readonly<Record<string, DataFacts>>,
  library: DataLibrary,
): Promise<SharedImages[]> {
  const pairs = new Map<string, { readonly pretrained: SplitName; readonly tested: SplitName }>();
  for (const pretraining of experiment.pretrainings.filter(isTrained)) {
    const pretrained = { data: pretraining.data, split: pretraining.split };
    for (const { tested } of testsOf(pretraining, experiment)) {
      // Of the packed emoji the name of the split says it all: no drawing is in two of them.
      if ([pretrained, tested].every(({ data: id }) => experiment.data[id]?.kind === 'emoji')) continue;
      pairs.set(JSON.stringify([pretrained, tested]), { pretrained, tested });
    }
  }
  const shared: SharedImages[] = [];
  for (const { pretrained, tested } of pairs.values()) {
    const lengths = [pretrained, tested].map(({ data: id, split }) => data[id]?.bySplit[split]?.length);
    const [first, second] = lengths;
    if (first === undefined || second === undefined || Math.min(first, second) > MAX_COMPARED) continue;
    if (pretrained.data === tested.data && pretrained.split === tested.split) continue;
    const open = ({ data: id, split }: SplitName) => library.dataset({ id, split });
    const [seen, held] = [await open(pretrained), await open(tested)];
    const identities = isSameList(experiment, pretrained, tested) ? countSharedIdentities(seen, held) : undefined;
    const images = await countSharedImages(seen, held);
    shared.push({ pretrained, tested, images, ...(identities !== undefined && { identities }) });
  }
  return shared;
}
