/** The load of the machine during a run as small curves, each with its last value in words. Pure. */
import type { LoadCurve } from '../../protocol/panels/runPanel';
import type { LoadRow } from '../../results/runManifest';
import { downsample } from '../../math/downsample';
import { formatBytes } from '../formatNumbers';

const PIXELS = 120;

/** A line of load.jsonl, or undefined when it is none. */
export function parseLoadRow(line: string): LoadRow | undefined {
  try {
    const row = JSON.parse(line) as Partial<LoadRow> | null;
    const numbers = [row?.cores, row?.rss, row?.heap, row?.free];
    const isRow = Number.isFinite(Date.parse(row?.at ?? '')) && numbers.every(Number.isFinite);
    return isRow ? (row as LoadRow) : undefined;
  } catch {
    return undefined;
  }
}

export function createLoadCurves(rows: readonly LoadRow[]): LoadCurve[] {
  const first = rows[0];
  if (!first) return [];
  const seconds = Float64Array.from(rows, ({ at }) => (Date.parse(at) - Date.parse(first.at)) / 1000);
  const curve = (title: string, of: (row: LoadRow) => number, words: (value: number) => string): LoadCurve => {
    const values = Float64Array.from(rows, of);
    const { x, y } = downsample({ x: seconds, y: values }, { from: 0, to: seconds.at(-1)!, buckets: PIXELS });
    const most = values.reduce((high, value) => Math.max(high, value), 0);
    return { title, now: words(values.at(-1)!), points: { x: [...x], y: [...y] }, most, mostText: words(most) };
  };
  return [
    curve(
      'Processor',
      ({ cores }) => cores,
      (cores) => `${cores.toFixed(1)} cores`,
    ),
    curve('Worker memory', ({ rss }) => rss, formatBytes),
    curve('JavaScript heap', ({ heap }) => heap, formatBytes),
    curve('Memory left', ({ free }) => free, formatBytes),
  ];
}
