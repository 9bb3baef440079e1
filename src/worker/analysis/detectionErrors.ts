/** The stage of `detection-errors`: what a detection left, read again and diagnosed; beside another pretraining's where one is named. */
import { readFileSync } from 'node:fs';
import { parseCocoGroundTruth } from '../../shared/detection/cocoGroundTruth';
import { parseCocoResults } from '../../shared/detection/cocoResults';
import { UserError } from '../../shared/errors';
import type { DetectionErrorsAnalysis } from '../../shared/experiment/analysisSchema';
import type { TransferAnalysisStage } from '../../shared/experiment/stages';
import { diagnose, differDiagnoses } from '../../shared/math/detection/diagnose';
import type { Detections, GroundTruth } from '../../shared/results/detections';
import type { AnalysisResult } from '../../shared/results/records';
import type { StageContext } from '../stageContext';
import { ANNOTATIONS_FILE, DETECTIONS_FILE } from '../transfer/detection/resultFiles';

export function diagnoseTransfer(
  { settings, measured, otherMeasured, against }: TransferAnalysisStage,
  context: StageContext,
): AnalysisResult {
  const { iouType, foreground, background, areas, resamples, transfer, kind } = settings;
  const { truth, found } = readFound(measured, iouType, context);
  const classes = chosenClasses(settings, truth);
  const options = { iouType, foreground, background, areas, classes };
  const diagnosis = diagnose(truth, found, options);
  const data = dataOf(measured, context);
  const result = {
    ...{ kind: 'analysis' as const, analysis: kind, ...(data !== undefined && { data }) },
    ...{ images: truth.images.ids.length, layers: [] },
    notes: found.count === 0 ? ['a detector found nothing at all'] : [],
  };
  if (otherMeasured === undefined || against === undefined) return { ...result, errors: { transfer, ...diagnosis } };
  const other = readFound(otherMeasured, iouType, context);
  if (other.truth.images.ids.join() !== truth.images.ids.join())
    throw new UserError(
      'config',
      `The detectors of ${transfer} were tested on different images, so that their errors cannot be compared image by image; leave out \`against\`.`,
    );
  const draws = { ...options, seed: context.seed, resamples };
  const difference = { against, ...differDiagnoses(truth, [other.found, found], draws) };
  return { ...result, errors: { transfer, ...diagnosis, difference } };
}

/** The two files as anybody would read them. */
function readFound(
  key: string,
  iouType: 'bbox' | 'segm',
  { stages }: StageContext,
): { readonly truth: GroundTruth; readonly found: Detections } {
  const truth = parseCocoGroundTruth(readFileSync(stages.file(key, ANNOTATIONS_FILE)), iouType).value;
  const found = truth && parseCocoResults(readFileSync(stages.file(key, DETECTIONS_FILE)), { truth, iouType }).value;
  if (!truth || !found)
    throw new UserError(
      'storage',
      `${stages.folder(key)} holds detections that cannot be read; delete it and run again`,
    );
  return { truth, found };
}

function chosenClasses({ id, classes, transfer }: DetectionErrorsAnalysis, truth: GroundTruth): ReadonlySet<number> {
  const { names } = truth.categories;
  if (!classes) return new Set(names.keys());
  const unknown = classes.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new UserError(
      'config',
      `\`${id}\` asks for the class ${unknown}, but ${transfer} finds ${names.join(', ')}; name some of these in \`classes\``,
    );
  return new Set(classes.map((name) => names.indexOf(name)));
}

function dataOf(key: string, { needs }: StageContext): string | undefined {
  const result = needs.get(key)?.result;
  return result?.kind === 'transfer' ? result.data : undefined;
}
