/** Sentences about a transfer by depth, against values that decide what may be claimed. */
import { describe, expect, it } from 'vitest';
import type { LayersModel } from '../../../../../src/shared/protocol/panels/layersPanel';
import { selectDepth } from '../../../../../src/shared/views/layers/layersDepth';
import { describeDepths, nameLayers } from '../../../../../src/shared/views/layers/layersFindings';
import { layersCases } from '../../../../support/layersFixture';

const layers = ['conv1', 'layer1', 'layer2', 'layer3', 'layer4'];
type Values = Record<string, readonly (readonly number[])[]>;

/** values[pretraining][layer][seed]. */
function modelOf(values: Values, metric = 'accuracy'): LayersModel {
  const ids = Object.keys(values);
  const places = layers.slice(0, values[ids[0]!]!.length).map((layer, i) => ({ layer, depth: i / 4, dimension: 8 }));
  const seeds = values[ids[0]!]![0]!.map((_, seed) => seed);
  const series = ids.map((pretraining) => ({
    pretraining,
    seeds: seeds.map((seed) => ({
      seed,
      values: { [metric]: values[pretraining]!.map((list) => list[seed] ?? null) },
    })),
  }));
  return {
    ...layersCases.nothingYet(),
    seeds,
    pretrainings: ids.map((id, look) => ({ id, look, method: id, origin: id, isStale: false })),
    transfers: [
      {
        id: 'probe',
        group: 'Transfers',
        isAnalysis: false,
        task: 'linear-probe',
        data: 'd',
        about: '',
        isStale: false,
        metrics: [metric],
        chance: {},
        layers: places,
        series,
      },
    ],
  };
}

function say(values: Values, choice: { metric?: string; baseline?: string } = {}): string[] {
  const model = modelOf(values, choice.metric);
  return describeDepths(selectDepth(model, model.transfers[0]!, choice));
}

const around = (centre: number, spread = 0.001): number[] => [centre - spread, centre, centre + spread];

describe('findings by layer', () => {
  it('says where somebody is best, by how much, and where it is too close to tell', () => {
    const [first, second] = say({
      supervised: [around(0.2), around(0.3), around(0.4)],
      moco: [[0.201, 0.199, 0.2], around(0.25), around(0.37)],
    });
    // Differences at layer2 are 3 points for each seed, so their interval is 0.
    expect(first).toBe(
      'supervised is best at layer1 and layer2, at layer2 by 3.0 ± 0.0 points over moco, but it is too close to tell at conv1 (between supervised and moco).',
    );
    expect(second).toBe('Highest mean of each: supervised and moco at layer2.');
  });

  it('names every leader and says nothing of doubt where there is none', () => {
    const sentences = say({ a: [around(0.2), around(0.3)], b: [around(0.1), around(0.4)] });
    expect(sentences).toEqual([
      'a is best at conv1, by 10.0 ± 0.0 points over b.',
      'b is best at layer1, by 10.0 ± 0.0 points over a.',
      'Highest mean of each: a and b at layer1.',
    ]);
  });

  it('claims nothing when all is close', () => {
    const [first] = say({ a: [[0.1, 0.3, 0.2]], b: [[0.3, 0.1, 0.21]] });
    expect(first).toBe('Who is best is too close to tell at conv1 (between b and a).');
  });

  it('does not judge one seed, or one pretraining', () => {
    expect(say({ a: [[0.2], [0.3]], b: [[0.25], [0.31]] })).toEqual([
      'One seed only: there is no interval, so which is best cannot be told from chance.',
      'b has the highest value at layer1, 31.0 %.',
    ]);
    expect(say({ a: [around(0.4, 0), around(0.3, 0)] })).toEqual([
      'a is the only one measured, highest at conv1: 40.0 ± 0.0 %.',
    ]);
  });

  it('takes a low loss for better', () => {
    expect(say({ a: [around(1.5)], b: [around(1.2)] }, { metric: 'loss' })).toEqual([
      'b is best at conv1, by 0.300 ± 0.000 nats over a.',
      'Lowest mean of each: a and b at conv1.',
    ]);
  });

  it('compares with a baseline layer by layer', () => {
    const sentences = say(
      {
        random: [around(0.2), around(0.2), around(0.2)],
        moco: [around(0.15), [0.19, 0.21, 0.2], around(0.4)],
        dull: [
          [0.19, 0.21, 0.2],
          [0.21, 0.19, 0.2],
          [0.19, 0.21, 0.2],
        ],
      },
      { baseline: 'random' },
    );
    expect(sentences).toEqual([
      'moco is better than random at layer2 (+20.0 ± 0.0 points), worse at conv1 (−5.0 ± 0.0 points), too close to tell at layer1.',
      'dull is too close to random to tell at every layer.',
    ]);
  });

  it('has nothing to say of nothing', () => {
    const model = layersCases.underWay();
    const [probe] = model.transfers;
    const none = { ...probe!, series: probe!.series.map((one) => ({ ...one, seeds: [] })) };
    expect(describeDepths(selectDepth(model, none, {}))).toEqual([]);
  });

  it('joins neighbours in lists of layers', () => {
    const model = layersCases.full();
    const view = selectDepth(model, model.transfers[0]!, {});
    expect(nameLayers(view, [0])).toBe('conv1');
    expect(nameLayers(view, [0, 1])).toBe('conv1 and maxpool');
    expect(nameLayers(view, [0, 2, 3, 4, 9])).toBe('conv1, layer1.0 to layer2.0 and avgpool');
    expect(
      nameLayers(
        view,
        view.layers.map((_, i) => i),
      ),
    ).toBe('every layer');
  });
});
