import { describe, expect, it } from 'vitest';
import { parse, problemLines, spoil } from './problemsOf';

const withMatrix = (matrix: string) => spoil(['steps: 2500\n', `steps: 2500\n    matrix: ${matrix}\n`]);
const ids = (text: string) => parse(text).experiment?.pretrainings.map(({ id }) => id);

describe('matrix', () => {
  it('makes one pretraining for each value', () => {
    const { experiment } = parse(withMatrix('{ augment: [f, fr, frc, frcg, frcgb] }'));
    const cells = experiment!.pretrainings.flatMap((settings) => (settings.method === 'moco' ? [settings] : []));
    expect(cells.map(({ id, augment }) => [id, augment])).toEqual(
      ['f', 'fr', 'frc', 'frcg', 'frcgb'].map((name) => [`moco[${name}]`, name]),
    );
    // Everything but the varied setting is as without a matrix.
    const [plain] = parse(spoil()).experiment!.pretrainings;
    for (const cell of cells) expect({ ...cell, id: 'moco', augment: 'moco-v2' }).toEqual(plain);
  });

  it('makes one for each combination, the last key fastest', () => {
    expect(ids(withMatrix('{ augment: [f, fr], learningRate: [0.03, 1e-3] }'))).toEqual([
      ...['moco[f,0.03]', 'moco[f,0.001]', 'moco[fr,0.03]', 'moco[fr,0.001]'],
      'random',
    ]);
  });

  it('works on transfers, and `of` takes a whole matrix or one cell', () => {
    const text = spoil(
      ['steps: 2500\n', 'steps: 2500\n    matrix: { augment: [f, fr] }\n'],
      ['task: linear-probe, data: emoji', 'task: knn, data: emoji, of: [moco], matrix: { k: [1, 20] }'],
    );
    const { transfers } = parse(text).experiment!;
    expect(transfers.map(({ id, of }) => [id, of])).toEqual([
      ['probe[1]', ['moco[f]', 'moco[fr]']],
      ['probe[20]', ['moco[f]', 'moco[fr]']],
    ]);
    expect(parse(text.replace('[moco]', '["moco[fr]"]')).experiment!.transfers[0]!.of).toEqual(['moco[fr]']);
  });

  it('may vary method, recipe and data', () => {
    const text = spoil(
      ['method: moco\n', 'matrix: { recipe: [emoji-moco-v2, emoji-exemplar-v2] }\n'],
      ['    recipe: emoji-moco-v2\n', ''],
    );
    expect(parse(text).experiment!.pretrainings.map(({ id, method }) => [id, method])).toEqual([
      ['moco[emoji-moco-v2]', 'moco'],
      ['moco[emoji-exemplar-v2]', 'exemplar'],
      ['random', 'random'],
    ]);
  });

  it.each([
    [
      '{ augmnt: [f] }',
      '13:15-21 error unknown-key: `augmnt` is not a setting, so a matrix cannot vary it; did you mean `augment`?',
    ],
    ['{ id: [a, b] }', '13:15-17 error unknown-key: `id` cannot vary in a matrix'],
    [
      '{ augment: [f, g] }',
      '13:28-29 error unknown-value: item 2 of `augment` is "g"; it must be one of `none`, `f`, `fr`, `frc`, `frcg`, `frcgb`, `moco-v1`, `moco-v2` or `supervised`',
    ],
    [
      '{ temperature: [0.1, 0] }',
      '13:34-35 error out-of-range: item 2 of `temperature` is 0; it must be a number from 0.001 to 10',
    ],
    [
      '{ temperature: [0.1, 0.1] }',
      '13:34-37 error duplicate-value: 0.1 is listed twice in the matrix; the same work would be done under one name; remove one',
    ],
    ['{ augment: [] }', '13:24-26 error out-of-range: `augment` is []; it must be a list of 1 to 64'],
    ['{ augment: f }', '13:24-25 error wrong-type: `augment` is "f"; it must be a list of 1 to 64'],
    [
      '{ learningRate: [1, 2], steps: [1] }',
      '12:5-10 warning matrix-overrides: `steps` is also given outside the matrix; the values of the matrix are used; remove the other',
    ],
  ])('%s', (matrix, expected) => {
    expect(problemLines(withMatrix(matrix))).toContain(expected);
  });

  it('stays within bounds', () => {
    const values = Array.from({ length: 40 }, (_, i) => (i + 1) / 1000).join(', ');
    const text = withMatrix(`{ learningRate: [${values}], weightDecay: [${values}] }`);
    expect(problemLines(text).filter((line) => line.includes('error'))).toEqual([
      '13:5-11 error matrix-too-large: this matrix makes 1600 entries, more than 1000; list fewer values',
    ]);
  });
});

describe('references', () => {
  it.each([
    [
      spoil(['data: emoji }', 'data: emoij }']),
      '15:44-49 error unknown-data: there is no data called `emoij`; did you mean `emoji`?',
    ],
    [
      spoil(['    data: emoji\n', '    data: voc\n']),
      '10:11-14 error unknown-data: there is no data called `voc`; known: emoji',
    ],
    [
      spoil(['data: emoji }\n', 'data: emoji, of: [mocco] }\n']),
      '15:56-61 error unknown-pretraining: there is no pretraining called `mocco`; did you mean `moco`?',
    ],
    [
      spoil(['emoji-moco-v2', 'emoji-mocov2']),
      '11:13-25 error unknown-recipe: there is no recipe called `emoji-mocov2`; did you mean `emoji-moco-v2`?',
    ],
    [
      spoil(['emoji-moco-v2', 'linear-readoff-100ep']),
      expect.stringContaining(
        '11:13-33 error unknown-recipe: the recipe `linear-readoff-100ep` is for transfers; known: ',
      ),
    ],
    [
      spoil(['emoji-moco-v2', 'emoji-exemplar-v2']),
      '11:13-30 error wrong-recipe: the recipe `emoji-exemplar-v2` is for `exemplar`, not for `moco`; recipes for `moco`: emoji-moco-v2, moco-v1-200ep, moco-v2-200ep',
    ],
    [
      spoil(['id: random', 'id: moco']),
      '13:11-15 error duplicate-id: the id `moco` is already that of another of the pretrainings, so results could not be told apart; choose another',
    ],
    [
      spoil(['id: probe', 'id: moco']),
      '15:11-15 error duplicate-id: the id `moco` is already that of one of the pretrainings, so results could not be told apart; choose another',
    ],
    [
      spoil(['data: emoji }\n', 'data: emoji, layers: [layer1, maxpool] }\n']),
      expect.stringContaining(
        '15:68-75 error unknown-layer: resnet18 with the `small` stem has no layer `maxpool`; it has conv1, bn1, relu, layer1.0,',
      ),
    ],
    [
      spoil(['data: emoji }\n', 'data: emoji, layers: [layr4] }\n']),
      '15:60-65 error unknown-layer: resnet18 with the `small` stem has no layer `layr4`; did you mean `layer4`?',
    ],
    [
      spoil(['    method: moco\n    data: emoji\n    recipe: emoji-moco-v2\n', '    data: emoji\n']),
      '9:5-9 error missing-key: `moco` has `data` but no `method`, so it is unclear how to train on it; add `method` with one of `supervised`, `instdisc`, `moco`, `exemplar` or `supcon`',
    ],
    [
      spoil(['    data: emoji\n', '']),
      expect.stringContaining('error missing-key: `moco` needs images but names no `data`; add one of emoji'),
    ],
    [
      spoil(['{ id: random }', '{ id: r, method: imported }']),
      '13:7-9 error missing-key: `r` imports weights but names no file; add `weights: path/to/checkpoint`',
    ],
    [
      spoil(['{ id: random }', '{ id: r, method: moco, weights: w.pth, data: emoji }']),
      '13:28-35 error weights-and-method: `r` has both `weights` and `method: moco`, so it is unclear whether to import or to train; remove one of them',
    ],
    [
      spoil(['steps: 2500', 'steps: 2500\n    epochs: 3']),
      '13:5-11 error epochs-and-steps: both `epochs: 3` and `steps: 2500` are given, and they may disagree about the length of the training; remove one of them',
    ],
    [
      spoil(['{ id: random }', '{ id: random, method: random, queue: 10 }']),
      '13:35-40 warning no-effect: `queue` has no effect with method `random`; remove it, or choose another method',
    ],
    [
      spoil(['data: emoji }\n', 'data: d, labels: emoji }\n'], ['data:\n', 'data:\n  d: { kind: idx }\n']),
      '16:47-53 warning no-effect: `labels` has no effect on `idx` data, whose classes are fixed; remove it',
    ],
  ])('case %#', (text, expected) => {
    expect(problemLines(text)).toContainEqual(expected);
  });
});
