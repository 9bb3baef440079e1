/** Of images chosen on a map: how many of each class, which others are most alike, and all of it as CSV. Pure. */
import { csvText } from '../../formats/csvText';
import type { EmbeddingStudy, Neighbour, PlacedMap } from './embeddingStudy';

export interface ClassCount {
  readonly name: string;
  /** Chosen ones, and all of the class. */
  readonly count: number;
  readonly all: number;
}

/** Most chosen first. */
export function countClasses({ classes, label }: EmbeddingStudy, chosen: readonly number[]): ClassCount[] {
  const all = new Int32Array(classes.length);
  const own = new Int32Array(classes.length);
  for (const one of label) if (one >= 0) all[one]!++;
  for (const image of chosen) if (label[image]! >= 0) own[label[image]!]!++;
  const counts = classes.map((name, i) => ({ name, count: own[i]!, all: all[i]! }));
  return counts.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
}

/** Images outside the chosen ones that are nearest to any of them by features, the most similar first. */
export function mostAlike(map: PlacedMap, chosen: readonly number[], most: number): Neighbour[] {
  const inside = new Set(chosen);
  const best = new Map<number, number>();
  for (const image of chosen)
    for (const { image: other, similarity } of map.neighbours(image))
      if (!inside.has(other)) best.set(other, Math.max(similarity, best.get(other) ?? -Infinity));
  return [...best]
    .map(([image, similarity]) => ({ image, similarity }))
    .sort((a, b) => b.similarity - a.similarity || a.image - b.image)
    .slice(0, most);
}

/** One row for each image and map; `chosen` all when nothing is chosen. */
export function chosenCsv(study: EmbeddingStudy, maps: readonly PlacedMap[], chosen: readonly number[]): string {
  const head = ['image', 'data', 'split', 'place', 'label', 'model', 'seed', 'layer', 'method', 'x', 'y', 'predicted'];
  const neighbour = ['nearest', 'similarity'];
  const rows = maps.flatMap((map) =>
    chosen.flatMap((image) => {
      const [x, y] = [map.at[2 * image]!, map.at[2 * image + 1]!];
      const { name, place } = study.images[image]!;
      if (Number.isNaN(x)) return [];
      const { data, split, method } = map.stage;
      const nearest = map.neighbours(image)[0];
      return [
        [
          ...[name, data, split, place, study.classes[study.label[image]!] ?? '', map.model, map.seed, map.layer],
          ...[method, x, y, study.classes[map.predicted[image]!] ?? ''],
          ...[nearest ? study.images[nearest.image]!.name : '', nearest?.similarity ?? ''],
        ],
      ];
    }),
  );
  return csvText([[...head, ...neighbour], ...rows]);
}
