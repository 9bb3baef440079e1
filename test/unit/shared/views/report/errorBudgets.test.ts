/** Which errors detectors make, in reports: means over seeds, differences by hand, the same in every format. */
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { renderCsv } from '../../../../../src/cli/report/csv';
import { renderHtml } from '../../../../../src/cli/report/html';
import { renderLatex } from '../../../../../src/cli/report/latex';
import { renderTerminal } from '../../../../../src/cli/report/terminalTable';
import { renderMarkdown } from '../../../../../src/cli/report/markdown';
import type { DetectionErrors, StageRecord } from '../../../../../src/shared/results/records';
import { createTransferReport } from '../../../../../src/shared/views/report/transferReport';
import { reportCases } from '../../../../support/reportFixture';

const base = reportCases.onlyDetection();

/** By seed and pretraining: `random` has 0.20 + 0.01 · seed of wrong classes, every other 0.10 + 0.01 · seed. */
function errorsOf({ id, seed }: StageRecord): DetectionErrors {
  const isRandom = id.startsWith('random');
  return {
    ap50: isRandom ? 0.1 : 0.4,
    gains: { cls: (isRandom ? 0.2 : 0.1) + 0.01 * seed, loc: 0.05, both: 0, dupe: 0, bkg: 0, miss: 0.02 },
    counts: { cls: 1, loc: 2, both: 0, dupe: 0, bkg: 0, miss: 3 },
    hoiem: { cor: isRandom ? 0.3 : 0.5 + 0.05 * (seed % 2), loc: 0.1, sim: 0, oth: 0.3, bg: 0.1 },
  };
}

const records = base.records.map((record) =>
  record.result.kind === 'transfer' ? { ...record, result: { ...record.result, errors: errorsOf(record) } } : record,
);
const report = createTransferReport({ ...base, records });
const [tide, hoiem] = report.errorBudgets;
const cellOf = (view: typeof tide, pretraining: string, metric: string) =>
  view!.rows.find((row) => row.pretraining === pretraining)!.cells[
    view!.columns.findIndex((column) => column.metric === metric)
  ]!;

describe('error budgets in reports', () => {
  it('are means over seeds with differences to random, seed by seed', () => {
    expect(report.errorBudgets).toHaveLength(2);
    expect(tide).toMatchObject({ method: 'tide', against: 'random' });
    const seeds = report.seeds.length;
    const shift = (0.01 * report.seeds.reduce((sum, seed) => sum + seed, 0)) / seeds;
    expect(cellOf(tide, 'random', 'tide.cls')).toMatchObject({
      n: seeds,
      mean: expect.closeTo(0.2 + shift, 12) as number,
    });
    expect(cellOf(tide, 'random', 'tide.cls').difference).toBeUndefined();
    // The seed moves both alike: the difference has no spread.
    const { difference } = cellOf(tide, 'moco', 'tide.cls');
    expect(difference!.mean).toBeCloseTo(-0.1, 12);
    expect(difference!.halfWidth).toBeCloseTo(0, 12);
    expect(cellOf(hoiem, 'moco', 'hoiem.cor').difference!.halfWidth).toBeGreaterThan(0.01);
    expect(cellOf(hoiem, 'moco', 'hoiem.bg').difference).toMatchObject({ mean: 0 });
  });

  it('stand in Markdown, HTML and CSV', () => {
    const markdown = renderMarkdown([report]);
    expect(markdown).toContain('## Which errors detectors make');
    expect(markdown).toMatch(/\(−10\.0 ± 0\.0 ▼\)/);
    expect(markdown).toContain('paired by seed');
    const { document } = parseHTML(renderHtml([report]));
    const section = [...document.querySelectorAll('section')].find(
      (one) => one.querySelector('h2')?.textContent === 'Which errors detectors make',
    )!;
    expect(section.querySelectorAll('table')).toHaveLength(2);
    expect([...section.querySelectorAll('th[scope=col]')].map(({ textContent }) => textContent).slice(0, 4)).toEqual([
      'pretraining',
      'AP at IoU 0.50',
      'wrong class',
      'badly placed',
    ]);
    expect(section.querySelectorAll('.below').length).toBeGreaterThan(0);
    const lines = renderCsv([report]).split('\r\n');
    const line = lines.find((one) => one.includes(',tide.cls,') && one.includes(',moco,'))!;
    expect(Number(line.split(',').at(-2))).toBeCloseTo(cellOf(tide, 'moco', 'tide.cls').mean, 12);
  });

  it('stand in LaTeX and in the terminal', () => {
    const latex = renderLatex([report]);
    expect(latex).toContain('errors of');
    expect(latex).toMatch(/\{\\scriptsize \(\$-10\.0 \\pm 0\.0\$\)\}/);
    const terminal = renderTerminal(report, 120);
    expect(terminal).toContain(', TIDE');
    expect(terminal).toContain(', Hoiem');
    expect(terminal).toContain('badly placed');
  });

  it('are left out where records, as those of older versions, tell of no errors', () => {
    const older = createTransferReport(base);
    expect(older.errorBudgets).toEqual([]);
    expect(renderMarkdown([older])).not.toContain('Which errors');
    // One pretraining alone has been run anew: it stands alone, compared with nothing.
    const mixed = records.map((record, i) => (record.id.startsWith('moco') ? record : base.records[i]!));
    const [only] = createTransferReport({ ...base, records: mixed }).errorBudgets;
    expect(only).toMatchObject({ against: 'moco', rows: [{ pretraining: 'moco' }] });
  });
});
