/** Where the landmarks of each picture are and where the network puts them, from the numbers that its loss compared. */
import type { LandmarkMatch } from '../../shared/results/batchInspection';
import type { MatchedBatch, SteppedPart } from './lookedAt';

export function matchLandmarks(parts: readonly SteppedPart[], names: readonly string[]): MatchedBatch {
  const images = parts.flatMap(({ reports, first, size: [height, width] }): LandmarkMatch[] => {
    const report = reports.find((one) => one.kind === 'landmarks');
    if (!report) return [];
    const { predicted, wanted, counted } = report;
    const [rows, columns] = wanted.shape as [number, number];
    // From half pictures, −1 the left rim and 1 the right.
    const pointAt = (values: ArrayLike<number>, at: number) =>
      [((values[at]! + 1) / 2) * width, ((values[at + 1]! + 1) / 2) * height] as const;
    return Array.from({ length: rows }, (_, row) => ({
      place: first + row,
      points: names.map((_, k) => {
        const at = row * columns + 2 * k;
        return {
          ...{ expected: pointAt(wanted.data, at), predicted: pointAt(predicted.data, at) },
          ...(counted.data[at] === 0 && { isLeftOut: true as const }),
        };
      }),
    }));
  });
  return { matching: { kind: 'landmarks', names, images } };
}
