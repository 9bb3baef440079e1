/** Which categories a detector may be forgiven to confuse: Hoiem et al. 2012's sets for VOC, supercategories elsewhere. */
import type { CategoryTable } from '../../results/detections';

/** VOC's similar classes (Hoiem et al. 2012, section 2.1); bottle, pottedplant and tvmonitor have none. */
const VOC_SETS: readonly (readonly string[])[] = [
  ['aeroplane', 'bicycle', 'boat', 'bus', 'car', 'motorbike', 'train'],
  ['bird', 'cat', 'cow', 'dog', 'horse', 'person', 'sheep'],
  ['chair', 'diningtable', 'sofa'],
  ['aeroplane', 'bird'],
];

/** Groups over which Hoiem's figures are averaged. */
const VOC_GROUPS: Readonly<Record<string, readonly string[]>> = {
  animals: VOC_SETS[1]!,
  vehicles: VOC_SETS[0]!,
  furniture: VOC_SETS[2]!,
};

/** [classes] the other classes that each is similar to. */
export function findSimilar({ names, groups }: CategoryTable): readonly ReadonlySet<number>[] {
  const isVoc = names.length > 0 && names.every((name) => isVocName(name));
  return names.map((name, k) => {
    const others = [...names.keys()].filter((other) => {
      if (other === k) return false;
      if (isVoc) return VOC_SETS.some((set) => set.includes(name) && set.includes(names[other]!));
      return groups[k] !== '' && groups[k] === groups[other];
    });
    return new Set(others);
  });
}

/** Classes by group: animals, vehicles, furniture for VOC; supercategories; else all as one. */
export function groupCategories({ names, groups }: CategoryTable): ReadonlyMap<string, readonly number[]> {
  const indices = [...names.keys()];
  if (names.length > 0 && names.every((name) => isVocName(name))) {
    return new Map(
      Object.entries(VOC_GROUPS)
        .map(([group, members]) => [group, indices.filter((k) => members.includes(names[k]!))] as const)
        .filter(([, members]) => members.length > 0),
    );
  }
  const known = [...new Set(groups)].filter((group) => group !== '');
  if (known.length === 0) return new Map([['all', indices]]);
  return new Map(known.map((group) => [group, indices.filter((k) => groups[k] === group)]));
}

const vocNames = new Set([...VOC_SETS.flat(), 'bottle', 'pottedplant', 'tvmonitor']);

function isVocName(name: string): boolean {
  return vocNames.has(name);
}
