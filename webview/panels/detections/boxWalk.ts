/** Which box is under the pointer, and which comes next. Pure. */
import type { StagePoint } from '../../ui/imageStage';
import { isSameBox, type BoxReference, type DrawnBox } from './boxes';

/** The smallest box around the point: those inside others can be reached. */
export function boxUnder(boxes: readonly DrawnBox[], { x, y, pixel }: StagePoint): BoxReference | undefined {
  const slack = 3 * pixel;
  const inside = boxes.filter(({ box: [left, top, w, h] }) => {
    return x >= left - slack && x <= left + w + slack && y >= top - slack && y <= top + h + slack;
  });
  return inside.sort((a, b) => a.box[2] * a.box[3] - b.box[2] * b.box[3])[0]?.reference;
}

/** The box after the chosen one, or before it; `runs` are the boxes of each, with the same objects in all. */
export function nextBox(
  runs: readonly (readonly DrawnBox[])[],
  chosen: BoxReference | undefined,
  step: 1 | -1,
): BoxReference | undefined {
  const all = runs.flatMap((boxes, i) => boxes.filter(({ reference }) => i === 0 || reference.kind === 'detection'));
  if (all.length === 0) return undefined;
  const now = all.findIndex(({ reference }) => chosen && isSameBox(reference, chosen));
  return all[(now + step + all.length + (now < 0 && step < 0 ? 1 : 0)) % all.length]!.reference;
}
