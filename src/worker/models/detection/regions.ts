/** The regions that the second stage looks at in training: proposals and the objects themselves, sampled by overlap. */
import type { Random } from '../../../shared/random';
import { reportMatch } from '../../ops/observe';
import { encodeBoxes } from './boxCoding';
import type { SceneTargets } from './detector';
import { matchBoxes } from './matchBoxes';
import { sampleMatches } from './sampleMatches';

/** Those of all images together; regions with objects come first. */
export interface SampledRegions {
  /** [K, 4], px. */
  readonly boxes: Float32Array;
  /** [K] */
  readonly images: Int32Array;
  /** [K], 0 for background, 1..classes for objects, as in torchvision. */
  readonly labels: Int32Array;
  /** [K, 4]; zero for background. */
  readonly codes: Float32Array;
  /** How many have objects. */
  readonly objects: number;
  /** [objects]; row of the object in its image's targets. */
  readonly matched: Int32Array;
  /** [K]; row among the image's proposals, after which its objects stand. */
  readonly rows: Int32Array;
}

export const REGION_CODE_WEIGHTS = [10, 10, 5, 5] as const;
const matching = { high: 0.5, low: 0.5, keepBestOfEach: false };
const OBJECT_SHARE = 0.25;

interface Region {
  readonly image: number;
  readonly row: number;
  readonly box: Float32Array;
  readonly label: number;
  /** Row of the object; -1 for background. */
  readonly match: number;
}

export function sampleRegions(
  proposals: readonly Float32Array[],
  targets: readonly SceneTargets[],
  { count, random }: { readonly count: number; readonly random: Random },
): SampledRegions {
  const regions = targets.flatMap(({ boxes, labels }, image): Region[] => {
    const all = new Float32Array(proposals[image]!.length + boxes.length);
    all.set(proposals[image]!);
    all.set(boxes, proposals[image]!.length);
    const matches = matchBoxes(all, boxes, matching);
    const drawn = sampleMatches(matches, { count, share: OBJECT_SHARE, random });
    const { objects, background } = drawn;
    reportMatch(() => ({ kind: 'boxes', stage: 'proposals', image, boxes: all, matches, drawn }));
    const box = (row: number) => all.subarray(4 * row, 4 * row + 4);
    return [
      ...objects.map((row) => ({ image, row, box: box(row), label: labels[matches[row]!]! + 1, match: matches[row]! })),
      ...background.map((row) => ({ image, row, box: box(row), label: 0, match: -1 })),
    ];
  });
  const ordered = [...regions.filter(({ match }) => match >= 0), ...regions.filter(({ match }) => match < 0)];
  const matched = ordered.filter(({ match }) => match >= 0);
  const boxes = joinBoxes(ordered.map(({ box }) => box));
  const wanted = boxes.slice();
  matched.forEach(({ image, match }, i) => wanted.set(targets[image]!.boxes.subarray(4 * match, 4 * match + 4), 4 * i));
  return {
    boxes,
    images: Int32Array.from(ordered, ({ image }) => image),
    rows: Int32Array.from(ordered, ({ row }) => row),
    labels: Int32Array.from(ordered, ({ label }) => label),
    codes: encodeBoxes(wanted, boxes, REGION_CODE_WEIGHTS),
    objects: matched.length,
    matched: Int32Array.from(matched, ({ match }) => match),
  };
}

function joinBoxes(boxes: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(4 * boxes.length);
  boxes.forEach((box, i) => joined.set(box, 4 * i));
  return joined;
}
