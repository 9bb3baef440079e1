/** Analyses in the model of the Layers panel: drawn by layer as transfers are, compared in matrices, never taken for transfers. */
import { describe, expect, it } from 'vitest';
import { metricName } from '../../../../../src/shared/views/formatNumbers';
import { allMeasures, selectDepth, shownMeasures } from '../../../../../src/shared/views/layers/layersDepth';
import { describeDepths } from '../../../../../src/shared/views/layers/layersFindings';
import { metricTitle } from '../../../../../src/shared/views/report/metrics';
import { layersCases, tenLayers } from '../../../../support/layersFixture';

const model = layersCases.analyses();
const source = (id: string) => model.transfers.find((one) => one.id === id)!;
const meanAt = (id: string, metric: string, pretraining: string, layer: string) => {
  const depth = selectDepth(model, source(id), { metric });
  const row = depth.series.find((one) => one.pretraining === pretraining)!;
  return row.points[tenLayers.indexOf(layer)];
};

describe('analyses by layer', () => {
  it('stand behind the transfers, with their kind before the metric', () => {
    expect(model.transfers.map(({ id, group, isAnalysis }) => [id, group, isAnalysis])).toEqual([
      ['probe', 'Transfers', false],
      ['neighbours', 'Transfers', false],
      ['geometry', 'Geometry', true],
      ['invariance', 'Invariance', true],
      ['readout', 'Readouts', true],
      ['transferability', 'Transfer foretold', true],
      ['likeness', 'Geometry', true],
      ['cka', 'Similarity', true],
    ]);
    expect(source('geometry').metrics).toEqual(['geometry.ratio', 'geometry.rankMe']);
    expect(metricName('geometry.rankMe')).toBe('RankMe');
    expect(metricTitle('geometry.rankMe')).toBe('RankMe');
    expect(source('readout').about).toMatch(/^500 images of emoji\. 1: a linear map reads it perfectly/);
    expect(meanAt('geometry', 'geometry.rankMe', 'random', 'conv1')!.mean).toBeCloseTo(120, 1);
  });

  it('call nothing best that is neither good nor bad', () => {
    const geometry = selectDepth(model, source('geometry'), {});
    expect(geometry.series.flatMap(({ points }) => points.filter((point) => point?.isBest))).toEqual([]);
    expect(describeDepths(geometry).join(' ')).toMatch(/is highest at/);
    expect(describeDepths(geometry).join(' ')).not.toMatch(/best|better|worse/);
    const minus = selectDepth(model, source('geometry'), { baseline: 'random' });
    expect(describeDepths(minus).join(' ')).toMatch(/lower than random at/);
    const foretold = selectDepth(model, source('transferability'), {});
    expect(describeDepths(foretold).join(' ')).toMatch(/exemplar-v2 is best at/);
  });

  it('compare equal layers with each partner, whichever came first', () => {
    expect(source('cka').metrics.map(metricName)).toEqual(['CKA to random', 'CKA to supervised', 'CKA to moco']);
    const [toRandom, toSupervised] = source('cka').metrics as [string, string];
    const value = meanAt('cka', toRandom, 'supervised', 'layer3')!;
    const pair = model.comparisons[0]!.pairs.find(({ second }) => second === 'supervised')!;
    const place = tenLayers.indexOf('layer3');
    expect(pair.first).toBe('random');
    expect(value.mean).toBe(pair.cells[place]![place]!.mean);
    expect(meanAt('cka', toSupervised, 'random', 'layer3')!.mean).toBe(value.mean);
    expect(meanAt('cka', toRandom, 'random', 'layer3')).toBeUndefined();
    expect(meanAt('cka', toRandom, 'exemplar-v2', 'layer3')).toBeUndefined();
  });

  it('are chosen by key; the first of each when nothing fits', () => {
    expect(allMeasures(model)).toHaveLength(new Set(allMeasures(model).map(({ key }) => key)).size);
    expect(shownMeasures(model, undefined)).toHaveLength(model.transfers.length);
    expect(shownMeasures(model, ['gone away'])).toHaveLength(model.transfers.length);
    const chosen = shownMeasures(model, ['readout readout.positionControl', 'probe top5']);
    expect(chosen.map(({ metric }) => metric)).toEqual(['top5', 'readout.positionControl']);
  });

  it('keep histograms of the first seed', () => {
    const [likeness] = model.likenesses;
    expect(likeness!.series.map(({ pretraining, seed }) => [pretraining, seed])).toEqual(
      model.pretrainings.map(({ id }) => [id, 0]),
    );
    expect(likeness!.series[0]!.layers.map(({ layer }) => layer)).toEqual(tenLayers);
  });
});
