/** Ground truth and results from texts, for tests of evaluators. */
import { expect } from 'vitest';
import { parseCocoGroundTruth } from '../../../../../src/shared/detection/cocoGroundTruth';
import { parseCocoResults } from '../../../../../src/shared/detection/cocoResults';
import type { Detections, GroundTruth, IouType } from '../../../../../src/shared/results/detections';

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Parses both; warnings are allowed, errors are not. */
export function parseBoth(
  truthText: string,
  resultsText: string,
  iouType: IouType,
): { readonly truth: GroundTruth; readonly detections: Detections } {
  const truth = parseCocoGroundTruth(bytesOf(truthText), iouType);
  expect(truth.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const results = parseCocoResults(bytesOf(resultsText), { truth: truth.value!, iouType });
  expect(results.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return { truth: truth.value!, detections: results.value! };
}
