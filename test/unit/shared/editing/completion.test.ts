import { dataSchema } from '../../../../src/shared/experiment/schema';
import { transferSchema } from '../../../../src/shared/experiment/transferSchema';
import { describe, expect, it } from 'vitest';
import { complete } from '../../../../src/shared/editing/completion';
import { completeSplits } from '../../../../src/shared/editing/folderSplits';
import { backboneNames } from '../../../../src/shared/experiment/layers';
import { completePaths } from '../../../../src/shared/editing/pathUses';
import { atCursor, labelsAt, recipes, take } from './cursorText';

const head = `name: test
backbone: { name: resnet18, width: 16, stem: small }
data:
  emoji: { kind: emoji }
  digits: { kind: idx }
  folder: { kind: image-folder, root: images, train: learn }
`;

describe('keys of the file', () => {
  it('are those that are not there yet, required ones first', () => {
    expect(labelsAt('name: x\n|')).toEqual([
      'backbone',
      'pretrainings',
      'about',
      'seeds',
      'runtime',
      'imageSize',
      'data',
      'transfers',
      'analyses',
      'tables',
      'resources',
    ]);
    expect(labelsAt('|')[0]).toBe('name');
  });

  it('are found before other keys, half typed', () => {
    expect(labelsAt(`na|\n${head}`)).not.toContain('backbone');
    expect(labelsAt('name: x\nback|\ndata:\n  e: { kind: emoji }\n')).toContain('backbone');
  });

  it('bring their default, or a place for the value', () => {
    expect(take('name: x\n|', 'imageSize')).toBe('name: x\nimageSize: 224');
    expect(take('name: x\n|', 'backbone')).toBe('name: x\nbackbone: {  }');
    expect(take('name: x\n|', 'pretrainings')).toBe('name: x\npretrainings:\n  - id: ');
    expect(take('name: x\n|', 'data')).toBe('name: x\ndata:\n  ');
    expect(take('name: x\nsee|: [3]\n', 'seeds')).toBe('name: x\nseeds: [3]\n');
  });
});

describe('keys of entries', () => {
  it.each([
    ['block', `${head}pretrainings:\n  - id: a\n    method: moco\n    |\n  - id: b\n`],
    ['block, half typed', `${head}pretrainings:\n  - id: a\n    method: moco\n    que|\n    data: emoji\n  - id: b\n`],
    ['flow', `${head}pretrainings:\n  - { id: a, method: moco, | }\n`],
    ['flow, not closed', `${head}pretrainings:\n  - { id: a, method: moco, q|\n  - { id: b }\ntransfers: []\n`],
    ['after a broken line', `${head}x: {a: b\npretrainings:\n  - { id: a, method: moco, | }\n`],
  ])('fit the method: %s', (_, marked) => {
    const labels = labelsAt(marked);
    expect(labels).toContain('queue');
    expect(labels).not.toContain('bank');
    expect(labels).not.toContain('id');
    expect(labels).not.toContain('method');
    expect(labels).not.toContain('weights');
  });

  it('of a new item', () => {
    for (const marked of [
      `${head}pretrainings:\n  - |\n`,
      `${head}pretrainings:\n  -|\n`,
      `${head}pretrainings:\n  |\n`,
      `${head}pretrainings:\n  - id: a\n  |\ntransfers: []\n`,
      `${head}pretrainings:\n  - id: a\n  |\n  - id: b\n`,
    ]) {
      expect(labelsAt(marked)[0], marked).toBe('id');
    }
    expect(take('pretrainings:\n  - id: a\n  |\n', 'id')).toBe('pretrainings:\n  - id: a\n  - id: \n');
    expect(take('pretrainings:\n  -|\n', 'id')).toBe('pretrainings:\n  - id: \n');
  });

  it('take the default of the method, or the value of the recipe', () => {
    expect(take('pretrainings:\n  - { id: a, method: supervised, | }', 'learningRate')).toContain(
      'learningRate: 0.1 }',
    );
    expect(take('pretrainings:\n  - id: a\n    recipe: emoji-moco-v2\n    |', 'queue')).toContain('    queue: 1024');
  });

  it('of a transfer without a task are those that all tasks have', () => {
    const labels = labelsAt('transfers:\n  - id: a\n    |');
    expect(labels[0]).toBe('task');
    expect(labels).toContain('imageSize');
    expect(labels).not.toContain('k');
    expect(labels).not.toContain('layers');
    expect(labelsAt('transfers:\n  - id: a\n    task: knn\n    |')).toContain('k');
  });

  it('of nested mappings', () => {
    expect(labelsAt('pretrainings:\n  - id: a\n    method: moco\n    schedule:\n      |\n    steps: 3\n')).toContain(
      'milestones',
    );
    expect(labelsAt('pretrainings:\n  - id: a\n    schedule: { kind: step, | }\n')).toEqual(
      expect.arrayContaining(['gamma', 'per']),
    );
    expect(labelsAt('transfers:\n  - id: a\n    pool: { | }\n')).toEqual(['maxDimension']);
    expect(labelsAt('data:\n  x:\n    kind: idx\n    |\n')).toEqual(['root', 'train', 'test']);
  });

  it('of a matrix are the settings that may vary', () => {
    const labels = labelsAt('pretrainings:\n  - id: a\n    method: moco\n    matrix: { | }\n');
    expect(labels).toContain('augment');
    expect(labels).not.toContain('id');
  });

  it('insert blocks with the right indentation', () => {
    const text = take('pretrainings:\n  - id: a\n    method: moco\n    |', 'monitor');
    expect(text).toBe('pretrainings:\n  - id: a\n    method: moco\n    monitor:\n      ');
  });
});

describe('values', () => {
  it('of words', () => {
    expect(labelsAt('backbone: { name: | }')).toEqual([...backboneNames]);
    expect(labelsAt('runtime: |\nname: x')).toContain('wasm');
    expect(labelsAt('runtime:|\nname: x')).toContain('wasm');
    expect(take('runtime:|\n', 'wasm')).toBe('runtime: wasm\n');
    const kinds = dataSchema.options.map(({ shape }) => [...shape.kind.unwrap().values][0]!);
    expect(labelsAt('data:\n  x: { kind: | }')).toEqual(kinds);
    const tasks = transferSchema.options.map(({ shape }) => [...shape.task.unwrap().values][0]!);
    expect(labelsAt('transfers:\n  - task: |')).toEqual(tasks);
    expect(labelsAt('transfers:\n  - { id: a, task: linear-probe, standardise: | }')).toEqual(['true', 'false']);
    expect(labelsAt('backbone: { name: resnet50, dilate: [false, |] }')).toEqual(['true', 'false']);
  });

  it('of analyses: their kinds, pretrainings, data, layers and splits', () => {
    const text = `${head}pretrainings:\n  - { id: random }\n  - { id: moco, method: moco, data: emoji }\nanalyses:\n`;
    expect(labelsAt(`${text}  - kind: |`)).toEqual(expect.arrayContaining(['cka', 'geometry', 'transferability']));
    expect(labelsAt(`${text}  - { kind: cka, between: [|] }`)).toEqual(['random', 'moco']);
    expect(labelsAt(`${text}  - { kind: geometry, of: [random, |] }`)).toEqual(['moco']);
    expect(labelsAt(`${text}  - { kind: geometry, data: | }`)).toContain('emoji');
    expect(labelsAt(`${text}  - { kind: geometry, data: emoji, split: | }`)).toEqual(['twitter', 'google']);
    expect(labelsAt(`${text}  - { kind: cka, layers: [layer4, |] }`)).toContain('layer3');
    expect(labelsAt(`${text}  - kind: geometry\n    |`)).toContain('neighbours');
  });

  it('of recipes, for the method or the task', () => {
    expect(labelsAt('pretrainings:\n  - { id: a, method: exemplar, recipe: | }')).toEqual([
      'emoji-exemplar-v2',
      'exemplar-v1-200ep',
      'exemplar-v2-200ep',
    ]);
    expect(labelsAt('transfers:\n  - { id: a, task: linear-probe, recipe: | }')).toEqual([
      'imagenet-linear-sweep',
      'linear-readoff-100ep',
    ]);
    expect(labelsAt('transfers:\n  - { id: a, task: knn, recipe: | }')).toEqual([]);
  });

  it('of ids', () => {
    expect(labelsAt(`${head}pretrainings:\n  - { id: a, data: | }`)).toEqual(['emoji', 'digits', 'folder']);
    const two = `${head}pretrainings:\n  - { id: a }\n  - { id: b }\n`;
    expect(labelsAt(`${two}transfers:\n  - { id: t, of: [a, |] }`)).toEqual(['b']);
    expect(labelsAt(`${two}transfers:\n  - id: t\n    of:\n      - |\n`)).toEqual(['a', 'b']);
    expect(take(`${two}transfers:\n  - id: t\n    of: |\n`, '[a]')).toContain('of: [a]\n');
  });

  it('of splits, by the kind of data', () => {
    expect(labelsAt(`${head}pretrainings:\n  - { id: a, data: emoji, split: | }`)).toEqual(['twitter', 'google']);
    expect(labelsAt(`${head}transfers:\n  - { id: a, task: knn, data: folder, train: | }`)).toEqual(['learn', 'val']);
    expect(labelsAt(`${head}transfers:\n  - { id: a, task: retrieval, data: digits, query: | }`)).toEqual([
      'train',
      'test',
    ]);
    expect(labelsAt('data:\n  e: { kind: emoji, train: | }')).toEqual(['twitter', 'google']);
  });

  it('of layers, by the backbone', () => {
    const labels = labelsAt(`${head}transfers:\n  - { id: a, task: knn, layers: [layer1, la|] }`);
    expect(labels).toContain('layer1.1');
    expect(labels).not.toContain('layer1');
    expect(labels).not.toContain('maxpool');
    expect(
      labelsAt(`${head}transfers:\n  - { id: a, task: knn, layers: [layer1, la|\n    of: [x]\n  - id: y\n`),
    ).toContain('layer2');
    expect(labelsAt(`${head}transfers:\n  - { id: a, task: knn, layers: | }`)[0]).toBe('all');
  });

  it('of a matrix are those of its key', () => {
    expect(labelsAt('pretrainings:\n  - id: a\n    matrix: { augment: [f, |] }\n')).toContain('frcgb');
    expect(labelsAt(`${head}pretrainings:\n  - id: a\n    matrix: { data: [|] }\n`)).toEqual([
      'emoji',
      'digits',
      'folder',
    ]);
  });

  it('of seeds and numbers', () => {
    expect(labelsAt('seeds: |\n')).toContain('[0, 1, 2]');
    expect(labelsAt('pretrainings:\n  - { id: a, method: moco, temperature: | }')).toEqual(['0.2']);
    expect(labelsAt('pretrainings:\n  - { id: a, recipe: moco-v1-200ep, temperature: | }')).toEqual(['0.07', '0.2']);
  });

  it('nowhere else', () => {
    for (const marked of [
      'name: |',
      'name: x # |',
      'about: >\n  some |\n',
      'about: hello\n  |',
      '# |',
      'x: |',
      'a:\n  - b: |',
    ]) {
      expect(labelsAt(marked), marked).toEqual([]);
    }
  });
});

describe('JSON', () => {
  const json = { json: true };
  it('gets quotes', () => {
    expect(take('{ "name": "x", | }', 'imageSize', json)).toBe('{ "name": "x", "imageSize": 224 }');
    expect(take('{ "name": "x", "ima|" }', 'imageSize', json)).toBe('{ "name": "x", "imageSize": 224 }');
    expect(take('{\n  "name": "x",\n  "ima|"\n  "seeds": [1]\n}', 'imageSize', json)).toContain('  "imageSize": 224\n');
    expect(take('{ "runtime": "|" }', 'wasm', json)).toBe('{ "runtime": "wasm" }');
    expect(take('{ "runtime": | }', 'wasm', json)).toBe('{ "runtime": "wasm" }');
    expect(take('{ "pretrainings": [ { "id": "a", | } ] }', 'data', json)).toContain('"data": ""');
    expect(take('{ "pretrainings": [ | ] }', '{ "id": … }', json)).toContain('[ { "id": "" } ]');
  });
});

describe('splits of an image folder', () => {
  const file = (rest: string) => `name: a
data:
  mine: { kind: image-folder, root: my images, train: train }
  emoji: { kind: emoji }
${rest}`;
  const entries = [
    { name: 'val', isFolder: true },
    { name: 'train', isFolder: true },
    { name: 'extra', isFolder: true },
    { name: '.git', isFolder: true },
    { name: 'readme.txt', isFolder: false },
  ];
  const ask = (marked: string) => {
    const { text, offset } = atCursor(marked);
    return complete(text, offset, { recipes });
  };
  const names = (marked: string) => {
    const { items, splits } = ask(marked);
    return [...items, ...completeSplits(splits!, entries)].map(({ label }) => label);
  };

  it('are its sub-folders, beside those that the file names', () => {
    const transfer = file('transfers:\n  - { id: p, task: knn, data: mine, train: | }\n');
    expect(ask(transfer).splits).toMatchObject({ folder: 'my images', known: ['train', 'val'] });
    expect(names(transfer)).toEqual(['train', 'val', 'extra']);
    expect(names(file('pretrainings:\n  - id: m\n    data: mine\n    split: e|\n'))).toContain('extra');
  });

  it('come in the data entry, too', () => {
    const marked = file('').replace('train: train', 'train: |');
    expect(names(marked)).toEqual(expect.arrayContaining(['extra', 'train', 'val']));
  });

  it('are not asked for elsewhere', () => {
    expect(ask(file('transfers:\n  - { id: p, task: knn, data: emoji, train: | }\n')).splits).toBeUndefined();
    expect(ask(file('transfers:\n  - { id: p, task: |, data: mine }\n')).splits).toBeUndefined();
  });
});

describe('paths', () => {
  it.each([
    ['in a block', 'pretrainings:\n  - id: m\n    weights: my models/a|\n'],
    ['in brackets', 'pretrainings: [{ id: m, weights: my models/a| }]\n'],
  ])('with spaces, %s', (_, marked) => {
    const { text, offset } = atCursor(marked);
    const list = complete(text, offset, { recipes });
    expect(list.paths).toMatchObject({ folder: 'my models/' });
    expect(text.slice(list.start, list.end)).toBe('my models/a');
    const [item] = completePaths(list.paths!, [{ name: 'a b.pth', isFolder: false }]);
    expect(item).toMatchObject({ snippet: "'my models/a b.pth'", filter: 'my models/a b.pth' });
  });

  it('from the workspace folder', () => {
    const { text, offset } = atCursor('data:\n  d:\n    kind: image-folder\n    root: ${workspaceFolder}/da|\n');
    const list = complete(text, offset, { recipes });
    expect(list.paths).toMatchObject({ folder: '${workspaceFolder}/', kind: 'folder' });
    expect(text.slice(list.start, list.end)).toBe('${workspaceFolder}/da');
  });

  const entries = [
    { name: 'a.safetensors', isFolder: false },
    { name: 'notes.txt', isFolder: false },
    { name: 'deep', isFolder: true },
    { name: '.git', isFolder: true },
  ];
  it('ask for a folder and offer what fits', () => {
    const { text, offset } = atCursor('pretrainings:\n  - { id: a, weights: weights/a| }');
    const list = complete(text, offset, { recipes });
    expect(list.paths).toMatchObject({ kind: 'file', folder: 'weights/' });
    expect(text.slice(list.start, list.end)).toBe('weights/a');
    expect(completePaths(list.paths!, entries).map(({ label, snippet }) => [label, snippet])).toEqual([
      ['deep/', 'weights/deep/$0'],
      ['a.safetensors', 'weights/a.safetensors'],
    ]);
  });

  it('stay within quotes', () => {
    const { text, offset } = atCursor("data:\n  x: { kind: image-folder, root: '|' }");
    const { paths } = complete(text, offset, { recipes });
    expect(paths).toMatchObject({ kind: 'folder', folder: '' });
    expect(completePaths(paths!, entries).map(({ snippet }) => snippet)).toEqual(["'deep/$0'"]);
  });
});
