/** `diagnose`: what kinds of errors a detector makes, what each costs, and how a second run differs. */
import { UserError } from '../../shared/errors';
import type { DifficultObjects } from '../../shared/detection/cocoGroundTruth';
import { EXIT, type ExitCode } from '../exitCodes';
import type { Detections, GroundTruth } from '../../shared/results/detections';
import type { Surroundings } from '../terminal';
import { openCocoResults, openCocoTruth, openVocResults, openVocTruth, statOf, type Opened } from './detectionFiles';
import { diagnoseHoiem } from './diagnoseHoiem';
import { diagnoseTide } from './diagnoseTide';
import { printProblems } from './printing';

export interface DiagnoseOptions {
  readonly truth: string;
  readonly results: string;
  /** Results of a second run on the same images. */
  readonly against: string | undefined;
  readonly method: 'hoiem' | 'tide';
  readonly iouType: 'bbox' | 'segm';
  readonly difficult: DifficultObjects;
  readonly foreground: number;
  readonly background: number;
  readonly resamples: number;
  readonly seed: number;
  readonly isJson: boolean;
}

/** What the methods print about. */
export interface Diagnosed {
  readonly truth: GroundTruth;
  readonly first: Detections;
  readonly second: Detections | undefined;
  readonly problems: readonly unknown[];
}

export function diagnoseCommand(options: DiagnoseOptions, around: Surroundings): ExitCode {
  if (options.method === 'hoiem' && options.iouType === 'segm') {
    throw new UserError('config', "Hoiem's types are defined for boxes; use --method tide for masks");
  }
  if (!(options.background < options.foreground)) {
    throw new UserError(
      'config',
      `--background ${options.background} must be below --foreground ${options.foreground}`,
    );
  }
  const isFolder = statOf(options.truth, around.cwd).isDirectory();
  if (isFolder && options.iouType === 'segm')
    throw new UserError('config', 'VOC folders have boxes; use --iou-type bbox');
  const truth = isFolder
    ? openVocTruth(options.truth, around.cwd, undefined)
    : openCocoTruth(options.truth, around.cwd, options);
  const open = (file: string): Opened<Detections> =>
    isFolder
      ? openVocResults(file, around.cwd, truth.table, false)
      : openCocoResults(file, around.cwd, { truth: truth.table, iouType: options.iouType });
  const first = open(options.results);
  const second = options.against === undefined ? undefined : open(options.against);
  const problems = [...truth.problems, ...first.problems, ...(second?.problems ?? [])];
  if (!options.isJson) printProblems(problems, around);
  const diagnosed = { truth: truth.table, first: first.table, second: second?.table, problems };
  if (options.method === 'tide') diagnoseTide(diagnosed, options, around);
  else diagnoseHoiem(diagnosed, options, around);
  return EXIT.done;
}
