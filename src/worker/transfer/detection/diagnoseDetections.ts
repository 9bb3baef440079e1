/** Which errors a detector makes, for the record: TIDE's budget and Hoiem's shares at IoU 0.50, of boxes. */
import { computeBudget, ERROR_TYPES } from '../../../shared/math/detection/errorBudget';
import { judgeHoiem, meanShares, shareHoiem } from '../../../shared/math/detection/hoiem';
import { judgeTide } from '../../../shared/math/detection/tide';
import { findTidePairs } from '../../../shared/math/detection/tidePairs';
import type { DetectionErrors } from '../../../shared/results/records';
import type { Detections, GroundTruth } from '../../../shared/results/detections';

/** Undefined where a share or a gain is not defined: without objects that count, or without detections of their classes. */
export function diagnoseDetections(truth: GroundTruth, found: Detections): DetectionErrors | undefined {
  const pairs = findTidePairs(truth, found, { iouType: 'bbox' });
  const { ap, gains: parts, counts } = computeBudget(pairs, judgeTide(pairs));
  const gains = Object.fromEntries(ERROR_TYPES.map((type) => [type, parts[type]])) as DetectionErrors['gains'];
  const hoiem = meanShares(shareHoiem(judgeHoiem(truth, found)));
  const isDefined = [ap, ...Object.values(gains), ...Object.values(hoiem)].every(Number.isFinite);
  return isDefined ? { ap50: ap, gains, counts, hoiem } : undefined;
}
