/** What a transfer was measured on, and what marks its differences: words that reports and panels share. */
import { formatCount, formatNumberOf } from '../formatNumbers';
import type { ReportColumn } from './transferReport';

export const judgementMarks = { above: '▲', below: '▼', unclear: '?' } as const;

type MeasuredOn = Pick<
  ReportColumn,
  'task' | 'data' | 'trainImages' | 'testImages' | 'classes' | 'chance' | 'episodeShape'
>;

/** `linear-probe on emoji, 1,911 train and 1,911 test images, 95 classes; guessing gives 1.1 %`. */
export function describeTransfer(measured: MeasuredOn): string {
  const { task, data, trainImages, testImages, classes, chance, episodeShape } = measured;
  if (episodeShape) {
    const { count, ways, shots, queries } = episodeShape;
    return `${task} on ${data}, ${formatCount(count)} episodes of ${ways} of ${formatCount(classes)} novel classes, ${formatNumberOf(shots, 'shot')} and ${queries} queries each; guessing gives ${(100 / ways).toFixed(1)} %`;
  }
  // Imported results need not say.
  if (trainImages === 0 && testImages === 0 && classes === 0) return `${task} on ${data}`;
  const [train, test] = task === 'retrieval' ? ['gallery', 'query'] : ['train', 'test'];
  const images = `${formatCount(trainImages)} ${train} and ${formatNumberOf(testImages, `${test} image`)}`;
  const things = task.startsWith('landmark') ? 'landmark' : 'class';
  const groups =
    task === 'retrieval'
      ? ''
      : `, ${things === 'class' ? `${formatCount(classes)} classes` : formatNumberOf(classes, things)}`;
  const guess = chance === undefined ? '' : `; guessing gives ${(100 * chance).toFixed(chance < 0.001 ? 2 : 1)} %`;
  return `${task} on ${data}, ${images}${groups}${guess}`;
}
