/** Which anchors, proposals and points of each scene were matched to which object, as the losses reported it. */
import { cornerIou } from '../../shared/math/detection/boxes';
import type { Box, BoxCandidate, BoxMatches, BoxStage } from '../../shared/results/batchInspection';
import type { SceneTargets } from '../models/detection/detector';
import { BACKGROUND } from '../models/detection/matchBoxes';
import type { MatchedBatch, SteppedPart } from './lookedAt';
import { softmax } from './matchClasses';
import type { ReadReport } from './recorder';

/** Of an image and stage; at most so many of them are positives where there are negatives. */
const MOST_CANDIDATES = 200;
const MOST_POSITIVES = 150;

type BoxReport = Extract<ReadReport, { kind: 'boxes' }>;
type RegionReport = Extract<ReadReport, { kind: 'regions' }>;

/** targets: of each part of the batch, by image. */
export function matchObjects(
  parts: readonly SteppedPart[],
  targets: readonly (readonly SceneTargets[])[],
  classes: readonly string[],
): MatchedBatch {
  const images = parts.flatMap(({ reports, first }, part) => {
    const regions = reports.find((one) => one.kind === 'regions');
    return targets[part]!.map((known, image): BoxMatches => {
      const own = reports.filter((one): one is BoxReport => one.kind === 'boxes' && one.image === image);
      return {
        place: first + image,
        truth: Array.from(known.labels, (label, i) => ({
          box: boxAt(known.boxes, i),
          label: classes[label]!,
          isCrowd: false,
        })),
        stages: own.map((report) => describeStage(report, known, regions)),
      };
    });
  });
  return { matching: { kind: 'boxes', classes, images } };
}

function describeStage(report: BoxReport, known: SceneTargets, regions: RegionReport | undefined): BoxStage {
  const { stage, matches, drawn } = report;
  const rows = [...matches.keys()];
  const positives = rows.filter((row) => matches[row]! >= 0);
  const negatives = rows.filter((row) => matches[row] === BACKGROUND);
  const taken = new Set(matches);
  return {
    name: stage,
    counts: {
      ...{ positive: positives.length, negative: negatives.length },
      neither: matches.length - positives.length - negatives.length,
    },
    drawn: {
      positive: drawn?.objects.length ?? positives.length,
      negative: drawn?.background.length ?? negatives.length,
    },
    unmatched: [...known.labels.keys()].filter((object) => !taken.has(object)),
    candidates: chooseCandidates({ positives, negatives }, report, { known, regions }),
  };
}

function chooseCandidates(
  rows: { readonly positives: readonly number[]; readonly negatives: readonly number[] },
  report: BoxReport,
  beside: { readonly known: SceneTargets; readonly regions: RegionReport | undefined },
): BoxCandidate[] {
  const isDrawn = drawnRows(report);
  const scoreOf = scorer(report, beside);
  const describe = (row: number): BoxCandidate => {
    const match = report.matches[row]!;
    return {
      box: boxAt(report.boxes, row),
      ...(match >= 0 ? { role: 'positive', matched: match } : { role: 'negative' }),
      iou: nearestOverlap(report.boxes, row, beside.known.boxes),
      isDrawn: isDrawn(row),
      score: scoreOf(row)!,
    };
  };
  // What the second stage did not look at has no score.
  const byScore = (some: readonly number[]) => {
    const scored = some.flatMap((row) => {
      const score = scoreOf(row);
      return score === undefined ? [] : [{ row, score, drawn: Number(isDrawn(row)) }];
    });
    return scored;
  };
  const positives = byScore(rows.positives).sort((a, b) => b.drawn - a.drawn || b.score - a.score || a.row - b.row);
  const negatives = byScore(rows.negatives).sort((a, b) => b.score - a.score || a.row - b.row);
  const most = Math.max(MOST_POSITIVES, MOST_CANDIDATES - negatives.length);
  const chosen = positives.slice(0, most);
  return [...chosen, ...negatives.slice(0, MOST_CANDIDATES - chosen.length)].map(({ row }) => describe(row));
}

function drawnRows({ drawn, matches }: BoxReport): (row: number) => boolean {
  if (!drawn) return (row) => matches[row]! >= BACKGROUND;
  const rows = new Set([...drawn.objects, ...drawn.background]);
  return (row) => rows.has(row);
}

/** 0..1: objectness, or the probability of the matched class; of negatives of the likeliest class. */
function scorer(
  { scores, image, matches }: BoxReport,
  { known, regions }: { readonly known: SceneTargets; readonly regions: RegionReport | undefined },
): (row: number) => number | undefined {
  if (scores) {
    const { logits, columns, from } = scores;
    return (row) => {
      const start = (from + row) * columns;
      const match = matches[row]!;
      const column = columns > 1 && match >= 0 ? known.labels[match]! : undefined;
      const own = logits.data.subarray(start, start + columns);
      return sigmoid(column === undefined ? Math.max(...own) : own[column]!);
    };
  }
  const found = regions ? readRegions(regions, image) : new Map<number, Float64Array>();
  return (row) => {
    const probabilities = found.get(row);
    const match = matches[row]!;
    return match >= 0
      ? probabilities?.[known.labels[match]! + 1]
      : probabilities && Math.max(...probabilities.slice(1));
  };
}

/** Probabilities of the classes, background first, by row of the image's proposals. */
function readRegions({ logits, images, rows }: RegionReport, image: number): Map<number, Float64Array> {
  const columns = logits.shape[1]!;
  const found = new Map<number, Float64Array>();
  images.forEach((of, i) => {
    if (of === image) found.set(rows[i]!, softmax(logits.data.subarray(i * columns, (i + 1) * columns)));
  });
  return found;
}

function nearestOverlap(boxes: Float32Array, row: number, objects: Float32Array): number {
  let most = 0;
  for (let j = 0; j < objects.length / 4; j++) most = Math.max(most, cornerIou(boxes, row, objects, j));
  return most;
}

/** x1, y1, x2, y2 → x, y, width, height. */
function boxAt(boxes: Float32Array, row: number): Box {
  const [x1, y1, x2, y2] = [boxes[4 * row]!, boxes[4 * row + 1]!, boxes[4 * row + 2]!, boxes[4 * row + 3]!];
  return [x1, y1, x2 - x1, y2 - y1];
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
