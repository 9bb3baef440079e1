/**
 * The rows of a metrics.jsonl as columns: for each metric the steps at which it was logged and its values, in growing
 * Float64Arrays. Rows come in file order. A row whose step lies behind the last one means that a resumed training went
 * back: what lies beyond is forgotten. A value that is null (NaN and infinities in JSON) is kept as NaN: a gap to draw.
 */
import type { MetricRow } from './records';

export interface MetricCurve {
  /** Ascending; [rows] */
  readonly steps: Float64Array;
  /** [rows]; NaN where the value was not finite. */
  readonly values: Float64Array;
}

export interface CurveEvent {
  readonly step: number;
  readonly text: string;
}

export class MetricCurves {
  private readonly columns = new Map<string, Column>();
  private readonly marks: CurveEvent[] = [];
  private last = -Infinity;
  private changes = 0;

  /** Grows with every change; equal versions mean equal contents. */
  get version(): number {
    return this.changes;
  }

  /** Names of the metrics in the order in which they first appeared. */
  get metrics(): readonly string[] {
    return [...this.columns].flatMap(([name, column]) => (column.length > 0 ? [name] : []));
  }

  get events(): readonly CurveEvent[] {
    return this.marks;
  }

  /** The step of the last row; 0 before the first. */
  get lastStep(): number {
    return Number.isFinite(this.last) ? this.last : 0;
  }

  /** Valid until the next `append`; undefined when the metric was never logged. */
  curve(metric: string): MetricCurve | undefined {
    const column = this.columns.get(metric);
    return column === undefined || column.length === 0 ? undefined : column.view();
  }

  append(row: MetricRow): void {
    if (row.step < this.last) this.rewind(row.step);
    this.last = row.step;
    this.changes++;
    for (const [name, value] of Object.entries(row.metrics)) {
      let column = this.columns.get(name);
      if (!column) this.columns.set(name, (column = new Column()));
      column.push(row.step, typeof value === 'number' ? value : NaN);
    }
    if (row.event !== undefined) this.marks.push({ step: row.step, text: row.event });
  }

  clear(): void {
    this.columns.clear();
    this.marks.length = 0;
    this.last = -Infinity;
    this.changes++;
  }

  private rewind(step: number): void {
    for (const column of this.columns.values()) column.cut(step);
    while (this.marks.length > 0 && this.marks.at(-1)!.step > step) this.marks.pop();
  }
}

const FIRST_CAPACITY = 256;

class Column {
  length = 0;
  private steps = new Float64Array(FIRST_CAPACITY);
  private values = new Float64Array(FIRST_CAPACITY);

  push(step: number, value: number): void {
    // A step logged twice: the later word counts.
    if (this.length > 0 && this.steps[this.length - 1] === step) this.length--;
    if (this.length === this.steps.length) {
      this.steps = grow(this.steps);
      this.values = grow(this.values);
    }
    this.steps[this.length] = step;
    this.values[this.length] = value;
    this.length++;
  }

  /** Forgets what lies beyond `step`. */
  cut(step: number): void {
    while (this.length > 0 && this.steps[this.length - 1]! > step) this.length--;
  }

  view(): MetricCurve {
    return { steps: this.steps.subarray(0, this.length), values: this.values.subarray(0, this.length) };
  }
}

function grow(array: Float64Array): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(2 * array.length);
  grown.set(array);
  return grown;
}

/** A line of a metrics file, or undefined when it is cut short or something else. */
export function parseMetricRow(line: string): MetricRow | undefined {
  try {
    const value = JSON.parse(line) as Partial<MetricRow> | null;
    if (typeof value?.step !== 'number' || !Number.isFinite(value.step)) return undefined;
    if (typeof value.metrics !== 'object' || value.metrics === null || Array.isArray(value.metrics)) return undefined;
    const { step, metrics, event } = value;
    return { step, metrics, ...(typeof event === 'string' && { event }) };
  } catch {
    return undefined;
  }
}
