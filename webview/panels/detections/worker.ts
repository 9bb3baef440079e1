/** The panel's worker: reads the files, keeps the overlaps, judges. Nothing here can make the panel stutter. */
import { parseCocoGroundTruth } from '../../../src/shared/detection/cocoGroundTruth';
import { parseCocoResults } from '../../../src/shared/detection/cocoResults';
import type { Parsed } from '../../../src/shared/detection/jsonRecords';
import { compareBudgets } from '../../../src/shared/math/detection/budgetDifference';
import { compareShares } from '../../../src/shared/math/detection/hoiemDifference';
import { judgeTide, type TideVerdicts } from '../../../src/shared/math/detection/tide';
import type { GroundTruth } from '../../../src/shared/results/detections';
import { decodeEvidence, type DetectionEvidence } from '../../../src/shared/results/evidence';
import { findBoxEvidence } from '../../../src/shared/views/detections/boxEvidence';
import {
  budgetOf,
  chooseIouType,
  figureRun,
  judgeAbove,
  prepareRun,
  type PreparedRun,
} from '../../../src/shared/views/detections/detectionsFigures';
import { answerCalls } from '../../ui/engine';
import type { EngineCalls } from './engineMessages';

/** Intervals take as many draws as fit into this time. */
const COMPARE_MS = 4000;
const [FEWEST_DRAWS, MOST_DRAWS] = [50, 1000];
const SEED = 0;
const LEVEL = 0.95;

interface JudgedRun {
  readonly prepared: PreparedRun;
  verdicts?: TideVerdicts;
  evidence?: DetectionEvidence;
}

const runs = new Map<string, JudgedRun>();
let truth: GroundTruth | undefined;

answerCalls<EngineCalls>({
  loadTruth: ({ bytes }) => {
    const data = new Uint8Array(bytes);
    const iouType = hasMasks(data) ? 'segm' : 'bbox';
    // As the records of runs on VOC's data have it.
    const { value, problems } = unwrap(parseCocoGroundTruth(data, iouType, 'ignored'), 'ground truth');
    truth = value;
    runs.clear();
    return { truth: value, problems };
  },
  loadRun: ({ run, bytes }) => {
    const known = needTruth();
    const data = new Uint8Array(bytes);
    const withMasks = known.masks !== undefined && hasMasks(data);
    const parsed = parseCocoResults(data, { truth: known, iouType: withMasks ? 'segm' : 'bbox' });
    const { value, problems } = unwrap(parsed, 'results');
    const iouType = chooseIouType(known, value);
    runs.set(run, { prepared: prepareRun(known, value, iouType) });
    return { detections: value, iouType, problems };
  },
  figure: ({ run, ...request }) => {
    const judged = needRun(run);
    const figures = figureRun(judged.prepared, request, request);
    judged.verdicts = figures.verdicts;
    return figures;
  },
  budget: ({ run }) => {
    const { prepared, verdicts } = needRun(run);
    if (!verdicts) throw new Error('internal: a budget without verdicts');
    return budgetOf(prepared, verdicts);
  },
  compare: ({ first, second, iou, minScore }) => {
    const judge = ({ prepared: { pairs } }: JudgedRun) => ({
      pairs,
      verdicts: judgeTide(pairs, { foreground: iou, background: Math.min(0.1, iou), minScore }),
    });
    const pair = [judge(needRun(first)), judge(needRun(second))] as const;
    return compareInTime((resamples) => compareBudgets(...pair, { seed: SEED, resamples }));
  },
  compareHoiem: ({ first, second, ...thresholds }) => {
    const known = needTruth();
    const judge = ({ prepared: { detections } }: JudgedRun) => ({
      detections,
      verdicts: judgeAbove(known, detections, thresholds),
    });
    const pair = [judge(needRun(first)), judge(needRun(second))] as const;
    return compareInTime((resamples) => ({
      shares: compareShares(known, pair, { seed: SEED, resamples, level: LEVEL }),
      ...{ level: LEVEL, resamples },
    }));
  },
  inspect: ({ run, bytes, box }) => {
    const judged = needRun(run);
    if (bytes) judged.evidence = decodeEvidence(new Uint8Array(bytes));
    if (!judged.evidence) throw new Error('internal: a box without evidence');
    const { detections } = judged.prepared;
    return findBoxEvidence({ truth: needTruth(), detections, evidence: judged.evidence }, box);
  },
});

/** Draws as many times as fit into the time. */
function compareInTime<Difference>(compare: (resamples: number) => Difference): Difference {
  const probe = 5;
  const start = performance.now();
  compare(probe);
  const each = (performance.now() - start) / (probe + 1);
  return compare(Math.min(MOST_DRAWS, Math.max(FEWEST_DRAWS, Math.floor(COMPARE_MS / each))));
}

function needTruth(): GroundTruth {
  if (!truth) throw new Error('internal: results before the ground truth');
  return truth;
}

function needRun(run: string): JudgedRun {
  const found = runs.get(run);
  if (!found) throw new Error(`internal: no run ${run}`);
  return found;
}

function hasMasks(bytes: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(bytes).includes('"segmentation"');
}

function unwrap<Value>({ value, problems }: Parsed<Value>, what: string): { value: Value; problems: typeof problems } {
  if (value !== undefined) return { value, problems };
  const error = problems.find(({ severity }) => severity === 'error');
  throw new Error(`The ${what} cannot be used: ${error?.message ?? 'nothing in it could be read'}.`);
}
