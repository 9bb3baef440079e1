/** The panel's worker: decodes sheets of labels and colours them, so that large maps do not make the panel stutter. */
import { composeLabels, type LabelPicture, type LabelSheet } from '../../../src/shared/views/predictions/composeLabels';
import { answerCalls } from '../../ui/engine';
import { decodeLabelSheet } from '../../ui/labelSheet';
import type { EngineCalls, LabelAsk } from './engineMessages';

const sheets = new Map<string, LabelSheet>();

answerCalls<EngineCalls>({
  sheet: async ({ name, bytes }) => {
    sheets.set(name, await decodeLabelSheet(new Blob([bytes], { type: 'image/png' })));
    return undefined;
  },
  forget: ({ name }) => {
    sheets.delete(name);
    return undefined;
  },
  colour: ({ side, part, palette, only, ...ask }) => {
    const scale = Math.min(1, side / Math.max(ask.width, ask.height));
    const width = Math.max(1, Math.round(ask.width * scale));
    const height = Math.max(1, Math.round(ask.height * scale));
    const data = new ImageData(width, height);
    const pixels = new Uint32Array(data.data.buffer);
    composeLabels(pictureOf(ask), { part, palette, ...(only && { only }) }, { pixels, width, height });
    return createImageBitmap(data);
  },
  look: ({ atX, atY, ...ask }) => {
    const { truth, predicted, x, y, width, height } = pictureOf(ask);
    const column = x + Math.min(width - 1, Math.max(0, Math.floor(atX)));
    const row = y + Math.min(height - 1, Math.max(0, Math.floor(atY)));
    const labelOf = (sheet: LabelSheet): number => sheet.labels[row * sheet.width + column]!;
    return { truth: labelOf(truth), predicted: labelOf(predicted) };
  },
});

function pictureOf({ truth, predicted, ...place }: LabelAsk): LabelPicture {
  const sheetOf = (name: string): LabelSheet => {
    const sheet = sheets.get(name);
    if (!sheet) throw new Error(`internal: ${name} was not decoded`);
    return sheet;
  };
  return { truth: sheetOf(truth), predicted: sheetOf(predicted), ...place };
}
