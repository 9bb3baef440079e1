/** Which classes detections are about: the class they say against that of the object they lie on, among the N surest of a class. */
import type { GroundTruth } from '../../results/detections';
import { UNCOUNTED, type HoiemVerdicts } from './hoiem';

/**
 * [classes][classes + 1] counts: row is the class of the detection, column that of the object which Hoiem's verdict is about, the
 * last column nothing. Of each class with N objects its N surest detections are counted, so that a row sums to N at most.
 */
export function countClassPairs(truth: GroundTruth, verdicts: HoiemVerdicts): number[][] {
  const classes = truth.categories.ids.length;
  const { order, starts, types, objects, positives } = verdicts;
  return Array.from({ length: classes }, (_, k) => {
    const row = new Array<number>(classes + 1).fill(0);
    const end = Math.min(starts[k + 1]!, starts[k]! + positives[k]!);
    for (let place = starts[k]!; place < end; place++) {
      const detection = order[place]!;
      if (types[detection] === UNCOUNTED) continue;
      const object = objects[detection]!;
      row[object < 0 ? classes : truth.category[object]!]!++;
    }
    return row;
  });
}
