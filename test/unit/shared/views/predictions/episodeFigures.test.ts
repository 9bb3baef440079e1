/** Figures of few-shot episodes on two small ones written out. */
import { describe, expect, it } from 'vitest';
import type { EpisodeResults } from '../../../../../src/shared/results/episodes';
import {
  chosenLayer,
  countBins,
  listEpisode,
  orderEpisodes,
  summariseLayers,
} from '../../../../../src/shared/views/predictions/episodeFigures';

const picture = (name: string, of: number) => ({ name, split: 'test', index: 0, class: of });
const results: EpisodeResults = {
  index: {
    ...{ version: 1, ways: 2, shots: 1, queries: 2, episodes: 3, classifier: 'nearest-mean', neighbours: 0 },
    ...{ classes: ['cat', 'dog', 'owl'], leftOut: [], layers: ['layer3', 'layer4'] },
    pictures: [picture('c0', 0), picture('c1', 0), picture('d0', 1), picture('d1', 1), picture('o0', 2)],
  },
  way: Int32Array.of(0, 1, 1, 2, 0, 2),
  support: Int32Array.of(0, 2, 3, 4, 1, 4),
  query: Int32Array.of(0, 1, 2, 3, 2, 3, 4, 4, 0, 1, 4, 4),
  layers: [
    {
      layer: 'layer3',
      accuracy: Float64Array.of(0.5, 0.5, 1),
      predictions: Uint8Array.of(0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1),
    },
    {
      layer: 'layer4',
      accuracy: Float64Array.of(1, 0.25, 0.75),
      predictions: Uint8Array.of(0, 0, 1, 1, 1, 1, 0, 1, 0, 0, 1, 0),
    },
  ],
  scores: new Float32Array(24),
  neighbour: new Int32Array(0),
  similarity: new Float32Array(0),
};

describe('figures of episodes', () => {
  it('list classes with their supports and what their queries were taken for', () => {
    expect(listEpisode(results, chosenLayer(results, 'layer3'), 1)).toEqual([
      {
        name: 'dog',
        support: [3],
        queries: [
          { place: 0, picture: 2, truth: 0, predicted: 0 },
          { place: 1, picture: 3, truth: 0, predicted: 0 },
        ],
      },
      {
        name: 'owl',
        support: [4],
        queries: [
          { place: 2, picture: 4, truth: 1, predicted: 0 },
          { place: 3, picture: 4, truth: 1, predicted: 0 },
        ],
      },
    ]);
  });

  it('take the last layer for one that is not there', () => {
    expect(chosenLayer(results, '').layer).toBe('layer4');
    expect(chosenLayer(results, 'conv9').layer).toBe('layer4');
  });

  it('order episodes, ties as they were drawn', () => {
    const layer = chosenLayer(results, 'layer3');
    expect([...orderEpisodes(layer, 'drawn')]).toEqual([0, 1, 2]);
    expect([...orderEpisodes(layer, 'worst')]).toEqual([0, 1, 2]);
    expect([...orderEpisodes(layer, 'best')]).toEqual([2, 0, 1]);
    expect([...orderEpisodes(chosenLayer(results, 'layer4'), 'worst')]).toEqual([1, 2, 0]);
  });

  it('average over episodes with a Student interval', () => {
    const [, last] = summariseLayers(results);
    // 1, 0.25, 0.75: s = 0.3819, t(2, 0.975) = 4.3027.
    expect(last!.mean).toBeCloseTo(2 / 3, 12);
    expect(last!.halfWidth).toBeCloseTo((4.30265 * Math.sqrt(7 / 48)) / Math.sqrt(3), 4);
  });

  it('count into bins, edges in the upper one, 1 in the last', () => {
    expect(countBins([0, 0.05, 12 / 20, 0.7 - 0.1, 0.999, 1], 20)).toEqual(
      [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 2], // prettier-ignore
    );
  });
});
