import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/shared/errors';
import {
  decodeEpisodes,
  encodeEpisodes,
  EPISODE_ARRAYS_FILE,
  EPISODES_FILE,
  type EpisodeResults,
} from '../../../../src/shared/results/episodes';

const results: EpisodeResults = {
  index: {
    version: 1,
    ways: 2,
    shots: 1,
    queries: 2,
    episodes: 3,
    classifier: 'nearest-mean',
    classes: ['cat', 'dog', 'owl'],
    leftOut: ['emu'],
    pictures: Array.from({ length: 9 }, (_, i) => ({ name: `picture ${i}`, split: 'val', index: i, class: i % 3 })),
    pictureSize: 64,
    layers: ['layer3', 'layer4'],
    neighbours: 2,
  },
  way: Int32Array.from([0, 1, 2, 0, 1, 2]),
  support: Int32Array.from([0, 1, 2, 3, 4, 5]),
  query: Int32Array.from({ length: 12 }, (_, i) => i % 9),
  layers: ['layer3', 'layer4'].map((layer, i) => ({
    layer,
    accuracy: Float64Array.from([1 / 3, 0.5, i]),
    predictions: Uint8Array.from({ length: 12 }, (_, k) => (k + i) % 2),
  })),
  scores: Float32Array.from({ length: 24 }, (_, i) => i / 24),
  neighbour: Int32Array.from({ length: 18 }, (_, i) => (i + 1) % 9),
  similarity: Float32Array.from({ length: 18 }, (_, i) => 1 - i / 9),
};

const read = (files: Readonly<Record<string, Uint8Array>>) =>
  decodeEpisodes(files[EPISODES_FILE]!, files[EPISODE_ARRAYS_FILE]!);

describe('episode files', () => {
  it('come back as they were written', () => {
    expect(read(encodeEpisodes(results))).toEqual(results);
  });

  it('are refused when they do not belong together', () => {
    const files = encodeEpisodes(results);
    const json = new TextEncoder().encode(JSON.stringify({ ...results.index, queries: 1 }));
    expect(() => decodeEpisodes(json, files[EPISODE_ARRAYS_FILE]!)).toThrow(/does not fit/);
  });

  it('of another version are refused', () => {
    const json = new TextEncoder().encode(JSON.stringify({ ...results.index, version: 2 }));
    expect(() => decodeEpisodes(json, encodeEpisodes(results)[EPISODE_ARRAYS_FILE]!)).toThrow(/version 2/);
  });

  const changed = (from: string, to: string) => () => {
    const files = encodeEpisodes(results);
    const text = new TextDecoder().decode(files[EPISODES_FILE]).replace(from, to);
    return decodeEpisodes(new TextEncoder().encode(text), files[EPISODE_ARRAYS_FILE]!);
  };

  it.each<[string, () => unknown]>([
    ['no JSON', changed('"ways":2', '"ways":')],
    ['ways', changed('"ways":2', '"ways":0')],
    ['pictures', changed('"index":3,', '')],
    ['layers', changed('["layer3","layer4"]', '[]')],
    ['pictureSize', changed('"pictureSize":64', '"pictureSize":-1')],
    ['way names place 3 of 3', () => read(encodeEpisodes({ ...results, way: Int32Array.of(0, 1, 2, 3, 1, 2) }))],
    [
      'neighbour names place -1 of 9',
      () =>
        read(encodeEpisodes({ ...results, neighbour: results.neighbour.map((place, i) => (i === 4 ? -1 : place)) })),
    ],
  ])('say what is wrong: %s', (words, act) => {
    expect(act).toThrow(UserError);
    expect(act).toThrow(words);
    expect(act).toThrow('run the few-shot transfer again');
  });
});
