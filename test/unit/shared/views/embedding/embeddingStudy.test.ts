/** Maps of several stages joined, turned onto each other, coloured, filtered, searched and written out. */
import { describe, expect, it } from 'vitest';
import type { AnalysedPretraining } from '../../../../../src/shared/protocol/panels/analysisStart';
import {
  defaultEmbeddingView,
  type EmbeddingModel,
  type EmbeddingStage,
} from '../../../../../src/shared/protocol/panels/embeddingPanel';
import { decodeEmbedding, encodeEmbedding, type EmbeddingResults } from '../../../../../src/shared/results/embedding';
import { chosenCsv, countClasses, mostAlike } from '../../../../../src/shared/views/embedding/chosenImages';
import {
  chooseMaps,
  chooseStages,
  followEmbedding,
  spreadOut,
} from '../../../../../src/shared/views/embedding/chooseMaps';
import { EmbeddingStudy, mergeOrders } from '../../../../../src/shared/views/embedding/embeddingStudy';
import {
  groupPoints,
  legendLines,
  searchImages,
  weighPoints,
} from '../../../../../src/shared/views/embedding/pointGroups';

const pretrainings: AnalysedPretraining[] = [
  { id: 'moco', look: 0 },
  { id: 'random', look: 1 },
];

function stage(pretraining: string, changes: Partial<EmbeddingStage> = {}): EmbeddingStage {
  return {
    ...{ key: pretraining, analysis: 'map', pretraining, seed: 0, run: 'r-1', folder: `stages/${pretraining}` },
    ...{ data: 'emoji', split: 'test', notes: [], method: 'umap' as const, hasFiles: false, layers: [] },
    ...changes,
  };
}

/** Four images on a cross whose arms differ, turned by `angle`, mirrored and made larger. */
function results({ angle = 0, mirror = 1, size = 1, from = 0, classes = ['cat', 'dog'] }): EmbeddingResults {
  const points = [
    [3, 0],
    [0, 2],
    [-4, 0.5],
    [1, -2.5],
  ];
  const coordinates = Float32Array.from(
    points.flatMap(([x = 0, y = 0]) => [
      size * (x * Math.cos(angle) - mirror * y * Math.sin(angle)),
      size * (x * Math.sin(angle) + mirror * y * Math.cos(angle)),
    ]),
  );
  const map = {
    coordinates,
    neighbour: Int32Array.of(1, 2, 0, 3, 3, 0, 2, 1),
    similarity: Float32Array.of(0.9, 0.5, 0.9, 0.25, 0.75, 0.5, 0.75, 0.25),
    predicted: Int32Array.of(0, 0, 1, 1),
  };
  return {
    index: {
      ...{ version: 1, method: 'umap', data: 'emoji', split: 'test', classes, pictureSize: 32, neighbours: 2 },
      images: ['big cat', 'cat 2', 'dog', 'dog CAT'].map((name, i) => ({ name, index: from + i })),
      layers: ['layer1', 'layer2'],
    },
    label: Int32Array.of(0, 0, 1, 0),
    layers: [
      { layer: 'layer1', ...map },
      { layer: 'layer2', ...map },
    ],
  };
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
}

describe('joined maps', () => {
  const study = new EmbeddingStudy({ pretrainings }, [
    { stage: stage('moco'), results: results({}) },
    { stage: stage('random'), results: results({ angle: 2, mirror: -1, size: 50 }) },
  ]);

  it('are of one size and turned onto the first, mirrored ones too', () => {
    const [one, other] = ['moco', 'random'].map((model) => study.map({ model, layer: 'layer2', seed: 0 })!);
    expect(distance(one!.at, other!.at)).toBeLessThan(1e-5);
    const square = one!.at.reduce((sum, value) => sum + value * value, 0) / 4;
    expect(square).toBeCloseTo(1, 5);
    expect(study.map({ model: 'moco', layer: 'layer2', seed: 0 })).toBe(one);
    expect(study.map({ model: 'moco', layer: 'gone', seed: 0 })).toBeUndefined();
    // Weights that have no seed are shown whatever the seed is.
    expect(study.map({ model: 'moco', layer: 'layer2', seed: 9 })).toBe(one);
  });

  it('join images by place and classes by name where stages have others', () => {
    const joined = new EmbeddingStudy({ pretrainings }, [
      { stage: stage('moco'), results: results({}) },
      { stage: stage('random'), results: results({ angle: 1, from: 2, classes: ['dog', 'cow'] }) },
    ]);
    expect(joined.images.map(({ place }) => place)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(joined.classes).toEqual(['cat', 'dog', 'cow']);
    // Places 2 and 3 keep the labels of the first stage.
    expect([...joined.label]).toEqual([0, 0, 1, 0, 2, 1]);
    const map = joined.map({ model: 'random', layer: 'layer1', seed: 0 })!;
    expect([...map.at.subarray(0, 4)].every(Number.isNaN)).toBe(true);
    expect([...map.predicted]).toEqual([-1, -1, 1, 1, 2, 2]);
    expect(map.neighbours(2)).toEqual([
      { image: 3, similarity: expect.closeTo(0.9, 5) as number },
      { image: 4, similarity: 0.5 },
    ]);
    expect(map.neighbours(0)).toEqual([]);
    // The picture is the stage's that knew the image first.
    expect(joined.images[4]!.picture).toEqual({ url: 'stages/random/images-0.webp', x: 64, y: 0, size: 32 });
  });

  it('survive writing and reading', () => {
    const files = encodeEmbedding(results({}));
    const again = decodeEmbedding(files['embedding.json']!, files['embedding.safetensors']!);
    expect(again.layers[1]!.neighbour).toEqual(results({}).layers[1]!.neighbour);
  });

  it('are coloured, counted, hidden and emphasised by class', () => {
    const map = study.map({ model: 'moco', layer: 'layer1', seed: 0 })!;
    const look = (): readonly [number, number, number] => [1, 2, 3];
    const groups = groupPoints(study, map, 'label', look);
    const view = { hidden: ['dog'], emphasised: undefined };
    expect(legendLines([groups, groups], view).map(({ name, count, isHidden }) => [name, count, isHidden])).toEqual([
      ['cat', 3, false],
      ['dog', 1, true],
    ]);
    expect([...weighPoints(groups, view)]).toEqual([2, 2, 0, 2]);
    expect([...weighPoints(groups, { hidden: [], emphasised: 'dog' })]).toEqual([1, 1, 2, 1]);
    expect([...weighPoints(groups, { hidden: [], emphasised: 'cow' })]).toEqual([2, 2, 2, 2]);
    expect([...weighPoints(groups, { hidden: ['dog'], only: new Set([0, 2]) })]).toEqual([2, 1, 0, 1]);
    const right = groupPoints(study, map, 'right', look);
    expect([...right.of].map((group) => right.groups[group]!.name)).toEqual(['right', 'right', 'right', 'wrong']);
    expect(groupPoints(study, map, 'pretraining', look).groups).toEqual([
      { name: 'moco', colour: [1, 2, 3], shape: 0 },
    ]);
  });

  it('are searched by words of names in any case', () => {
    expect(searchImages(study, 'CAT')).toEqual([0, 1, 3]);
    expect(searchImages(study, 'cat dog')).toEqual([3]);
    expect(searchImages(study, '  ')).toEqual([]);
  });

  it('tell of chosen images their classes and who else is alike', () => {
    const map = study.map({ model: 'moco', layer: 'layer1', seed: 0 })!;
    expect(countClasses(study, [0, 1, 2])).toEqual([
      { name: 'cat', count: 2, all: 3 },
      { name: 'dog', count: 1, all: 1 },
    ]);
    expect(mostAlike(map, [0, 1], 5)).toEqual([
      { image: 2, similarity: 0.5 },
      { image: 3, similarity: 0.25 },
    ]);
    const lines = chosenCsv(study, [map], [2]).trim().split('\r\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^dog,emoji,test,2,dog,moco,0,layer1,umap,-[\d.]+,[\d.]+,dog,dog CAT,0\.75$/);
  });
});

describe('which maps are shown', () => {
  const study = new EmbeddingStudy({ pretrainings }, [
    { stage: stage('moco'), results: results({}) },
    { stage: stage('random'), results: results({}) },
  ]);
  const view = defaultEmbeddingView;
  const titles = (change: object): string[] =>
    chooseMaps(study, { ...view, ...change }, 0).map(({ model, layer }) => `${model} ${layer}`);

  it('is the deepest layer, the chosen one, or several beside it', () => {
    expect(titles({})).toEqual(['random layer2']);
    expect(titles({ model: 'moco', layer: 'layer1' })).toEqual(['moco layer1']);
    expect(titles({ model: 'gone', layer: 'gone' })).toEqual(['random layer2']);
    expect(titles({ beside: 'layers', maps: 4 })).toEqual(['random layer1', 'random layer2']);
    expect(titles({ beside: 'models', layer: 'layer1' })).toEqual(['moco layer1', 'random layer1']);
    // Neither has another seed.
    expect(titles({ beside: 'seeds' })).toEqual(['random layer2']);
  });

  it('takes layers in equal steps with the chosen one among them', () => {
    const layers = Array.from({ length: 12 }, (_, i) => `${i}`);
    expect(spreadOut(layers, '11', 4)).toEqual(['2', '5', '8', '11']);
    expect(spreadOut(layers, '4', 4)).toEqual(['2', '4', '8', '11']);
    expect(spreadOut(layers.slice(0, 2), '0', 4)).toEqual(['0', '1']);
  });

  it('follows what other panels choose, where it is here', () => {
    const image = { data: 'emoji', split: 'test', name: 'dog' };
    const chosen = { pretraining: 'moco', layer: 'layer1', image };
    expect(followEmbedding(study, view, chosen)).toEqual({ model: 'moco', layer: 'layer1', image: 2 });
    expect(followEmbedding(study, view, { pretraining: 'gone', image: { ...image, data: 'other' } })).toBeUndefined();
  });

  it('is of one source, method and seed, unless seeds stand side by side', () => {
    const stages = [
      stage('moco', { key: 'a', seed: 1 }),
      stage('moco', { key: 'b', seed: 2 }),
      stage('moco', { key: 'c', seed: 1, method: 'pca' }),
      stage('moco', { key: 'd', seed: 1, data: 'digits' }),
    ];
    const model = { stages } as unknown as EmbeddingModel;
    const keys = (change: object): string[] =>
      chooseStages(model, { ...view, ...change })!.stages.map(({ key }) => key);
    expect(keys({})).toEqual(['a']);
    expect(keys({ seed: 2 })).toEqual(['b']);
    expect(keys({ beside: 'seeds' })).toEqual(['a', 'b']);
    expect(keys({ method: 'pca' })).toEqual(['c']);
    expect(keys({ source: 'digits/test' })).toEqual(['d']);
    expect(chooseStages({ ...model, stages: [] }, view)).toBeUndefined();
  });

  it('merges orders of layers', () => {
    expect(
      mergeOrders([
        ['a', 'c', 'd'],
        ['a', 'b', 'd', 'e'],
      ]),
    ).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});
