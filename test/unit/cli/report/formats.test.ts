/** Markdown, CSV, LaTeX and HTML of all report fixtures: well-formed, escaped, and with the same numbers. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { renderCsv } from '../../../../src/cli/report/csv';
import { renderHtml } from '../../../../src/cli/report/html';
import { renderLatex } from '../../../../src/cli/report/latex';
import { renderMarkdown } from '../../../../src/cli/report/markdown';
import { formatPercent } from '../../../../src/shared/views/formatNumbers';
import { createTransferReport, type TransferReport } from '../../../../src/shared/views/report/transferReport';
import { reportCases } from '../../../support/reportFixture';
import { parseCsv } from './parseCsv';

const cases = Object.entries(reportCases).map(([name, makeRun]): [string, TransferReport] => [
  name,
  createTransferReport(makeRun()),
]);
const reportOf = (name: keyof typeof reportCases): TransferReport => createTransferReport(reportCases[name]());

/** `25.2 ± 1.6` of every cell, in reading order. */
const cellTexts = ({ rows }: TransferReport): string[] =>
  rows.flatMap(({ cells }) => cells.map((cell) => (cell ? formatPercent(cell) : '–')));

/** Cells of a Markdown row; an escaped bar is no border. */
const splitRow = (line: string): string[] =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());

describe('markdown', () => {
  it.each(cases)('has rectangular tables: %s', (_, report) => {
    const blocks = renderMarkdown([report])
      .split('\n\n')
      .filter((block) => block.startsWith('|'));
    const compared =
      report.labelCurves.flatMap(({ savings }) => (savings ? [1, 2] : [1])).length + report.episodes.length;
    // How the pretrainings were made, and what they cost.
    const made = 1 + (report.costs.length > 0 ? 1 : 0);
    const tables = (report.columns.length > 0 ? 1 : 0) + report.further.length + report.depths.length;
    expect(blocks).toHaveLength(tables + compared + made);
    for (const block of blocks) {
      const widths = block.split('\n').map((line) => splitRow(line).length);
      expect(new Set(widths).size).toBe(1);
    }
  });

  it('shows names as they are', () => {
    const text = renderMarkdown([reportOf('nastyIds')]);
    for (const escaped of [
      'a\\|b',
      'R\\&D',
      '\\<script\\>',
      '\\_under_score\\_',
      '100% {x} \\$y\\$ \\\\z #1 \\~ ^',
      '\\# not a heading',
    ]) {
      expect(text).toContain(escaped);
    }
    expect(text.replace(/```[\s\S]*?```/g, '')).not.toMatch(/(?<!\\)[<>]/);
  });

  it('says which values rest on fewer seeds', () =>
    expect(renderMarkdown([reportOf('missingStages')])).toContain('20.8 (n = 1)'));

  it('separates runs', () => {
    const report = reportOf('oneLayer');
    expect(renderMarkdown([report, report]).match(/^# /gm)).toHaveLength(2);
  });
});

describe('csv', () => {
  it.each(cases)('parses back to the means: %s', (_, report) => {
    const [header, ...lines] = parseCsv(renderCsv([report]));
    expect(lines.every((row) => row.length === header!.length)).toBe(true);
    const at = (row: string[], name: string) => row[header!.indexOf(name)]!;
    const rows = lines.filter((row) => at(row, 'task') !== 'rank-correlation');
    const further = report.further.flatMap((view) => view.rows.flatMap(({ cells }) => cells));
    const columns = report.columns.flatMap(({ transfer, layer }, c) => {
      const view = report.depths.find((depth) => depth.transfer === transfer);
      if (!view) return report.rows.flatMap(({ cells }) => (cells[c] ? [{ point: cells[c], layer }] : []));
      const { series, layers } = view;
      return series.flatMap(({ points }) =>
        points.flatMap((point, i) => (point ? [{ point, layer: layers[i]!.layer }] : [])),
      );
    });
    const expected = [...columns, ...further.flatMap((point) => (point ? [{ point, layer: '' }] : []))];
    expect(rows.map((row) => at(row, 'layer'))).toEqual(expected.map(({ layer }) => layer));
    expect(rows.map((row) => Number(at(row, 'mean')))).toEqual(expected.map(({ point }) => point.mean));
    expect(rows.map((row) => at(row, 'half_width_95'))).toEqual(
      expected.map(({ point }) => String(point.halfWidth ?? '')),
    );
  });

  it('cannot become a formula', () => {
    const rows = parseCsv(renderCsv([reportOf('nastyIds')]));
    const fields = rows.flat().filter((field) => Number.isNaN(Number(field)));
    expect(fields.filter((field) => /^[=+\-@\t\r]/.test(field))).toEqual([]);
    expect(fields).toContain("'=1+1");
    expect(fields).toContain(`"quoted" 'twice'`);
  });
});

describe('latex', () => {
  it.each(cases)('has balanced braces, environments and columns: %s', (_, report) => {
    const text = renderLatex([report]);
    const bare = text.replace(/\\\\/g, '').replace(/\\[{}%&#$_]/g, '');
    let depth = 0;
    for (const character of bare) {
      depth += character === '{' ? 1 : character === '}' ? -1 : 0;
      expect(depth).toBeGreaterThanOrEqual(0);
    }
    expect(depth).toBe(0);
    expect((bare.match(/\$/g) ?? []).length % 2).toBe(0);
    const tables = text.split('\\begin{table}').slice(1);
    const further = report.further.length;
    expect(tables).toHaveLength(1 + further + (report.readoffs.length > 0 ? 1 : 0));
    const lines = tables.map((table) => table.split('\n').filter((line) => line.endsWith(' \\\\')));
    const [body, correlations = []] = lines.toSpliced(1, further);
    expect(body).toHaveLength(report.rows.length + 1);
    for (const line of body!) expect(line.match(/(?<!\\)&/g) ?? []).toHaveLength(report.columns.length);
    for (const line of correlations) expect(line.match(/(?<!\\)&/g)).toHaveLength(2);
    expect(bare.split('\n').slice(1).join('\n')).not.toMatch(/[%#~^<>|]/);
  });

  it('keeps a row from being the argument of the line break before it', () => {
    expect(renderLatex([reportOf('fourteen')])).toContain('ladder{[}step-0{]}');
  });

  const hasLatex = spawnSync('pdflatex', ['--version']).status === 0;
  it.skipIf(!hasLatex)('compiles (where pdflatex is installed)', () => {
    const folder = mkdtempSync(join(tmpdir(), 'latex-'));
    const tables = cases.map(([, report]) => renderLatex([report])).join('\n');
    const document = `\\documentclass{article}\\usepackage{booktabs}\\begin{document}\n${tables}\\end{document}\n`;
    writeFileSync(join(folder, 'report.tex'), document);
    const { status, stdout } = spawnSync('pdflatex', ['-interaction=nonstopmode', '-halt-on-error', 'report.tex'], {
      cwd: folder,
    });
    expect(status, String(stdout)).toBe(0);
    rmSync(folder, { recursive: true });
  });
});

describe('html', () => {
  const voids = new Set(['meta', 'br', 'hr', 'img', 'input', 'link']);

  /** Every opened element is closed in order; written apart from any parser, which would repair. */
  function expectWellFormed(html: string): void {
    const open: string[] = [];
    for (const [, slash, name, rest] of html
      .replace(/<style>[\s\S]*?<\/style>/, '')
      .matchAll(/<(\/?)([a-zA-Z][\w-]*)((?:"[^"]*"|[^">])*)>/g)) {
      if (slash) expect(open.pop()).toBe(name);
      else if (!voids.has(name!) && !rest!.endsWith('/')) open.push(name!);
    }
    expect(open).toEqual([]);
  }

  it.each(cases)('is well-formed and stands alone: %s', (_, report) => {
    const html = renderHtml([report]);
    expectWellFormed(html);
    const { document } = parseHTML(html);
    expect(
      document.querySelectorAll('script, link, img, iframe, object, embed, form, base, foreignObject'),
    ).toHaveLength(0);
    for (const element of document.querySelectorAll('*')) {
      for (const { name } of element.attributes) expect(name).not.toMatch(/^on|^(src|href|action|style|xlink:href)$/);
    }
    expect(html).not.toMatch(/https?:|url\(|@import|\/\/[a-z]/i);
    const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content');
    expect(policy).toBe("default-src 'none'; style-src 'unsafe-inline'");
    expect(html).not.toMatch(/NaN|undefined|\[object/);
  });

  it('has no section of depths without layers, and no layer in the heads', () => {
    const html = renderHtml([reportOf('onlyDetection')]);
    expect(html).not.toContain('By depth');
    expect(parseHTML(html).document.querySelector('th small')!.textContent).toBe('average precision');
    for (const text of [html, renderMarkdown([reportOf('withDetection')]), renderLatex([reportOf('withDetection')])]) {
      expect(text).toContain('average precision');
      expect(text).not.toMatch(/average precision(?: at|,)|guessing gives NaN/);
    }
    expect(renderHtml([reportOf('withDetection')])).toContain('By depth');
  });

  it.each(cases)('shows every id as text: %s', (_, report) => {
    const { document } = parseHTML(renderHtml([report]));
    const heads = [...document.querySelectorAll('.makings tbody th')].map(({ textContent }) => textContent);
    expect(heads).toEqual(report.rows.map(({ pretraining }) => pretraining));
    const figures = [...document.querySelectorAll('figcaption')].map(({ textContent }) => textContent);
    expect(figures).toEqual([
      ...report.depths.map(({ transfer, task, data }) => `${transfer} ${task} on ${data}`),
      ...report.readoffs.map(({ transfer, readoff }) => `${transfer.transfer} against ${readoff.transfer}`),
      ...report.labelCurves.map(({ task, data, transfers }) => `${task} on ${data} ${transfers.join(', ')}`),
    ]);
  });

  it('draws one chart per transfer and one legend', () => {
    const { document } = parseHTML(renderHtml([reportOf('fourteen')]));
    expect(document.querySelectorAll('svg.depth-chart')).toHaveLength(4);
    expect(document.querySelectorAll('.series-legend li')).toHaveLength(14);
    expect(document.querySelectorAll('svg.depth-chart .series')).toHaveLength(4 * 14);
  });
});

describe('all formats', () => {
  it.each(cases)('tell the same numbers and findings: %s', (_, report) => {
    const expected = cellTexts(report);
    if (expected.length === 0) return;
    const { document } = parseHTML(renderHtml([report]));
    const [main] = document.querySelectorAll('table');
    const inHtml = [...main!.querySelectorAll('tbody td')].map((cell) => {
      const value = cell.querySelector('.value');
      return (value ? (value.textContent ?? '').replace(/^n = \d+/, '') : (cell.textContent ?? '')).trim();
    });
    expect(inHtml).toEqual(expected);
    const table = renderMarkdown([report])
      .split('\n\n')
      .find((block) => block.startsWith('|'))!;
    const step = report.reference === undefined ? 1 : 2;
    const inMarkdown = table
      .split('\n')
      .slice(2)
      .flatMap((line) =>
        splitRow(line)
          .slice(2)
          .filter((_cell, i) => i % step === 0),
      );
    expect(inMarkdown.map((cell) => cell.replaceAll('**', '').replace(/ \(n = \d+\)/, ''))).toEqual(expected);
    const lines = renderLatex([report]).split('\\midrule')[1]!.split('\\bottomrule')[0]!.trim().split('\n');
    const inLatex = lines.flatMap((line) =>
      line
        .replace(/ \\\\$/, '')
        .split(/(?<!\\) & /)
        .slice(1),
    );
    expect(
      inLatex.map((cell) =>
        cell
          .split(' {')[0]!
          .replace(/\$|\\mathbf\{|\}/g, '')
          .replace('\\pm', '±')
          .replace('--', '–'),
      ),
    ).toEqual(expected);
    const findings = [...document.querySelectorAll('.findings li')].map(({ textContent }) => textContent);
    expect(findings).toEqual(report.findings.map(({ transfer, sentence }) => `${transfer} ${sentence}`));
  });
});
