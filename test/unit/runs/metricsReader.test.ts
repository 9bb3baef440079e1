import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMetricsReader } from '../../../src/runs/metricsReader';

let out: string;
let file: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'transferscope-metrics-'));
  mkdirSync(join(out, 'stages', 'abc'), { recursive: true });
  file = join(out, 'stages', 'abc', 'metrics.jsonl');
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

const row = (step: number, loss: number | null, event?: string): string =>
  `${JSON.stringify({ step, metrics: { loss }, ...(event !== undefined && { event }) })}\n`;
const rows = (from: number, to: number, lossOf: (step: number) => number): string =>
  Array.from({ length: to - from }, (_, i) => row(from + i, lossOf(from + i))).join('');

async function read(reader = createMetricsReader()) {
  const { metrics } = await reader.read(out, 'abc');
  const { steps = [], values = [] } = metrics.curve('loss') ?? {};
  return { steps: [...steps], values: [...values], events: [...metrics.events] };
}

describe('reading curves while they grow', () => {
  it('is empty before there is a file, and follows it from its first row on', async () => {
    const reader = createMetricsReader();
    expect(await read(reader)).toEqual({ steps: [], values: [], events: [] });
    writeFileSync(file, row(50, 6.5, 'queue full'));
    expect(await read(reader)).toEqual({ steps: [50], values: [6.5], events: [{ step: 50, text: 'queue full' }] });
    appendFileSync(file, row(100, 6.25));
    expect((await read(reader)).steps).toEqual([50, 100]);
  });

  it('waits for the end of a half-written line, wherever it is cut', async () => {
    const text = row(1, 0.5, 'größer ✓ 學') + row(2, 0.25);
    const bytes = Buffer.from(text);
    const reader = createMetricsReader();
    for (let cut = 0; cut <= bytes.length; cut++) {
      writeFileSync(file, bytes.subarray(0, cut), { flag: 'r+', ...(cut === 0 && { flag: 'w' }) });
      const { steps } = await read(reader);
      expect(steps.length).toBe(bytes.subarray(0, cut).toString().split('\n').length - 1);
    }
    expect((await read(reader)).events).toEqual([{ step: 1, text: 'größer ✓ 學' }]);
  });

  it('leaves out lines that are no rows, and keeps null as a gap', async () => {
    writeFileSync(file, `${row(1, 1)}garbage\n{"step":"2","metrics":{}}\n{"step":3}\n\n${row(4, null)}${row(5, 2)}`);
    expect(await read()).toEqual({ steps: [1, 4, 5], values: [1, NaN, 2], events: [] });
  });

  it('reads more than one chunk', async () => {
    writeFileSync(
      file,
      rows(0, 20_000, (step) => step / 8),
    );
    const { steps, values } = await read();
    expect(steps).toEqual(Array.from({ length: 20_000 }, (_, i) => i));
    expect(values).toEqual(steps.map((step) => step / 8));
  });

  it('starts anew when the file was cut back, also when it has grown beyond the old length meanwhile', async () => {
    const reader = createMetricsReader();
    writeFileSync(
      file,
      rows(0, 1_000, () => 1),
    );
    await read(reader);
    const kept = rows(0, 400, () => 1);
    truncateSync(file, kept.length);
    expect((await read(reader)).steps.length).toBe(400);
    appendFileSync(
      file,
      rows(400, 2_000, () => 2),
    );
    const longer = await read(reader);
    expect(longer.steps.length).toBe(2_000);
    expect(longer.values.slice(399, 401)).toEqual([1, 2]);

    // Between two looks: cut back to the middle, and written on with other values to more than before.
    truncateSync(file, kept.length);
    appendFileSync(
      file,
      rows(400, 2_500, () => 3),
    );
    const other = await read(reader);
    expect(other.steps).toEqual(Array.from({ length: 2_500 }, (_, i) => i));
    expect(other.values.slice(399, 401)).toEqual([1, 3]);
    expect(other.values.at(-1)).toBe(3);
  });

  it('starts anew when another file took its place, or none', async () => {
    const reader = createMetricsReader();
    writeFileSync(
      file,
      rows(0, 10, () => 1),
    );
    await read(reader);
    writeFileSync(
      `${file}.new`,
      rows(0, 12, () => 9),
    );
    renameSync(`${file}.new`, file);
    expect((await read(reader)).values).toEqual(new Array(12).fill(9));
    rmSync(file);
    expect((await read(reader)).steps).toEqual([]);
  });

  it('forgets what lies beyond a step to which rows go back', async () => {
    writeFileSync(file, rows(0, 10, () => 1) + row(4, 2, 'resumed') + rows(5, 7, () => 3) + row(6, 4));
    const { steps, values } = await read();
    expect(steps).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(values).toEqual([1, 1, 1, 1, 2, 3, 4]);
  });

  it('keeps metrics of different rhythm apart', async () => {
    const line = (step: number, metrics: object) => `${JSON.stringify({ step, metrics })}\n`;
    writeFileSync(file, line(1, { loss: 1 }) + line(2, { loss: 2, knn: 0.5 }) + line(3, {}) + line(4, { knn: 0.75 }));
    const { metrics } = await createMetricsReader().read(out, 'abc');
    expect(metrics.metrics).toEqual(['loss', 'knn']);
    expect([...metrics.curve('knn')!.steps]).toEqual([2, 4]);
    expect([...metrics.curve('loss')!.values]).toEqual([1, 2]);
    expect(metrics.lastStep).toBe(4);
  });

  it('serves several readers at once and refuses keys that lead elsewhere', async () => {
    writeFileSync(
      file,
      rows(0, 5_000, () => 1),
    );
    const reader = createMetricsReader();
    const all = await Promise.all([read(reader), read(reader), read(reader)]);
    expect(all.map(({ steps }) => steps.length)).toEqual([5_000, 5_000, 5_000]);
    await expect(reader.read(out, '../abc')).rejects.toThrow('internal');
  });
});
