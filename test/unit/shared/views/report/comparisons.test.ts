/** Readoff scatters, label curves and episode comparisons on a run whose numbers are known. */
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../../../../src/cli/report/html';
import { renderMarkdown } from '../../../../../src/cli/report/markdown';
import { spearman } from '../../../../../src/shared/math/correlateRanks';
import { labelSaving } from '../../../../../src/shared/math/labelSaving';
import { formatSaving } from '../../../../../src/shared/views/report/labelSavings';
import { pairedDifference } from '../../../../../src/shared/math/statistics';
import type { StageRecord, TransferResult } from '../../../../../src/shared/results/records';
import { createTransferReport, type ReportInput } from '../../../../../src/shared/views/report/transferReport';
import { createRun } from '../../../../support/reportFixture';

const base = createRun({
  seeds: [0, 1],
  transfers: [
    { id: 'all', task: 'linear-probe', data: 'emoji', base: 0.3, trainImages: 1000 },
    { id: 'few-labels', task: 'linear-probe', data: 'emoji', base: 0.2, trainImages: 10 },
    { id: 'others', task: 'linear-probe', data: 'digits', base: 0.2, trainImages: 10 },
    { id: 'episodes', task: 'few-shot', data: 'emoji', base: 0.5 },
  ],
});

/** Right answers of ten episodes of 3 ways and 4 queries. */
const rightOf = (record: StageRecord): number[] =>
  Array.from({ length: 10 }, (_, e) => ((e * 7 + record.seed * 3 + record.id.length) % 9) + 3);

function withDetails(record: StageRecord): StageRecord {
  const { result, id } = record;
  if (result.kind !== 'transfer') return record;
  if (result.task === 'linear-probe') {
    const budget = id.endsWith('few-labels') ? { budget: '1%' } : {};
    return { ...record, settings: { id, data: result.data, l2: 1, ...budget } };
  }
  const episodes = { ways: 3, shots: 1, queries: 4, digest: `seed ${record.seed}`, right: rightOf(record) };
  return { ...record, result: { ...result, episodes } };
}

const input: ReportInput = { ...base, records: base.records.map(withDetails) };
const report = createTransferReport(input);
const resultOf = (id: string) => input.records.find((record) => record.id === id)!.result as TransferResult;
const pretrainings = report.rows.map(({ pretraining }) => pretraining);

describe('readoff against transfer', () => {
  it('pairs the first probe with each other transfer by pretraining and seed', () => {
    expect(report.readoffs.map(({ readoff, transfer }) => [readoff.transfer, transfer.transfer])).toEqual([
      ['all', 'episodes'],
    ]);
    const [view] = report.readoffs;
    expect(view!.points).toHaveLength(2 * pretrainings.length);
    for (const { pretraining, seed, readoff, transfer } of view!.points) {
      expect(readoff).toBe(resultOf(`${pretraining}/seed-${seed}/all`).headline.value);
      expect(transfer).toBe(resultOf(`${pretraining}/seed-${seed}/episodes`).headline.value);
    }
    const x = view!.points.map(({ readoff }) => readoff);
    const y = view!.points.map(({ transfer }) => transfer);
    expect(view!.correlations.spearman.value).toBe(spearman(x, y));
  });

  it('is left out for two pretrainings', () => {
    const two = createRun({
      pretrainings: [
        { id: 'a', method: 'moco', gain: 0.1 },
        { id: 'b', method: 'moco', gain: 0.2 },
      ],
      transfers: [
        { id: 'probe', task: 'linear-probe', data: 'emoji', base: 0.3 },
        { id: 'same', task: 'retrieval', data: 'emoji', base: 0.3 },
      ],
    });
    expect(createTransferReport(two).readoffs).toEqual([]);
  });
});

describe('label curves', () => {
  it('join transfers that differ in their budget alone', () => {
    expect(report.labelCurves).toHaveLength(1);
    const [curve] = report.labelCurves;
    expect(curve).toMatchObject({ transfers: ['few-labels', 'all'], images: [10, 1000], data: 'emoji' });
    curve!.series.forEach(({ pretraining, points }, i) => {
      expect(pretraining).toBe(pretrainings[i]);
      expect(points[1]!.mean).toBe(report.rows[i]!.cells[0]!.mean);
    });
  });
});

describe('label savings', () => {
  it('pair seeds with the curve of the random weights', () => {
    const [{ savings }] = report.labelCurves as [(typeof report.labelCurves)[number]];
    expect(savings!.baseline).toBe(report.reference);
    expect(savings!.rows.map(({ pretraining }) => pretraining)).toEqual(
      pretrainings.filter((id) => id !== report.reference),
    );
    const { pretraining, cells } = savings!.rows[0]!;
    const pairs = [0, 1].map((seed) => {
      const score = (id: string, transfer: string) => resultOf(`${id}/seed-${seed}/${transfer}`).headline.value;
      const baseline = [
        { labels: 10, score: score(report.reference!, 'few-labels') },
        { labels: 1000, score: score(report.reference!, 'all') },
      ];
      return { point: { labels: 10, score: score(pretraining, 'few-labels') }, baseline };
    });
    expect(cells[0]).toEqual(labelSaving(pairs));
    expect(report.findings.at(-1)).toMatchObject({
      transfer: 'few-labels',
      sentence: expect.stringContaining(
        `labels saved at 10 labels, as the factor that ${report.reference} needs`,
      ) as string,
    });
  });

  it('are written with their bounds', () => {
    expect(formatSaving({ factor: 4.24, low: 3.1, high: 12.6, seeds: 3 })).toBe('4.2× (3.1 to 13)');
    expect(formatSaving({ factor: 8, bound: 'atLeast', seeds: 3 })).toBe('≥ 8.0×');
  });
});

describe('episode comparisons', () => {
  it('pair episodes of equal seeds with the random weights', () => {
    const [comparison] = report.episodes;
    expect(comparison).toMatchObject({ transfer: 'episodes', ways: 3, shots: 1, against: report.reference });
    for (const { pretraining, accuracy, difference } of comparison!.rows) {
      const right = (id: string) =>
        [0, 1].flatMap((seed) => resultOf(`${id}/seed-${seed}/episodes`).episodes!.right.map((count) => count / 12));
      expect(accuracy.mean).toBeCloseTo(right(pretraining).reduce((a, b) => a + b) / 20, 12);
      if (pretraining === report.reference) expect(difference).toBeUndefined();
      else expect(difference).toMatchObject(pairedDifference(right(pretraining), right(report.reference!)));
    }
  });

  it('are not made of different episodes', () => {
    const records = input.records.map((record): StageRecord => {
      const { result } = record;
      if (result.kind !== 'transfer' || !result.episodes) return record;
      return { ...record, result: { ...result, episodes: { ...result.episodes, digest: record.id } } };
    });
    for (const { difference } of createTransferReport({ ...input, records }).episodes[0]!.rows)
      expect(difference).toBeUndefined();
  });
});

describe('sweeps', () => {
  /** Seed 0 chooses 1 and seed 1 chooses 0.1; at 10 random weights diverge for seed 1. */
  const swept = createTransferReport({
    ...input,
    records: input.records.map((record): StageRecord => {
      const { result, id, seed } = record;
      if (result.kind !== 'transfer' || !id.endsWith('/all')) return record;
      const isLost = id.startsWith(report.reference!) && seed === 1;
      const tried = [0.1, 1, 10].map((value, i) => ({ value, accuracy: i === 2 && isLost ? null : 0.1 * (i + seed) }));
      const sweep = {
        layer: result.headline.layer,
        setting: 'learningRate' as const,
        chosen: seed === 0 ? 1 : 0.1,
        tried,
      };
      return { ...record, result: { ...result, sweeps: [{ ...sweep, layer: 'earlier' }, sweep] } };
    }),
  });

  it('show what was tried at the layer that stands in tables', () => {
    expect(report.sweeps).toEqual([]);
    const [view] = swept.sweeps;
    expect(view).toMatchObject({ transfer: 'all', setting: 'learningRate', values: [0.1, 1, 10] });
    expect(view!.layer).toBe(resultOf(`${pretrainings[0]}/seed-0/all`).headline.layer);
    const lost = view!.rows.find(({ pretraining }) => pretraining === report.reference)!;
    expect(lost.cells.map(({ heldOut, chosen, diverged }) => [heldOut?.mean, heldOut?.n, chosen, diverged])).toEqual([
      [0.05, 2, 1, 0],
      [expect.closeTo(0.15, 12), 2, 1, 0],
      [0.2, 1, 0, 1],
    ]);
  });

  it('stand in Markdown and HTML, the chosen values marked', () => {
    const text = renderMarkdown([swept]);
    expect(text).toContain('## Sweeps');
    expect(text).toMatch(/5\.0 ± 63\.5, chosen by 1 of 2/);
    expect(text).toContain('20.0, diverged in 1 of 2');
    const { document } = parseHTML(renderHtml([swept]));
    const table = [...document.querySelectorAll('table')].find(({ textContent }) =>
      textContent.includes('learningRate'),
    )!;
    expect(table.querySelectorAll('td b')).toHaveLength(2 * pretrainings.length);
  });
});

it('stand in HTML and Markdown', () => {
  const { document } = parseHTML(renderHtml([report]));
  expect(document.querySelectorAll('svg.scatter-chart .mark')).toHaveLength(2 * pretrainings.length);
  expect(document.querySelectorAll('svg.count-chart .line')).toHaveLength(pretrainings.length);
  expect(document.querySelector('svg.scatter-chart desc')!.textContent).toContain('seed 1');
  const text = renderMarkdown([report]);
  expect(text).toContain('## Readoff against transfer\n\n- episodes against all: Spearman ');
  expect(text).toContain('## Accuracy against labels');
  expect(text).toContain('episodes: 3 ways, 1 shot');
});
