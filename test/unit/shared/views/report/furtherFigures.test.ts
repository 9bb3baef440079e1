/** What stands beside the headline of a transfer: means by hand, the same in every format. */
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { renderCsv } from '../../../../../src/cli/report/csv';
import { renderHtml } from '../../../../../src/cli/report/html';
import { renderLatex } from '../../../../../src/cli/report/latex';
import { renderMarkdown } from '../../../../../src/cli/report/markdown';
import { createTransferReport } from '../../../../../src/shared/views/report/transferReport';
import { reportCases } from '../../../../support/reportFixture';

const base = reportCases.onlyDetection();

/** Of seed s: AP at 0.50 of 0.4 + 0.01 s; small objects in seed 0 alone; no large ones. */
const records = base.records.map((record) => {
  const { result, seed } = record;
  if (result.kind !== 'transfer') return record;
  const { metric, value } = result.headline;
  const more = { ap50: 0.4 + 0.01 * seed, apLarge: Number.NaN, ...(seed === 0 && { apSmall: 0.125 }) };
  const interval = { [`${metric}Low`]: value - 0.1, [`${metric}High`]: value + 0.1 };
  return { ...record, result: { ...result, metrics: { [metric]: value, ...more, ...interval } } };
});
const report = createTransferReport({ ...base, records });
const [figures, ...others] = report.further;

describe('further figures', () => {
  it('are means over the seeds that have them, without the headline and its interval', () => {
    expect(others).toEqual([]);
    const { metric } = report.columns[0]!;
    const names = figures!.columns.map((column) => column.metric);
    expect(names).toEqual(['ap50', 'apLarge', 'apSmall']);
    expect(names).not.toContain(metric);
    expect(figures!.rows.map(({ pretraining }) => pretraining)).toEqual(report.rows.map((row) => row.pretraining));
    const [cells] = figures!.rows.map((row) => Object.fromEntries(names.map((name, c) => [name, row.cells[c]])));
    expect(cells!.ap50).toMatchObject({ n: 3, mean: expect.closeTo(0.41, 12) as number });
    // t(2, 0.975) · s / √3 with s = 0.01.
    expect(cells!.ap50!.halfWidth).toBeCloseTo((4.302652729911275 * 0.01) / Math.sqrt(3), 10);
    expect(cells!.apSmall).toMatchObject({ n: 1, mean: 0.125 });
    expect(cells!.apLarge).toBeUndefined();
  });

  it('name the loss of a whole network for the images it is of, with its unit', () => {
    const whole = records.map((record) => {
      const { result } = record;
      if (result.kind !== 'transfer') return record;
      return { ...record, result: { ...result, metrics: { ...result.metrics, loss: 1.25 } } };
    });
    const { columns } = createTransferReport({ ...base, records: whole }).further[0]!;
    const names = Object.fromEntries(columns.map(({ metric, name }) => [metric, name]));
    expect(names).toMatchObject({ loss: 'test loss (nats)', ap50: 'AP at IoU 0.50 (%)' });
  });

  it('stand in every format', () => {
    expect(renderMarkdown([report])).toMatch(/\| random \| 41\.0 ± 2\.5 \| – \| 12\.5 \|/);
    expect(renderLatex([report])).toContain('random & $41.0 \\pm 2.5$ & -- & $12.5$ \\\\');
    const lines = renderCsv([report]).split(/\r?\n/);
    expect(lines.filter((line) => /,random,.*,ap50,3,0\.41/.test(line))).toHaveLength(1);
    expect(lines.some((line) => line.includes('apLarge'))).toBe(false);
    const { document } = parseHTML(renderHtml([report]));
    const table = [...document.querySelectorAll('table')].find((one) => one.textContent.includes('AP at IoU 0.50'));
    expect(table!.querySelector('caption')!.textContent).toContain('detect: further figures');
    expect(table!.querySelectorAll('tbody tr')).toHaveLength(report.rows.length);
  });
});
