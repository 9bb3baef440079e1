/** What the Layers panel draws of a run: every number against arithmetic done here. */
import { describe, expect, it } from 'vitest';
import type { LayersModel } from '../../../../../src/shared/protocol/panels/layersPanel';
import { chanceOf } from '../../../../../src/shared/views/report/metrics';
import { selectDepth, sortRows } from '../../../../../src/shared/views/layers/layersDepth';
import { createLayersModelOf, createLayersRun, layersCases, tenLayers } from '../../../../support/layersFixture';

const model = layersCases.full();
const probe = model.transfers[0]!;

function scores(of: LayersModel, pretraining: string, { metric = 'accuracy', layer = 0 } = {}): number[] {
  const series = of.transfers[0]!.series.find((one) => one.pretraining === pretraining)!;
  return series.seeds.map(({ values }) => values[metric]![layer]!);
}

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Student's t for 2 degrees of freedom, both-sided 95 %. */
const T2 = 4.302652729911275;

function halfWidthOf(values: readonly number[]): number {
  const mean = meanOf(values);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return (T2 * Math.sqrt(variance)) / Math.sqrt(values.length);
}

describe('the model', () => {
  it('holds every value of the records', () => {
    const { records, manifest } = createLayersRun({ run: 'voc07-three-ways-3' });
    for (const { result, id, seed } of records) {
      if (result.kind !== 'transfer') continue;
      const [pretraining, , transfer] = id.split('/');
      const series = model.transfers.find((one) => one.id === transfer)!.series;
      const { values } = series.find((one) => one.pretraining === pretraining)!.seeds.find((one) => one.seed === seed)!;
      result.layers.forEach(({ metrics }, l) => {
        for (const [metric, list] of Object.entries(values)) expect(list[l]).toBe(metrics[metric]);
      });
    }
    expect(model.total).toBe(manifest.stages.filter(({ kind }) => kind === 'transfer').length);
    expect(model.finished).toBe(7 * 4 * 3);
  });

  it('names the metrics that compare pretrainings, the headline first', () => {
    expect(model.transfers.map(({ metrics }) => metrics)).toEqual([
      ['accuracy', 'top5', 'trainAccuracy', 'loss'],
      ['accuracy', 'top5'],
      ['top1'],
      ['accuracy', 'top5', 'trainAccuracy', 'loss'],
    ]);
  });

  it('knows what guessing gives', () => {
    expect(probe.chance).toEqual({ accuracy: 1 / 95, trainAccuracy: 1 / 95, top5: 5 / 95, loss: Math.log(95) });
    const digits = { task: 'knn', classes: 3, trainImages: 10 };
    expect(chanceOf({ ...digits } as Parameters<typeof chanceOf>[0], 'top5')).toBe(1);
    expect(model.transfers[2]!.chance).toEqual({ top1: 1 / 1911 });
  });

  it('takes order and looks from the experiment, so that a run of some looks like a run of all', () => {
    const launched = { pretrainings: ['x', 'supcon', 'moco'].map((id) => ({ id })), backbone: backbone };
    const some = createLayersModelOf({}, { launched: launched as never });
    expect(some.pretrainings.slice(0, 2).map(({ id, look }) => [id, look])).toEqual([
      ['supcon', 1],
      ['moco', 2],
    ]);
    expect(some.transfers[0]!.series[0]!.pretraining).toBe('supcon');
  });

  it('takes depths from the backbone, not from the layers that happen to be probed', () => {
    const launched = { pretrainings: [], backbone };
    const { transfers } = createLayersModelOf({ layers: ['layer4', 'avgpool'] }, { launched: launched as never });
    expect(transfers[0]!.layers.map(({ depth }) => depth)).toEqual([1, 1]);
    const all = createLayersModelOf({ layers: ['conv1', 'layer1.0', 'layer2'] }, { launched: launched as never });
    // ResNet-18: the stem and 16 convolutions in blocks of two.
    expect(all.transfers[0]!.layers.map(({ depth }) => depth)).toEqual([1 / 17, 3 / 17, 9 / 17]);
  });

  it('says what has changed since', () => {
    const stale = layersCases.stale();
    expect(stale.stale).toContain('instdisc and neighbours are set differently now');
    expect(stale.pretrainings.filter(({ isStale }) => isStale).map(({ id }) => id)).toEqual(['instdisc']);
    expect(stale.transfers.filter(({ isStale }) => isStale).map(({ id }) => id)).toEqual(['neighbours']);
    expect(model.stale).toBeUndefined();
  });
});

const backbone = { name: 'resnet18', width: 64, stem: 'imagenet', dilate: [false, false, false] };

describe('by depth', () => {
  it('gives means with Student intervals over seeds', () => {
    const view = selectDepth(model, probe, {});
    view.series.forEach(({ pretraining, points }) => {
      points.forEach((point, layer) => {
        const values = scores(model, pretraining, { layer });
        expect(point!.mean).toBeCloseTo(meanOf(values), 12);
        expect(point!.halfWidth).toBeCloseTo(halfWidthOf(values), 10);
      });
    });
  });

  it('gives differences paired by seed', () => {
    const view = selectDepth(model, probe, { baseline: 'random' });
    const row = view.series.find(({ pretraining }) => pretraining === 'supervised')!;
    const own = scores(model, 'supervised', { layer: 9 });
    const theirs = scores(model, 'random', { layer: 9 });
    const differences = own.map((value, i) => value - theirs[i]!);
    expect(row.points[9]!.mean).toBeCloseTo(meanOf(differences), 12);
    expect(row.points[9]!.halfWidth).toBeCloseTo(halfWidthOf(differences), 10);
    expect(row.points[9]!.values.map(({ value }) => value)).toEqual(differences);
    expect(row.points[9]!.verdict).toBe('above');
    expect(view.chance).toBeUndefined();
  });

  it('pairs only seeds that both have', () => {
    const few = createLayersModelOf({
      isMissing: ({ kind, pretraining, seed }) => kind === 'transfer' && pretraining === 'random' && seed !== 1,
    });
    const view = selectDepth(few, few.transfers[0]!, { baseline: 'random' });
    const cell = view.series.find(({ pretraining }) => pretraining === 'moco')!.points[3]!;
    expect(cell.n).toBe(1);
    expect(cell.values.map(({ seed }) => seed)).toEqual([1]);
    expect(cell.verdict).toBe('unclear');
  });

  it('takes a low loss for better', () => {
    const view = selectDepth(model, probe, { metric: 'loss', baseline: 'random' });
    const deepest = view.series.map(({ pretraining, points }) => ({ pretraining, ...points[9]! }));
    const best = deepest.find(({ isBest }) => isBest)!;
    expect(best.mean).toBe(Math.min(...deepest.map(({ mean }) => mean)));
    expect(best.mean).toBeLessThan(0);
    expect(best.verdict).toBe('above');
  });

  it('marks the best of each layer, and nobody who is alone', () => {
    const view = selectDepth(model, probe, {});
    tenLayers.forEach((_, l) => {
      const means = view.series.map(({ points }) => points[l]!.mean);
      const marked = view.series.filter(({ points }) => points[l]!.isBest);
      expect(marked.map(({ points }) => points[l]!.mean)).toEqual([Math.max(...means)]);
    });
    const alone = createLayersModelOf({ pretrainings: [{ id: 'moco', method: 'moco', gain: 0.1 }] });
    const only = selectDepth(alone, alone.transfers[0]!, {});
    expect(only.series[0]!.points.some((point) => point!.isBest)).toBe(false);
  });

  it('falls back to the headline where a transfer lacks the metric', () => {
    expect(selectDepth(model, model.transfers[2]!, { metric: 'loss' }).metric).toBe('top1');
  });

  it('sorts by a layer, with what is missing last either way', () => {
    const under = layersCases.underWay();
    const view = selectDepth(under, under.transfers[0]!, {});
    const means = (isDescending: boolean) =>
      sortRows(view, { column: 'avgpool', isDescending }).map(({ points }) => points[9]?.mean);
    const [down, up] = [means(true), means(false)];
    expect(down.at(-1)).toBeUndefined();
    expect(up.at(-1)).toBeUndefined();
    expect(down.slice(0, -1)).toEqual([...down.slice(0, -1)].sort((a, b) => b! - a!));
    expect(up.slice(0, -1)).toEqual([...down.slice(0, -1)].reverse());
    const names = sortRows(view, { column: '', isDescending: false }).map(({ pretraining }) => pretraining);
    expect(names).toEqual([...names].sort());
    expect(sortRows(view, { column: 'gone', isDescending: true })).toBe(view.series);
  });
});
