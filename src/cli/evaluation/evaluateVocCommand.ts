/** `eval voc`: VOC's AP of a results file, by the protocol asked for. */
import { evaluateCoco } from '../../shared/math/detection/cocoSummary';
import { evaluateVoc } from '../../shared/math/detection/vocAp';
import type { Interpolation } from '../../shared/math/detection/precisionRecall';
import type { Detections, GroundTruth } from '../../shared/results/detections';
import { EXIT, type ExitCode } from '../exitCodes';
import { formatTable } from '../table';
import type { Surroundings } from '../terminal';
import { openVocResults, openVocTruth, statOf } from './detectionFiles';
import { percent, printJson, printProblems } from './printing';

export interface VocCommandOptions {
  readonly truth: string;
  readonly results: string;
  /** 11point: VOC 2007's; area: VOC 2010's and later; coco: COCO's matching and 101 recalls, difficult objects ignored. */
  readonly protocol: Interpolation;
  /** List of ImageSets/Main; default test, else val, else all annotations. */
  readonly split: string | undefined;
  readonly isJson: boolean;
}

interface VocNumbers {
  /** Mean over IoU 0.50 to 0.95; NaN without objects. */
  readonly AP: number;
  readonly AP50: number;
  readonly AP75: number;
}

interface VocRow extends VocNumbers {
  readonly name: string;
  readonly objects: number;
  readonly detections: number;
}

export function evaluateVocCommand(options: VocCommandOptions, around: Surroundings): ExitCode {
  const truth = openVocTruth(options.truth, around.cwd, options.split);
  const isCocoTruth = !statOf(options.truth, around.cwd).isDirectory();
  const results = openVocResults(options.results, around.cwd, truth.table, isCocoTruth);
  const { numbers, perClass } = evaluate(truth.table, results.table, options.protocol);
  const problems = [...truth.problems, ...results.problems];
  // VOC's number is AP at 0.50; COCO's the mean over thresholds.
  const headline = options.protocol === 'coco' ? numbers.AP : numbers.AP50;
  if (options.isJson) {
    printJson({ protocol: options.protocol, ap: headline, numbers, perClass, problems }, around);
    return EXIT.done;
  }
  printProblems(problems, around);
  const rows = perClass
    .filter(({ objects }) => objects > 0)
    .map((row) => [row.name, String(row.objects), percent(row.AP50), percent(row.AP75), percent(row.AP)]);
  const mean = ['mean', '', percent(numbers.AP50), percent(numbers.AP75), percent(numbers.AP)];
  around.stdout.write(`${formatTable([['CLASS', 'OBJECTS', 'AP50', 'AP75', 'AP'], ...rows, mean])}\n`);
  return EXIT.done;
}

function evaluate(
  truth: GroundTruth,
  detections: Detections,
  protocol: Interpolation,
): { numbers: VocNumbers; perClass: VocRow[] } {
  const { names } = truth.categories;
  if (protocol === 'coco') {
    const { numbers, perClass } = evaluateCoco(truth, detections, { iouType: 'bbox' });
    const pick = (from: typeof numbers): VocNumbers => ({ AP: from.AP!, AP50: from.AP50!, AP75: from.AP75! });
    const rows = perClass.map(({ category, objects, detections: count, numbers: own }) => ({
      ...{ name: names[category]!, objects, detections: count },
      ...pick(own),
    }));
    return { numbers: pick(numbers), perClass: rows };
  }
  const { thresholds, perClass, ap } = evaluateVoc(truth, detections, { interpolation: protocol });
  const pick = (values: readonly number[]): VocNumbers => ({
    AP: values.reduce((sum, value) => sum + value, 0) / values.length,
    AP50: values[thresholds.indexOf(0.5)]!,
    AP75: values[thresholds.indexOf(0.75)]!,
  });
  const rows = perClass.map((row) => ({
    ...{ name: names[row.category]!, objects: row.objects, detections: row.detections },
    ...pick(row.ap),
  }));
  return { numbers: pick(ap), perClass: rows };
}
