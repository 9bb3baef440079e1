/** Which boxes of an image are shown, and how each looks. */
import { FATE } from '../../../src/shared/math/detection/tide';
import type { DetectionsView } from '../../../src/shared/protocol/panels/detectionsPanel';
import {
  rowsOf,
  verdictName,
  type BoxFilter,
  type ShownTables,
} from '../../../src/shared/views/detections/detectionsFilter';
import { errorLook, TRUTH_LOOK, type ErrorLook } from '../../charts/errorLooks';

export type Corners = readonly [x: number, y: number, width: number, height: number];

export interface BoxReference {
  readonly kind: 'object' | 'detection';
  /** Run of a detection. */
  readonly run: number;
  readonly row: number;
}

export interface Scene {
  readonly tables: ShownTables;
  readonly filter: BoxFilter;
  readonly view: Pick<DetectionsView, 'method' | 'showTruth' | 'showFound' | 'showLabels' | 'maskOpacity'>;
  readonly image: number;
  /** Whose detections are drawn. */
  readonly run: number;
  readonly chosen?: BoxReference;
}

export interface DrawnBox {
  readonly reference: BoxReference;
  readonly look: ErrorLook;
  readonly label: string;
  readonly box: Corners;
}

/** Boxes that are shown of a run in an image, objects first. */
export function listBoxes({ tables, filter, view, image, run }: Scene): DrawnBox[] {
  const { truth, objects, runs } = tables;
  const { names } = truth.categories;
  const shown = runs[run];
  const boxes: DrawnBox[] = [];
  if (view.showTruth) {
    for (const row of rowsOf(objects, image)) {
      // While detections of one kind are looked for, all objects stay, faintly explaining them.
      const isMissed = shown?.figures.verdicts.fates[row] === FATE.missed;
      if (filter.isActive && !filter.object(row) && !isNear(tables, { image, run, row }, filter)) continue;
      const look = isMissed && view.method === 'tide' ? errorLook('miss', 'tide') : TRUTH_LOOK;
      const crowd = truth.isCrowd[row] === 1 ? ' (crowd)' : truth.isIgnored[row] === 1 ? ' (difficult)' : '';
      const label = `${look.letter === '' ? '' : `${look.letter} `}${names[truth.category[row]!]!}${crowd}`;
      boxes.push({ reference: { kind: 'object', run, row }, look, label, box: boxAt(truth.boxes, row) });
    }
  }
  if (!view.showFound || !shown) return boxes;
  const { detections, figures, byImage } = shown;
  for (const row of rowsOf(byImage, image)) {
    if (!filter.detection(run, row)) continue;
    const look = errorLook(verdictName(figures, view.method, row), view.method);
    const label = `${look.letter} ${names[detections.category[row]!]!} ${detections.scores[row]!.toFixed(2)}`;
    boxes.push({ reference: { kind: 'detection', run, row }, look, label, box: boxAt(detections.boxes, row) });
  }
  return boxes;
}

/** The object that a shown detection was judged by. */
function isNear(
  { runs }: ShownTables,
  { image, run, row }: { readonly image: number; readonly run: number; readonly row: number },
  filter: BoxFilter,
): boolean {
  const shown = runs[run];
  if (!shown) return false;
  return rowsOf(shown.byImage, image).some(
    (detection) => shown.figures.verdicts.objects[detection] === row && filter.detection(run, detection),
  );
}

export function boxAt(boxes: Float64Array, row: number): [number, number, number, number] {
  return [boxes[4 * row]!, boxes[4 * row + 1]!, boxes[4 * row + 2]!, boxes[4 * row + 3]!];
}

export function isSameBox(a: BoxReference, b: BoxReference): boolean {
  return a.kind === b.kind && a.row === b.row && (a.kind === 'object' || a.run === b.run);
}
