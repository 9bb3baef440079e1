/** What reports say of analyses: means over seeds, one table for each pair or metric, in every format. */
import { describe, expect, it } from 'vitest';
import { renderCsv } from '../../../../../src/cli/report/csv';
import { renderHtml } from '../../../../../src/cli/report/html';
import { renderLatex } from '../../../../../src/cli/report/latex';
import { renderMarkdown } from '../../../../../src/cli/report/markdown';
import { renderTerminal } from '../../../../../src/cli/report/terminalTable';
import type { AnalysisResult, StageRecord } from '../../../../../src/shared/results/records';
import type { PlannedStage } from '../../../../../src/shared/results/runManifest';
import { createTransferReport } from '../../../../../src/shared/views/report/transferReport';
import { createRun } from '../../../../support/reportFixture';

const layers = ['layer1', 'layer4'];
const base = { kind: 'analysis', data: 'emoji', images: 500, notes: ['few images'] } as const;
const matrix = (shift: number): AnalysisResult => ({
  ...base,
  analysis: 'cka',
  layers: [],
  matrix: {
    metric: 'cka',
    rows: layers,
    columns: layers,
    values: [
      [1 - shift, 0.5],
      [0.25, 0.75 + shift],
    ],
  },
});
const scores = (shift: number): AnalysisResult => ({
  ...base,
  analysis: 'transferability',
  layers: layers.map((layer, depth) => ({
    layer,
    depth,
    dimension: 8,
    metrics: { logMe: depth / 4 + shift, gbc: -2 },
  })),
});

const input = createRun();
const stages: PlannedStage[] = [];
const records: StageRecord[] = [];
for (const [seed, shift] of [
  [0, 0],
  [1, 0.1],
] as const) {
  const add = (names: Partial<PlannedStage>, result: AnalysisResult): void => {
    const key = `analysis-${stages.length}`;
    stages.push({ id: key, key, kind: 'analysis', label: key, pretraining: 'moco', seed, ...names });
    records.push({ ...input.records[0]!, key, kind: 'analysis', result });
  };
  add({ analysis: 'likeness', against: 'supervised' }, matrix(shift));
  add({ analysis: 'scores' }, scores(shift));
}
const report = createTransferReport({
  ...input,
  manifest: { ...input.manifest, stages: [...input.manifest.stages, ...stages] },
  records: [...input.records, ...records],
});

describe('analyses in a report', () => {
  it('are means over seeds: layers against layers, or pretrainings by layer', () => {
    const [likeness, transferability] = report.analyses;
    expect(likeness).toMatchObject({
      analysis: 'likeness',
      kind: 'cka',
      source: '500 images of emoji',
      notes: ['few images'],
    });
    expect(likeness!.tables).toHaveLength(1);
    const [table] = likeness!.tables;
    expect(table).toMatchObject({
      pair: ['moco', 'supervised'],
      title: 'CKA: moco (down), supervised (across)',
      columns: layers,
    });
    expect(table!.rows[0]!.cells[0]).toMatchObject({ n: 2 });
    expect(table!.rows[0]!.cells[0]!.mean).toBeCloseTo(0.95, 12);
    expect(table!.rows[1]!.cells[1]!.mean).toBeCloseTo(0.8, 12);
    expect(transferability!.tables.map(({ title }) => title)).toEqual(['LogME', 'GBC']);
    expect(transferability!.tables[0]!.rows.map(({ name, cells }) => [name, cells[1]!.mean.toFixed(3)])).toEqual([
      ['moco', '0.300'],
    ]);
  });

  it.each([
    ['Markdown', renderMarkdown([report])],
    ['HTML', renderHtml([report])],
    ['LaTeX', renderLatex([report])],
    ['terminal', renderTerminal(report, 100)],
  ])('stand in %s with their values', (_format, text) => {
    for (const part of ['LogME', 'layer4', '0.950', 'CKA: moco (down), supervised (across)'])
      expect(text).toContain(part);
  });

  it('stand in CSV, a line for each two layers', () => {
    const lines = renderCsv([report]).split('\r\n');
    expect(lines.filter((line) => line.includes(',likeness,cka,'))).toHaveLength(4);
    expect(lines.find((line) => line.includes('moco~supervised') && line.includes('layer4~layer1'))).toContain(
      ',cka,2,0.25,',
    );
  });

  it('leave the table of transfers as it was', () => {
    const without = createTransferReport(input);
    expect(report.columns).toEqual(without.columns);
    expect(report.rows).toEqual(without.rows);
    expect(without.analyses).toEqual([]);
  });
});
