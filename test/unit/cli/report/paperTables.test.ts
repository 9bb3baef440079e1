/** Tables in a paper's form: what the file asks for, measured numbers and published ones, in every format. */
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { paperTablesLatex } from '../../../../src/cli/report/paperTables';
import { renderCsv } from '../../../../src/cli/report/csv';
import { renderHtml } from '../../../../src/cli/report/html';
import { renderMarkdown } from '../../../../src/cli/report/markdown';
import type { TableSettings } from '../../../../src/shared/experiment/tableFields';
import type { PaperCell } from '../../../../src/shared/views/report/paperTables';
import { createTransferReport } from '../../../../src/shared/views/report/transferReport';
import { createRunOfValues } from '../../../support/reportFixture';
import { parseCsv } from './parseCsv';

const table: TableSettings = {
  title: 'Table 3: exemplars & others',
  rows: [
    { pretraining: 'moco', title: 'MoCo', group: 'Unsupervised' },
    { pretraining: 'exemplar', group: 'With labels' },
  ],
  columns: [
    { of: 'probe', title: 'linear', group: 'ImageNet' },
    { of: 'never', metric: 'ap', title: 'AP', group: 'VOC07' },
  ],
  published: [
    { pretraining: 'moco', of: 'probe', value: 60.8, source: 'He 2020' },
    { pretraining: 'exemplar', of: 'never', metric: 'ap', value: 47.2, source: 'a review' },
    { pretraining: 'exemplar', of: 'never', metric: 'ap75', value: 1, source: 'a review' },
  ],
};
const input = createRunOfValues({
  moco: { probe: [0.18, 0.2, 0.22] },
  exemplar: { probe: [0.3, 0.3, 0.33] },
});
const report = createTransferReport({ ...input, tables: [table] });

describe('a table in a paper’s form', () => {
  it('holds what was measured and what was published, each where it belongs', () => {
    const [view] = report.tables;
    expect(view!.rows.map(({ title, group }) => [title, group])).toEqual([
      ['MoCo', 'Unsupervised'],
      ['exemplar', 'With labels'],
    ]);
    const [[linear, ap], [other, published]] = view!.rows.map(({ cells }) => cells) as [[never, never], [never, never]];
    expect(linear).toMatchObject({ own: { n: 3 }, published: { value: 0.608, source: 0 } });
    expect(ap).toEqual({});
    expect(other).toMatchObject({ own: { n: 3 } });
    expect(other).not.toHaveProperty('published');
    expect(published).toMatchObject({ published: { source: 1 } });
    expect((published as PaperCell).published!.value).toBeCloseTo(0.472, 12);
    expect(view!.sources).toEqual(['He 2020', 'a review']);
  });

  it('stands in Markdown, marked as published', () => {
    const text = renderMarkdown([report]);
    expect(text).toContain('## Table 3: exemplars \\& others');
    expect(text).toContain('| Unsupervised: MoCo | 20.0 ± 5.0 \\[60.8<sup>a</sup>\\] | – |');
    expect(text).toContain('| – \\[47.2<sup>b</sup>\\] |');
    expect(text).toContain('In brackets: published. <sup>a</sup> He 2020. <sup>b</sup> a review.');
  });

  it('stands in HTML with headings over neighbours', () => {
    const { document } = parseHTML(renderHtml([report]));
    const shown = document.querySelector('table.paper')!;
    expect([...shown.querySelectorAll('thead th.group')].map((head) => head.textContent)).toEqual([
      'ImageNet',
      'VOC07',
    ]);
    expect([...shown.querySelectorAll('tr.group th')].map((head) => head.textContent)).toEqual([
      'Unsupervised',
      'With labels',
    ]);
    expect([...shown.querySelectorAll('.published')].map((mark) => mark.textContent)).toEqual(['[60.8a]', '[47.2b]']);
  });

  it('stands in LaTeX with its text escaped and as many cells as columns', () => {
    const [text] = paperTablesLatex(report.tables);
    expect(text).toContain('\\caption{Table 3: exemplars \\& others');
    expect(text).toContain('& \\multicolumn{1}{c}{ImageNet} & \\multicolumn{1}{c}{VOC07} \\\\');
    expect(text).toContain('MoCo & $20.0 \\pm 5.0$ {\\scriptsize [$60.8^{a}$]} & -- \\\\');
  });

  it('adds lines of published numbers to CSV', () => {
    const lines = parseCsv(renderCsv([report])).filter(([run]) => run === 'published');
    expect(lines.map((line) => [line[1], line[3], line[5], Number(line[11]).toFixed(3)])).toEqual([
      ['MoCo', 'ImageNet: linear', 'He 2020', '0.608'],
      ['exemplar', 'VOC07: AP', 'a review', '0.472'],
    ]);
  });
});
