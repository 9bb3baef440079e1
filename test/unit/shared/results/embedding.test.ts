/** What an embedding stage left, damaged: every file ends in a sentence that says what to do. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/shared/errors';
import { decodeEmbedding, encodeEmbedding, type EmbeddingResults } from '../../../../src/shared/results/embedding';

function results(changes: Partial<EmbeddingResults['layers'][number]> = {}, label = [0, 1, 0]): EmbeddingResults {
  const map = {
    ...{ layer: 'layer1', coordinates: new Float32Array(6), similarity: new Float32Array(3) },
    ...{ neighbour: Int32Array.of(1, 2, 0), predicted: Int32Array.of(0, 1, 1) },
  };
  return {
    index: {
      ...{ version: 1, method: 'pca', data: 'emoji', split: 'test', classes: ['cat', 'dog'], pictureSize: 32 },
      ...{ images: [5, 7, 9].map((index) => ({ name: `${index}`, index })), layers: ['layer1'], neighbours: 1 },
    },
    label: Int32Array.from(label),
    layers: [{ ...map, ...changes }],
  };
}

function read(of: EmbeddingResults, change: (text: string) => string = (text) => text): EmbeddingResults {
  const files = encodeEmbedding(of);
  const text = change(new TextDecoder().decode(files['embedding.json']));
  return decodeEmbedding(new TextEncoder().encode(text), files['embedding.safetensors']!);
}

describe('the files of an embedding', () => {
  it('are read back as written', () => {
    expect(read(results())).toEqual(results());
  });

  it.each<[string, () => EmbeddingResults]>([
    ['no JSON', () => read(results(), (text) => text.slice(0, -5))],
    ['no mapping', () => read(results(), () => 'null')],
    ['version 2', () => read(results(), (text) => text.replace('"version":1', '"version":2'))],
    ['images', () => read(results(), (text) => text.replace('"index":5', '"index":null'))],
    ['classes', () => read(results(), (text) => text.replace('["cat","dog"]', '"cat"'))],
    ['pictureSize', () => read(results(), (text) => text.replace('"pictureSize":32', '"pictureSize":0'))],
    ['layers', () => read(results(), (text) => text.replace('["layer1"]', '[1]'))],
    ['neighbours', () => read(results(), (text) => text.replace('"neighbours":1', '"neighbours":-1'))],
    ['neighbour/layer1', () => read(results(), (text) => text.replace('"neighbours":1', '"neighbours":2'))],
    ['neighbour/layer1 names place 3 of 3', () => read(results({ neighbour: Int32Array.of(1, 3, 0) }))],
    ['predicted/layer1 names place -1 of 2', () => read(results({ predicted: Int32Array.of(0, -1, 0) }))],
    ['label names place 2 of 2', () => read(results({}, [0, 2, 0]))],
  ])('say what is wrong: %s', (words, act) => {
    expect(act).toThrow(UserError);
    expect(act).toThrow(words);
    expect(act).toThrow('run the experiment again');
  });
});
