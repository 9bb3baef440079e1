/** The Layers panel across labels and steps: points by hand, at a layer, and labels saved as the report has them. */
import { describe, expect, it } from 'vitest';
import { labelSaving } from '../../../../../src/shared/math/labelSaving';
import { meanInterval } from '../../../../../src/shared/math/statistics';
import { countAxes, selectCounts } from '../../../../../src/shared/views/layers/layersCounts';
import { formatSaving } from '../../../../../src/shared/views/report/labelSavings';
import { layersCases } from '../../../../support/layersFixture';

const model = layersCases.counted();
const transferOf = (id: string) => model.transfers.find((one) => one.id === id)!;
const scores = (pretraining: string, transfer: string, layer: number): number[] =>
  transferOf(transfer)
    .series.find((one) => one.pretraining === pretraining)!
    .seeds.map(({ values }) => values.accuracy![layer]!);
const at = { metric: 'accuracy', layer: 'layer4', hidden: new Set<string>() };

describe('axes of counts', () => {
  it('are there where transfers differ in labels alone, and where there are snapshots', () => {
    expect(countAxes(model, transferOf('few'))).toEqual(['labels', 'steps']);
    expect(countAxes(model, transferOf('alone'))).toEqual(['steps']);
    const without = { ...model, pretrainings: model.pretrainings.slice(0, 2) };
    expect(countAxes(without, transferOf('alone'))).toEqual([]);
  });
});

describe('across steps', () => {
  it('is a line for each training: its snapshots and its end, at the chosen layer', () => {
    for (const [place, layer] of ['layer3', 'layer4'].entries()) {
      const { series, scale } = selectCounts(model, transferOf('alone'), { ...at, axis: 'steps', layer });
      expect(scale).toBe('linear');
      expect(series).toEqual([
        {
          ...{ pretraining: 'moco', look: 1 },
          points: [
            { ...meanInterval(scores('moco-early', 'alone', place)), count: 100 },
            { ...meanInterval(scores('moco', 'alone', place)), count: 400 },
          ],
        },
      ]);
    }
  });
});

describe('across labels', () => {
  it('is a line for each pretraining that is not switched off', () => {
    const { series } = selectCounts(model, transferOf('all'), {
      ...at,
      axis: 'labels',
      hidden: new Set(['moco-early']),
    });
    expect(series.map(({ pretraining }) => pretraining)).toEqual(['random', 'moco']);
    expect(series[1]!.points).toEqual(
      (['few', 'tenth', 'all'] as const).map((transfer, i) => ({
        ...meanInterval(scores('moco', transfer, 1)),
        count: [10, 100, 1000][i],
      })),
    );
  });

  it('tells the labels saved at the smallest budget, seed by seed, with their interval', () => {
    const { savings } = selectCounts(model, transferOf('tenth'), { ...at, axis: 'labels' });
    const curves = (['few', 'tenth', 'all'] as const).map((transfer) => scores('random', transfer, 1));
    const pairs = scores('moco', 'few', 1).map((score, seed) => ({
      point: { labels: 10, score },
      baseline: curves.map((values, i) => ({ labels: [10, 100, 1000][i]!, score: values[seed]! })),
    }));
    expect(savings[0]).toContain('Labels saved at 10 labels.');
    expect(savings).toContain(`moco: ${formatSaving(labelSaving(pairs)!)}`);
    expect(formatSaving(labelSaving(pairs)!)).toMatch(/^[\d.]+× \([\d.]+ to [\d.]+\)$/);
  });
});
