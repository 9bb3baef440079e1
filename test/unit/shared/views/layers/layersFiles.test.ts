/** Files of the Layers panel, read back. */
import { describe, expect, it } from 'vitest';
import { selectDepth } from '../../../../../src/shared/views/layers/layersDepth';
import {
  renderLayersCsv,
  renderLayersLatex,
  renderLayersMarkdown,
} from '../../../../../src/shared/views/layers/layersFiles';
import { createLayersModelOf, layersCases, tenLayers } from '../../../../support/layersFixture';

const model = layersCases.full();
const [probe] = model.transfers;

describe('CSV', () => {
  const [head, ...lines] = renderLayersCsv(model, model.transfers)
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(','));

  it('has one line per transfer, pretraining, layer and seed', () => {
    expect(lines).toHaveLength(4 * 7 * 10 * 3);
    expect(new Set(lines.map((line) => line.slice(1, 10).join())).size).toBe(lines.length);
    expect(head!.slice(-5)).toEqual(['accuracy', 'top5', 'trainAccuracy', 'loss', 'top1']);
  });

  it('has values with all their digits', () => {
    const column = (name: string) => head!.indexOf(name);
    for (const line of lines.filter((one) => one[column('transfer')] === 'probe')) {
      const series = probe!.series.find(({ pretraining }) => pretraining === line[column('pretraining')])!;
      const seed = series.seeds.find((one) => String(one.seed) === line[column('seed')])!;
      const layer = probe!.layers.findIndex((place) => place.layer === line[column('layer')]);
      for (const metric of probe!.metrics) expect(Number(line[column(metric)])).toBe(seed.values[metric]![layer]);
      expect(line[column('top1')]).toBe('');
    }
  });
});

describe('tables', () => {
  const view = selectDepth(model, probe!, {});

  it('are Markdown with the best in bold', () => {
    const text = renderLayersMarkdown({ model, view, rows: view.series });
    const rows = text.split('\n').filter((line) => line.startsWith('|'));
    expect(rows).toHaveLength(2 + 7);
    expect(
      rows[0]!
        .split('|')
        .map((cell) => cell.trim())
        .slice(2, -1),
    ).toEqual(tenLayers);
    const best = view.series.find(({ points }) => points[9]!.isBest)!;
    const row = rows.find((line) => line.startsWith(`| ${best.pretraining} `))!;
    expect(row).toMatch(/\*\*\d+\.\d ± \d+\.\d\*\* \|$/);
    expect(text).toContain('mean ± 95 % Student interval over 3 seeds');
  });

  it('are LaTeX that escapes ids', () => {
    const nasty = createLayersModelOf({ pretrainings: [{ id: 'R&D_100%', method: 'moco', gain: 0.1 }] });
    const one = selectDepth(nasty, nasty.transfers[0]!, {});
    const text = renderLayersLatex({ model: nasty, view: one, rows: one.series });
    expect(text).toContain('R\\&D\\_100\\%');
    expect(text).toContain('95 \\% Student interval');
    expect(text.match(/&/g)!.length).toBe(10 + 10 + 1);
  });

  it('say what differences are to, and mark them', () => {
    const minus = selectDepth(model, probe!, { baseline: 'random' });
    const text = renderLayersMarkdown({ model, view: minus, rows: minus.series });
    expect(text).toContain('minus that of random');
    expect(text).toMatch(/supervised .*\+\d+\.\d ± \d+\.\d\*\* ▲ \|/);
  });

  it('say that one seed has no interval', () => {
    const single = layersCases.oneSeed();
    const one = selectDepth(single, single.transfers[0]!, {});
    const text = renderLayersMarkdown({ model: single, view: one, rows: one.series });
    expect(text).toContain('one seed, no interval');
    expect(
      text
        .split('\n')
        .filter((line) => line.startsWith('|'))
        .join(),
    ).not.toContain('±');
  });
});
