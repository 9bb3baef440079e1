/** Whether rows separate method, recipe and data: what differs, the ways between rows, and the hint that adds a control. */
import { describe, expect, it } from 'vitest';
import {
  differingAspects,
  findSeparation,
  trainedRow,
  type TrainedRow,
} from '../../../../../src/shared/experiment/controls';
import { applyFix, parse, spoil } from '../problemsOf';

const row = (id: string, method: string, more: object = {}): TrainedRow =>
  trainedRow(id, {
    ...{
      id,
      method,
      data: 'emoji',
      split: 'train',
      augment: 'a',
      steps: 100,
      batch: 32,
      imageSize: 32,
      learningRate: 0.1,
    },
    ...more,
  })!;

describe('what two pretrainings differ in', () => {
  it.each<[string, TrainedRow, readonly string[]]>([
    ['nothing', row('b', 'moco', { about: 'words', logEvery: 5 }), []],
    ['method', row('b', 'supervised', { learningRate: 0.3 }), ['method']],
    [
      'all',
      row('b', 'supervised', { augment: 'b', epochs: 9, steps: undefined, data: 'other' }),
      ['method', 'augmentation', 'length', 'data'],
    ],
    ['a setting of the method', row('b', 'moco', { learningRate: 0.3 }), ['other settings']],
    ['batch', row('b', 'moco', { batch: 64 }), ['batch']],
    ['one batch in parts', row('b', 'moco', { batch: 16, accumulate: 2 }), []],
  ])('%s', (_, other, aspects) => expect(differingAspects(row('a', 'moco'), other)).toEqual(aspects));

  it('is not asked of weights that were not trained here', () => {
    expect(['random', 'imported', 'snapshot'].map((method) => trainedRow('r', { method }))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(trainedRow('r', null)).toBeUndefined();
  });
});

describe('the way between two pretrainings', () => {
  const a = row('a', 'supervised');
  const b = row('b', 'moco', { augment: 'b', steps: 200 });
  const ids = (...between: readonly TrainedRow[]) => findSeparation(a, b, [a, b, ...between])?.map(({ id }) => id);

  it('goes by one factor at a time, on either side', () => {
    expect(ids()).toBeUndefined();
    expect(ids(row('c', 'supervised', { augment: 'b', steps: 200 }))).toEqual(['a', 'c', 'b']);
    expect(ids(row('c', 'moco'))).toEqual(['a', 'c', 'b']);
    expect(ids(row('c', 'moco', { augment: 'c' }))).toBeUndefined();
    expect(ids(row('c', 'supervised', { augment: 'b' }))).toBeUndefined();
  });

  it('needs a row for each further factor', () => {
    const far = row('b', 'moco', { augment: 'b', data: 'other' });
    const between = [row('c', 'moco'), row('d', 'moco', { augment: 'b' })];
    expect(findSeparation(a, far, [a, far, ...between])?.map(({ id }) => id)).toEqual(['a', 'c', 'd', 'b']);
    expect(findSeparation(a, far, [a, far, between[0]!])).toBeUndefined();
  });

  it('is the two themselves where they differ in one factor', () => {
    expect(findSeparation(a, row('b', 'moco'), [])?.map(({ id }) => id)).toEqual(['a', 'b']);
  });
});

describe('a control row', () => {
  const told = (text: string) => parse(text).problems.find(({ code }) => code === 'no-control-row');
  const compared = spoil([
    '- { id: random }',
    '- { id: s, method: supervised, data: emoji, recipe: emoji-supervised, steps: 400 }',
  ]);

  it('is asked for where method and recipe differ together, and the fix adds it', () => {
    const problem = told(compared)!;
    expect(problem.severity).toBe('info');
    expect(problem.message).toBe(
      '`moco` and `s` differ in method and length, and no row separates these: what makes one better stays open; add `moco` with the recipe of `s`',
    );
    const fixed = parse(applyFix(compared, problem.fixes![0]!));
    expect(fixed.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(fixed.problems.map(({ code }) => code)).not.toContain('no-control-row');
    const [s, control] = ['s', 'moco-as-s'].map((id) => fixed.experiment!.pretrainings.find((one) => one.id === id));
    expect(differingAspects(trainedRow('x', control)!, trainedRow('y', s)!)).toEqual(['method']);
  });

  it('is not asked for where the method alone differs, or one method is compared', () => {
    expect(told(spoil())).toBeUndefined();
    expect(
      told(
        compared
          .replace('id: s, method: supervised', 'id: s, method: moco')
          .replace('emoji-supervised', 'emoji-moco-v2'),
      ),
    ).toBeUndefined();
  });
});
