/** The commands that judge results of anybody's detector or segmenter, `eval` and `diagnose`. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { DifficultObjects } from '../../shared/detection/cocoGroundTruth';
import type { Interpolation } from '../../shared/math/detection/precisionRecall';
import { episodeClassifierNames } from '../../shared/math/fewShot/episodeClassifiers';
import type { NormaliserChoice } from '../../shared/math/landmarkSchemes';
import type { IouType } from '../../shared/results/detections';
import type { Surroundings } from '../terminal';
import type { FewShotCommandOptions } from '../evaluation/evaluateFewShotCommand';
import { splitList, wholeNumber, type Finish } from '../typedArguments';
import { labelMapNames, type LabelMapName } from '../evaluation/labelMapNames';

export function registerEvaluation(program: Command, around: Surroundings, finish: Finish): void {
  const evaluation = program.command('eval').description("judge results of anybody's detector or segmenter");
  registerCoco(evaluation, around, finish);
  registerVoc(evaluation, around, finish);
  registerSegmentation(evaluation, around, finish);
  registerFewShot(evaluation, around, finish);
  registerLandmarks(evaluation, around, finish);
  registerDiagnose(program, around, finish);
}

function registerFewShot(evaluation: Command, around: Surroundings, finish: Finish): void {
  evaluation
    .command('fewshot')
    .description("N-way K-shot episodes on anybody's features: mean accuracy with its 95 % interval")
    .requiredOption('--features <file>', 'one row an image: .safetensors, .npz or .npy')
    .requiredOption('--labels <file>', 'text, one class a line, in the order of the rows')
    .option('--layer <name>', 'which matrix of the file (default the only one)')
    .option('--against <file>', 'features of the same images by another network: differences episode by episode')
    .option('--ways <n>', 'classes of an episode', wholeNumber(2, 200), 5)
    .option('--shots <n>', 'images of each class to learn from', wholeNumber(1, 1000), 1)
    .option('--queries <n>', 'images of each class to recognise', wholeNumber(1, 1000), 15)
    .option('--episodes <n>', 'number of episodes', wholeNumber(2, 100_000), 600)
    .addOption(new Option('--classifier <name>', 'what learns').choices(episodeClassifierNames).default('nearest-mean'))
    .addOption(new Option('--transform <name>', 'l2 scales rows to length 1').choices(['none', 'l2']).default('none'))
    .option('--seed <n>', 'same seed and labels, same episodes', wholeNumber(0), 0)
    .option('--json', 'print JSON with the accuracy of every episode')
    .action(async (options: Omit<FewShotCommandOptions, 'isJson'> & { json?: true }) => {
      const { evaluateFewShotCommand } = await import('../evaluation/evaluateFewShotCommand');
      const { json: isJson = false, against, layer, ...rest } = options;
      finish(await evaluateFewShotCommand({ ...rest, against, layer, isJson }, around));
    });
}

function registerCoco(evaluation: Command, around: Surroundings, finish: Finish): void {
  evaluation
    .command('coco')
    .description("COCO's AP and AR, equal to pycocotools")
    .requiredOption('--gt <file>', 'ground truth, COCO JSON')
    .requiredOption('--dt <file>', 'results, COCO JSON')
    .addOption(iouTypeOption(['bbox', 'segm', 'keypoints']))
    .addOption(difficultOption('counted'))
    .option('--sigmas <list>', "one number a keypoint, with commas between (default COCO's 17)", numbers)
    .option('--against <file>', 'results of a second detector on the same images: difference of AP, interval, p-value')
    .option(
      '--resamples <n>',
      'draws of the images for intervals (default 0: none; with --against 1000)',
      wholeNumber(0),
    )
    .option('--seed <n>', 'seed of the draws', wholeNumber(0), 0)
    .option('--json', 'print JSON')
    .action(
      async (options: {
        gt: string;
        dt: string;
        iouType: IouType;
        difficult: DifficultObjects;
        sigmas?: number[];
        against?: string;
        resamples?: number;
        seed: number;
        json?: true;
      }) => {
        const { evaluateCocoCommand } = await import('../evaluation/evaluateCocoCommand');
        const { gt: truth, dt: results, against, json: isJson = false, ...rest } = options;
        const resamples = options.resamples ?? (against === undefined ? 0 : 1000);
        finish(evaluateCocoCommand({ ...rest, truth, results, against, resamples, isJson }, around));
      },
    );
}

function registerSegmentation(evaluation: Command, around: Surroundings, finish: Finish): void {
  evaluation
    .command('segmentation')
    .description('mean IoU and more of label images: PNGs of class numbers, the same names in both folders')
    .requiredOption('--gt <dir>', 'true label images; pixels of other numbers than the classes are not judged')
    .requiredOption('--dt <dir>', 'predicted label images')
    .option('--classes <n>', 'number of classes, counted from 0', wholeNumber(1, 4096))
    .addOption(
      new Option(
        '--label-map <name>',
        'what the numbers mean. cityscapes: its ids in both folders, 19 of which are judged, files matched by frame; ' +
          'cityscapes-truth: its ids in --gt, training ids in --dt',
      ).choices(labelMapNames),
    )
    .option('--ignore <list>', 'true numbers that are not judged, with commas between', labelNumbers)
    .option('--boundary', 'boundary IoU as well')
    .option('--resamples <n>', 'draws of the images for the interval of the mean IoU; 0: none', wholeNumber(0), 1000)
    .option('--seed <n>', 'seed of the draws', wholeNumber(0), 0)
    .option('--json', 'print JSON, the confusion matrix with it')
    .action(async (options: SegmentationOptions) => {
      const { evaluateSegmentationCommand } = await import('../evaluation/evaluateSegmentationCommand');
      const { gt: truth, dt: predictions, ignore: ignored = [], classes: numClasses, ...rest } = options;
      const { boundary: hasBoundary = false, json: isJson = false } = options;
      const request = { ...rest, truth, predictions, ignored, numClasses, hasBoundary, isJson };
      finish(await evaluateSegmentationCommand(request, around));
    });
}

interface SegmentationOptions {
  readonly gt: string;
  readonly dt: string;
  readonly classes?: number;
  readonly labelMap?: LabelMapName;
  readonly ignore?: number[];
  readonly boundary?: true;
  readonly resamples: number;
  readonly seed: number;
  readonly json?: true;
}

function labelNumbers(typed: string): number[] {
  return splitList(typed).map(wholeNumber(0, 65_535));
}

function registerVoc(evaluation: Command, around: Surroundings, finish: Finish): void {
  evaluation
    .command('voc')
    .description("VOC's AP, difficult objects not counted")
    .requiredOption('--gt <path>', 'VOC folder, folder of XML annotations, or COCO JSON')
    .requiredOption('--dt <path>', 'results: JSON, or a folder of comp4_det_<split>_<class>.txt')
    .addOption(
      new Option(
        '--ap <kind>',
        '11point: VOC 2007; area: VOC 2010 and later; coco: mean of IoU 0.50 to 0.95, 101 recalls',
      )
        .choices(['11point', 'area', 'coco'])
        .default('area'),
    )
    .option('--split <name>', 'list of ImageSets/Main (default test, else val, else every annotation)')
    .option('--json', 'print JSON')
    .action(async (options: { gt: string; dt: string; ap: Interpolation; split?: string; json?: true }) => {
      const { evaluateVocCommand } = await import('../evaluation/evaluateVocCommand');
      const { gt: truth, dt: results, ap: protocol, split, json: isJson = false } = options;
      finish(evaluateVocCommand({ truth, results, protocol, split, isJson }, around));
    });
}

function registerLandmarks(evaluation: Command, around: Surroundings, finish: Finish): void {
  evaluation
    .command('landmarks')
    .description('normalised errors of landmarks: mean, by landmark, error curve, failures')
    .requiredOption('--gt <path>', 'COCO keypoints, a list or CSV, a folder of .pts, JSON of points by image')
    .requiredOption('--dt <path>', 'predictions in the same layout; for COCO, its results')
    .option(
      '--normalise <by>',
      'inter-ocular, inter-pupil, box, diagonal, or two names with a comma between (default: the eyes of a face, else the box)',
      normaliser,
    )
    .option('--threshold <share>', 'a larger error is a failure; the error curve ends there', share, 0.1)
    .option('--occluded', 'count landmarks that are marked but hidden')
    .option('--layer <name>', "of a stage's landmarks.json: whose predictions (default the last)")
    .option('--json', 'print JSON with the error of every picture and the curve')
    .action(
      async (options: {
        gt: string;
        dt: string;
        normalise?: NormaliserChoice;
        threshold: number;
        occluded?: true;
        layer?: string;
        json?: true;
      }) => {
        const { evaluateLandmarksCommand } = await import('../evaluation/evaluateLandmarksCommand');
        const {
          gt: truth,
          dt: predictions,
          normalise,
          threshold,
          layer,
          occluded = false,
          json: isJson = false,
        } = options;
        finish(evaluateLandmarksCommand({ truth, predictions, normalise, threshold, occluded, layer, isJson }, around));
      },
    );
}

function normaliser(typed: string): NormaliserChoice {
  const known = ['inter-ocular', 'inter-pupil', 'box', 'diagonal'] as const;
  const named = known.find((name) => name === typed);
  if (named) return named;
  const [first, second, ...rest] = typed.split(',').map((name) => name.trim());
  if (first && second && rest.length === 0) return [first, second];
  throw new InvalidArgumentError(`Choose ${known.join(', ')}, or two names of landmarks with a comma between.`);
}

function registerDiagnose(program: Command, around: Surroundings, finish: Finish): void {
  program
    .command('diagnose')
    .description(
      'what kinds of errors a detector makes and what each costs; with --against, what another does differently',
    )
    .requiredOption('--gt <path>', 'ground truth: COCO JSON or a VOC folder')
    .requiredOption('--dt <path>', 'results')
    .option('--against <path>', 'results of a second detector on the same images')
    .addOption(new Option('--method <name>', 'whose types of errors').choices(['hoiem', 'tide']).default('tide'))
    .addOption(iouTypeOption(['bbox', 'segm']))
    .addOption(difficultOption('counted'))
    .option('--foreground <iou>', 'overlap from which a detection is right', share, 0.5)
    .option('--background <iou>', 'overlap up to which there is nothing', share, 0.1)
    .addOption(resamplesOption())
    .option('--seed <n>', 'seed of the draws', wholeNumber(0), 0)
    .option('--json', 'print JSON with the verdict of every detection')
    .action(
      async (options: {
        gt: string;
        dt: string;
        against?: string;
        method: 'hoiem' | 'tide';
        iouType: 'bbox' | 'segm';
        difficult: DifficultObjects;
        foreground: number;
        background: number;
        resamples: number;
        seed: number;
        json?: true;
      }) => {
        const { diagnoseCommand } = await import('../evaluation/diagnoseCommand');
        const { gt: truth, dt: results, against, json: isJson = false, ...rest } = options;
        finish(diagnoseCommand({ truth, results, against, isJson, ...rest }, around));
      },
    );
}

function iouTypeOption(choices: readonly IouType[]): Option {
  return new Option('--iou-type <type>', 'what is compared').choices([...choices]).default('bbox');
}

function difficultOption(standard: DifficultObjects): Option {
  return new Option('--difficult <how>', 'objects that a COCO file marks `ignore`; pycocotools counts them')
    .choices(['counted', 'ignored'])
    .default(standard);
}

function resamplesOption(): Option {
  return new Option('--resamples <n>', 'draws of the images for the intervals of --against')
    .argParser(wholeNumber(0))
    .default(1000);
}

function share(typed: string): number {
  const value = Number(typed);
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError('A share is above 0 and at most 1.');
  return value;
}

function numbers(typed: string): number[] {
  const values = typed.split(',').map(Number);
  if (!values.every((value) => value > 0 && Number.isFinite(value))) {
    throw new InvalidArgumentError('Sigmas are positive numbers with commas between.');
  }
  return values;
}
