/**
 * The whole diagnosis of a detector's errors: Hoiem's shares and gains, TIDE's budget, COCO's ladder by size, confused classes, and
 * the difference of two detectors on the same images. Formulas are in the files that it joins.
 */
import type { Detections, GroundTruth } from '../../results/detections';
import type { DiagnosisDifference, ErrorDiagnosis } from '../../results/errorDiagnosis';
import { compareBudgets, type PartDifference } from './budgetDifference';
import { countClassPairs } from './classPairs';
import { climbLadder, meanLadder } from './cocoLadder';
import { COCO_AREAS } from './cocoMatching';
import { computeBudget } from './errorBudget';
import { judgeHoiem, meanShares, shareHoiem } from './hoiem';
import { compareShares } from './hoiemDifference';
import { computeHoiemGains, growHoiem } from './hoiemGains';
import { groupCategories } from './similarCategories';
import { judgeTide } from './tide';
import { findTidePairs } from './tidePairs';

export interface DiagnosisOptions {
  readonly iouType: 'bbox' | 'segm';
  /** Overlap from which a detection is right. */
  readonly foreground: number;
  /** Overlap from which it is about an object at all; below `foreground`. */
  readonly background: number;
  /** Names of COCO's ranges of sizes. */
  readonly areas: readonly string[];
  /** Indices of the classes over which is averaged; the others' objects stay, so that confusions with them are seen. */
  readonly classes: ReadonlySet<number>;
}

export type Diagnosis = Omit<ErrorDiagnosis, 'transfer' | 'difference'>;

/** Cost: one overlap for each pair of a detection and an object in an image, and for each class one pass over both. */
export function diagnose(truth: GroundTruth, found: Detections, options: DiagnosisOptions): Diagnosis {
  const { iouType, foreground, background, classes, areas } = options;
  const { names } = truth.categories;
  const judged = judge(truth, found, options);
  const { ap, gains, counts } = computeBudget(judged.pairs, judged.tide, classes);
  const shares = shareHoiem(judged.hoiem);
  const mended = computeHoiemGains(truth, found, judged.hoiem);
  const ranges = COCO_AREAS.filter(({ name }) => areas.includes(name));
  const climbed = ranges.map((area) => climbLadder(truth, found, { ...options, area }));
  const whole = climbed[ranges.findIndex(({ name }) => name === 'all')];
  const groups = [...groupCategories(truth.categories)];
  return {
    ...{ iouType, foreground, background, counts },
    classes: names.filter((_, k) => classes.has(k)),
    tide: finite({ ap, ...gains }),
    hoiem: finite(meanShares(shares)),
    removed: finite({ ap: mended.ap, ...mended.removed }),
    corrected: finite({ ap: mended.ap, ...mended.corrected }),
    growth: groups.flatMap(([group, members]) => {
      const asked = members.filter((k) => classes.has(k));
      return asked.length === 0 ? [] : [{ group, steps: growHoiem(judged.hoiem, found, asked) }];
    }),
    ladders: ranges.map(({ name }, i) => ({ area: name, steps: meanLadder(climbed[i]!, classes) ?? {} })),
    perClass: shares.map((row) => ({
      ...{ name: names[row.category]!, objects: row.objects, hoiem: finite(row.shares) },
      ladder: whole?.[row.category] ?? {},
    })),
    pairs: { names, counts: countClassPairs(truth, judged.hoiem) },
  };
}

/** The second detector minus the first, with 95 % intervals over `resamples` draws of the images. */
export function differDiagnoses(
  truth: GroundTruth,
  [first, second]: readonly [Detections, Detections],
  options: DiagnosisOptions & { readonly seed: number; readonly resamples: number },
): Omit<NonNullable<ErrorDiagnosis['difference']>, 'against'> {
  const { seed, resamples, classes } = options;
  const runs = [first, second].map((detections) => ({ detections, ...judge(truth, detections, options) }));
  const [a, b] = runs.map(({ pairs, tide }) => ({ pairs, verdicts: tide }));
  const { ap, parts } = compareBudgets(a!, b!, { seed, resamples, classes });
  const [c, d] = runs.map(({ detections, hoiem }) => ({ detections, verdicts: hoiem, among: classes }));
  const hoiem = compareShares(truth, [c!, d!], { seed, resamples });
  return { resamples, tide: mapValues({ ap, ...parts }, plain), hoiem: mapValues(hoiem, plain) };
}

function judge(truth: GroundTruth, found: Detections, { classes, ...limits }: DiagnosisOptions) {
  const pairs = findTidePairs(truth, found, limits);
  const hoiem = judgeHoiem(truth, found, limits);
  // Classes without objects to find have no shares and no AP.
  const positives = hoiem.positives.map((count, k) => (classes.has(k) ? count : 0));
  return { pairs, tide: judgeTide(pairs, limits), hoiem: { ...hoiem, positives } };
}

function plain({ difference, low, high }: PartDifference): DiagnosisDifference {
  return { difference, low, high };
}

function mapValues<K extends string, A, B>(values: Readonly<Record<K, A>>, to: (value: A) => B): Record<K, B> {
  return Object.fromEntries(Object.entries<A>(values).map(([key, value]) => [key, to(value)])) as Record<K, B>;
}

/** Without those that are not defined. */
function finite<K extends string>(values: Readonly<Record<K, number>>): Readonly<Partial<Record<K, number>>> {
  const kept = Object.entries<number>(values).filter(([, value]) => Number.isFinite(value));
  return Object.fromEntries(kept) as Partial<Record<K, number>>;
}
