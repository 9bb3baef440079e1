/** Progress as lines of text for a given width; pure, so that its looks are tested without a terminal. */
import { formatDuration } from '../../shared/views/formatNumbers';
import type { Palette } from '../terminal';
import {
  selectCurrent,
  selectOverall,
  selectRate,
  selectSecondsLeft,
  type RunProgress,
  type StageProgress,
} from '../../shared/views/run/runProgress';
import { computeWidth, toOneLine, truncate } from './textWidth';

export interface RenderOptions {
  readonly columns: number;
  readonly palette: Palette;
  readonly now: number;
}

/** The block at the bottom of a terminal: the running stage with its bar, and the run as a whole. */
export function renderLiveBlock(progress: RunProgress, { columns, palette, now }: RenderOptions): string[] {
  if (progress.stages.size === 0) {
    return [palette.quiet(truncate(`preparing … ${formatDuration((now - progress.startedAt) / 1000)}`, columns))];
  }
  const lines: string[] = [];
  const current = selectCurrent(progress);
  if (current) {
    lines.push(palette.strong(truncate(stageName(current), columns)));
    lines.push(renderBarLine({ fraction: fractionOf(current), text: describeCount(current), columns, palette }));
  }
  const overall = selectOverall(progress);
  const left = selectSecondsLeft(progress);
  const parts = [`${overall.finished}/${overall.total} stages`, formatDuration((now - progress.startedAt) / 1000)];
  if (left !== undefined && overall.finished < overall.total) parts.push(`about ${formatDuration(left)} left`);
  lines.push(renderBarLine({ fraction: overall.fraction, text: parts.join(' · '), columns, palette }));
  return lines;
}

/** One line for a stage that has ended: sign, name, time, headline figure or reason. */
export function renderFinishedLine(stage: StageProgress, { columns, palette }: Omit<RenderOptions, 'now'>): string {
  const { sign, paint } = signOf(stage, palette);
  const time = stage.seconds !== undefined && stage.state !== 'reused' ? formatDuration(stage.seconds) : '';
  const headline = stage.message !== '' ? stage.message : formatMetrics(stage.metrics);
  const parts = [stageName(stage), stage.state === 'done' ? '' : stage.state, time, toOneLine(headline)];
  const text = parts.filter((part) => part !== '').join(' · ');
  // A failure's reason is worth more than one line; everything else is cut to the width.
  return `${paint(sign)} ${stage.state === 'failed' ? text : truncate(text, columns - 2)}`;
}

/** One line of where the running stage and the whole run stand, for logs. */
export function renderPlainLine(progress: RunProgress, stage: StageProgress): string {
  const rate = selectRate(stage);
  const left = rate === undefined ? '' : `, about ${formatDuration((stage.total - stage.done) / rate)} left`;
  const runLeft = selectSecondsLeft(progress);
  const ofRun = runLeft === undefined ? '' : `, of the run ${formatDuration(runLeft)}`;
  return `${renderCount(progress)} ${stageName(stage)}: ${describeCount(stage)}${left}${left && ofRun}`;
}

/** `12/168`: stages that have ended, of all. */
export function renderCount(progress: RunProgress): string {
  const { finished, total } = selectOverall(progress);
  return `${String(finished).padStart(String(total).length)}/${total}`;
}

interface BarLine {
  readonly fraction: number;
  readonly text: string;
  readonly columns: number;
  readonly palette: Palette;
}

/** A bar of a quarter of the width (0 to 30 columns) and text beside it, together within the width. */
function renderBarLine({ fraction, text, columns, palette }: BarLine): string {
  const barColumns = Math.min(30, Math.floor(columns / 4));
  const filled = Math.round(Math.max(0, Math.min(1, fraction)) * barColumns);
  const bar = palette.good('█'.repeat(filled)) + palette.quiet('░'.repeat(barColumns - filled));
  return `${bar} ${truncate(text, columns - barColumns - 1)}`;
}

function describeCount(stage: StageProgress): string {
  if (stage.total === 0) return 'starting';
  const rate = selectRate(stage);
  const digits = String(stage.total).length;
  const parts = [`${String(stage.done).padStart(digits)}/${stage.total} ${toOneLine(stage.unit)}`];
  if (rate !== undefined) parts.push(`${formatRate(rate)}/s`);
  if (stage.detail !== '') parts.push(toOneLine(stage.detail));
  return parts.join(' · ');
}

function signOf(stage: StageProgress, palette: Palette): { sign: string; paint: (text: string) => string } {
  if (stage.state === 'done') return { sign: '✓', paint: palette.good };
  if (stage.state === 'reused') return { sign: '=', paint: palette.good };
  if (stage.state === 'failed') return { sign: '✗', paint: palette.bad };
  return { sign: '-', paint: palette.caution };
}

function stageName({ stage }: StageProgress): string {
  return toOneLine(stage.label === '' ? stage.id : stage.label);
}

function fractionOf(stage: StageProgress): number {
  return stage.total > 0 ? stage.done / stage.total : 0;
}

function formatMetrics(metrics: Readonly<Record<string, number>>): string {
  const entries = Object.entries(metrics).slice(0, 3);
  return entries.map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`).join(', ');
}

function formatRate(rate: number): string {
  return rate >= 100 ? rate.toFixed(0) : rate.toPrecision(2);
}

/** Rows that lines take on a terminal of so many columns after it was resized. */
export function countRows(widths: readonly number[], columns: number): number {
  return widths.reduce((rows, width) => rows + Math.max(1, Math.ceil(width / Math.max(1, columns))), 0);
}

const COLOUR_CODE = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');

/** Width of a line that may hold colour codes. */
export function computeVisibleWidth(line: string): number {
  return computeWidth(line.replaceAll(COLOUR_CODE, ''));
}
