/**
 * What the Detections panel tells of one detection beside its own verdict: Hoiem's, its rank in its class, who else wanted
 * its object, what else was said of its place. Worked out for one box when it is chosen, from its image's rows alone.
 */
import { selectObjects } from '../../detection/selectRows';
import { boxIou } from '../../math/detection/boxes';
import { HOIEM_TYPES, judgeHoiem, type HoiemType } from '../../math/detection/hoiem';
import type { Detections } from '../../results/detections';
import { rowsOf, type ShownTables } from './detectionsFilter';
import type { Thresholds } from './detectionsFigures';

/** Boxes that overlap more than this lie on the same place. */
const SAME_PLACE = 0.7;
const MOST = 6;

export interface DetectionFacts {
  /** Undefined: not counted, because the object is difficult or it lies in a crowd. */
  readonly hoiem: HoiemType | undefined;
  /** Place among the detections of its class, from 1, in descending score. */
  readonly rank: number;
  /** N, the objects of its class that count: Hoiem looks at the N surest. */
  readonly objects: number;
  /** Other detections judged by the same object, surest first. */
  readonly rivals: readonly number[];
  /** Detections of other classes on the same place, surest first: what the detector thought of it besides. */
  readonly besides: readonly number[];
}

/** `run` and `row` name a detection of the tables. */
export function findFacts(
  tables: ShownTables,
  { run, row }: { readonly run: number; readonly row: number },
  { iou }: Pick<Thresholds, 'iou'>,
): DetectionFacts {
  const { detections, byImage, figures } = tables.runs[run]!;
  const here = rowsOf(byImage, detections.image[row]!);
  const object = figures.verdicts.objects[row]!;
  const surest = (test: (other: number) => boolean): number[] =>
    [...here]
      .filter((other) => other !== row && test(other))
      .sort((a, b) => detections.scores[b]! - detections.scores[a]! || a - b)
      .slice(0, MOST);
  const { boxes, category } = detections;
  return {
    hoiem: judgeOne(tables, { detections, here, row }, iou),
    ...rankOf(tables, detections, row),
    rivals: object < 0 ? [] : surest((other) => figures.verdicts.objects[other] === object),
    besides: surest(
      (other) => category[other] !== category[row] && boxIou(boxes, row, boxes, other, false) > SAME_PLACE,
    ),
  };
}

/** Hoiem's verdicts within an image do not depend on other images. */
function judgeOne(
  { truth, objects }: ShownTables,
  { detections, here, row }: { readonly detections: Detections; readonly here: Uint32Array; readonly row: number },
  iou: number,
): HoiemType | undefined {
  const image = detections.image[row]!;
  const own = { ...truth, ...selectObjects(truth, Int32Array.from(rowsOf(objects, image))) };
  const { masks: _masks, keypoints: _keypoints, ...columns } = detections;
  const pick = (column: ArrayLike<number>): number[] => Array.from(here, (other) => column[other]!);
  const found: Detections = {
    ...columns,
    count: here.length,
    image: Int32Array.from(pick(detections.image)),
    category: Int32Array.from(pick(detections.category)),
    boxes: Float64Array.from([...here].flatMap((other) => [...detections.boxes.subarray(4 * other, 4 * other + 4)])),
    areas: Float64Array.from(pick(detections.areas)),
    scores: Float64Array.from(pick(detections.scores)),
    places: Uint32Array.from(pick(detections.places)),
  };
  const { types } = judgeHoiem(own, found, { foreground: iou, background: Math.min(0.1, iou) });
  return HOIEM_TYPES[types[here.indexOf(row)]!];
}

function rankOf({ truth }: ShownTables, { category, scores, count }: Detections, row: number) {
  const [own, score] = [category[row]!, scores[row]!];
  let [rank, objects] = [1, 0];
  for (let i = 0; i < count; i++)
    if (category[i] === own && (scores[i]! > score || (scores[i] === score && i < row))) rank++;
  for (let j = 0; j < truth.count; j++) if (truth.category[j] === own && truth.isIgnored[j] === 0) objects++;
  return { rank, objects };
}
