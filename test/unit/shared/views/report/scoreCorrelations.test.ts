/** Measures of analyses against transfers: paired by pretraining and seed, turned where lower is better, called chance where few. */
import { describe, expect, it } from 'vitest';
import { spearman } from '../../../../../src/shared/math/correlateRanks';
import { weightedKendall } from '../../../../../src/shared/math/weightedKendall';
import { describeForetelling } from '../../../../../src/shared/views/layers/layersForetelling';
import { createTransferReport } from '../../../../../src/shared/views/report/transferReport';
import { withAnalyses } from '../../../../support/analysesFixture';
import { createLayersModelOf, layersCases, sevenPretrainings, tenLayers } from '../../../../support/layersFixture';
import { createRun } from '../../../../support/reportFixture';
import { parseHTML } from 'linkedom';
import { renderCsv } from '../../../../../src/cli/report/csv';
import { renderHtml } from '../../../../../src/cli/report/html';
import { renderLatex } from '../../../../../src/cli/report/latex';
import { renderMarkdown } from '../../../../../src/cli/report/markdown';
import { renderTerminal } from '../../../../../src/cli/report/terminalTable';

const reportOf = (count: number) =>
  createTransferReport(
    withAnalyses(createRun({ pretrainings: sevenPretrainings.slice(0, count), layers: tenLayers }), tenLayers),
  );

const [four, seven] = [reportOf(4), reportOf(7)];

describe('measures against transfers', () => {
  it('pair pretrainings and seeds at the layer that the transfer reads', () => {
    const view = seven.scores.find(({ analysis, transfer }) => analysis === 'geometry' && transfer === 'probe')!;
    expect(view).toMatchObject({ layer: 'avgpool', pretrainings: 7, points: 21 });
    const column = seven.columns.findIndex(({ transfer }) => transfer === 'probe');
    const table = seven.analyses.find(({ analysis }) => analysis === 'geometry')!.tables[1]!;
    expect(table.metric).toBe('rankMe');
    const row = view.rows.find(({ metric }) => metric === 'rankMe')!;
    // Means of seeds are close to each seed: the orders agree.
    const x = table.rows.map(({ cells }) => cells.at(-1)!.mean);
    const y = seven.rows.map(({ cells }) => cells[column]!.mean);
    expect(row.correlations.spearman.value).toBeCloseTo(spearman(x, y), 1);
    expect(row.correlations.weighted.value).toBeCloseTo(weightedKendall(x, y), 0);
    for (const { correlations } of view.rows) expect(correlations.weighted.interval).toBeDefined();
  });

  it('say that few pretrainings cannot tell, and nothing of fewer than three', () => {
    expect(new Set(four.scores.flatMap(({ rows }) => rows.map(({ verdict }) => verdict)))).toEqual(
      new Set(['too few to tell']),
    );
    expect(reportOf(2).scores).toEqual([]);
    expect(new Set(seven.scores.flatMap(({ rows }) => rows.map(({ verdict }) => verdict)))).not.toContain(
      'too few to tell',
    );
  });

  it('stand in the report', () => {
    const text = renderMarkdown([four]);
    expect(text).toContain('## Which measure foretells which transfer?');
    expect(text).toMatch(/\| LogME +\|.*too few to tell/);
  });

  it('stand in every other format with the same numbers', () => {
    const view = seven.scores.find(({ analysis, transfer }) => analysis === 'transferability' && transfer === 'probe')!;
    const { weighted } = view.rows.find(({ metric }) => metric === 'logMe')!.correlations;
    const shown = weighted.value.toFixed(2);
    expect(renderTerminal(seven, 100)).toMatch(/weighted τ +Spearman ρ/);
    const latex = renderLatex([seven]);
    const at = latex.indexOf('transferability at avgpool against probe');
    const { low, high } = weighted.interval!;
    expect(latex.slice(at)).toContain(
      `LogME & $${shown}$ {\\scriptsize ($${low.toFixed(2)}$ to $${high.toFixed(2)}$)}`,
    );
    const { document } = parseHTML(renderHtml([seven]));
    expect(document.body.textContent).toContain('transferability at avgpool against probe');
    const lines = renderCsv([seven]).split('\r\n');
    const valuesOf = (metric: string) =>
      lines
        .filter((line) => line.includes(',transferability~probe,') && line.includes(`,${metric},`))
        .map((line) => Number(line.split(',').at(-2)));
    expect(valuesOf('logMe.weighted')).toEqual([weighted.value]);
    expect(valuesOf('logMe.weighted.high')).toEqual([high]);
    expect(new Set(lines.slice(0, -1).map((line) => line.split(',').length)).size).toBe(1);
  });

  it('are said of the layer that is looked at', () => {
    const model = layersCases.analyses();
    const source = model.transfers.find(({ id }) => id === 'transferability')!;
    const lines = describeForetelling(model, { source, metric: source.metrics[0]!, layer: 'layer2' });
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /^LogME at layer2 against probe: weighted Kendall −?-?\d\.\d\d \(95 % .*\), too few to tell\.$/,
    );
    const [probe] = createLayersModelOf().transfers;
    expect(describeForetelling(model, { source: probe!, metric: 'accuracy', layer: 'layer2' })).toEqual([]);
  });
});
