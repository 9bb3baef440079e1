/** What a segmenter makes of each crop of a batch beside the true classes, from the scores and weights that its loss used. */
import { IGNORED_LABEL } from '../../shared/results/segmentations';
import { argMax } from '../../shared/math/accuracy';
import type { PixelMatch } from '../../shared/results/batchInspection';
import { encodePng } from '../analysis/inversion/pictureFiles';
import type { MatchContext, MatchedBatch, SteppedPart } from './lookedAt';

/** Accuracy is the share of judged pixels with the right class, 0 without any. */
export async function matchPixels(
  parts: readonly SteppedPart[],
  classes: readonly string[],
  { step, write }: MatchContext,
): Promise<MatchedBatch> {
  const images: PixelMatch[] = [];
  for (const { reports, first } of parts) {
    const report = reports.find((one) => one.kind === 'pixels');
    if (!report) continue;
    const [count, height, width, channels] = report.logits.shape as [number, number, number, number];
    const pixels = height * width;
    for (let image = 0; image < count; image++) {
      const [truth, predicted] = [new Uint8Array(pixels), new Uint8Array(pixels)];
      let [judged, right] = [0, 0];
      for (let p = 0; p < pixels; p++) {
        const at = image * pixels + p;
        const isJudged = report.weights.data[at]! > 0;
        truth[p] = isJudged ? report.labels.data[at]! : IGNORED_LABEL;
        predicted[p] = argMax(report.logits.data, at * channels, channels);
        judged += Number(isJudged);
        right += Number(isJudged && truth[p] === predicted[p]);
      }
      const place = first + image;
      const save = async (name: string, labels: Uint8Array) =>
        write(`${step}-${place}-${name}.png`, await encodePng(labels, { width, height, channels: 1 }));
      images.push({
        place,
        truthFile: await save('truth', truth),
        predictedFile: await save('predicted', predicted),
        ignoredShare: 1 - judged / pixels,
        accuracy: judged === 0 ? 0 : right / judged,
      });
    }
  }
  return { matching: { kind: 'pixels', classes, images } };
}
