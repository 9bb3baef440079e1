/** What makes a comparison unfair or loose: recipes, lengths, seeds, files. */
import { describe, expect, it } from 'vitest';
import { applyFix, parse, spoil } from '../problemsOf';
import { facts, more, testChecks } from './checkCases';

testChecks([
  ['all is well', spoil(), facts(), ['ok']],
  [
    'recipe overridden',
    more('temperature: 0.07'),
    undefined,
    [
      '13:5-16 warning recipe-overridden: `temperature` is 0.07 where the recipe `emoji-moco-v2` has 0.2: the result can no longer be compared with others of that recipe; remove it, or leave the recipe out',
    ],
  ],
  [
    'recipe schedule overridden',
    more('schedule: { kind: step, milestones: [10] }'),
    undefined,
    [
      '13:5-13 warning recipe-overridden: `schedule.kind` is "step" where the recipe `emoji-moco-v2` has "cosine": the result can no longer be compared with others of that recipe; remove it, or leave the recipe out',
    ],
  ],
  ['recipe schedule refined is fine', more('schedule: { warmupSteps: 0 }'), undefined, ['ok']],
  ['varied in a matrix is fine', more('matrix: { temperature: [0.07, 0.2] }'), undefined, ['ok']],
  [
    'unequal lengths',
    spoil(['- { id: random }', '- { id: s, method: supervised, data: emoji, recipe: emoji-supervised, steps: 400 }']),
    undefined,
    [
      '13:80-83 info unequal-length: `s` trains for 400 steps and `moco` for 2500: a difference between them may be one of training time; give both the same `steps` for a fair comparison',
    ],
  ],
  [
    'one seed',
    spoil(['seeds: [0, 1]', 'seeds: [0]']),
    undefined,
    [
      '2:8-11 info one-seed: with one seed there is no interval, so a difference may be chance; three seeds or more, such as `seeds: [0, 1, 2]`, show it',
    ],
  ],
  [
    'repeated seed',
    spoil(['seeds: [0, 1]', 'seeds: [0, 1, 0]']),
    undefined,
    [
      '2:15-16 error duplicate-seed: the seed 0 is listed twice; the same run would count double and make the interval too narrow; remove one',
    ],
  ],
  [
    'one file for all seeds',
    spoil(['{ id: random }', '{ id: r, weights: w.safetensors }']),
    undefined,
    [
      '13:23-36 info same-weights-for-all-seeds: `r` imports the same file for all 2 seeds, so its results count once; use `{seed}` in the path where there is a file for each',
    ],
  ],
]);

/** `base` with its training replaced by a file. */
const imported: readonly [string, string] = [
  `- id: moco
    method: moco
    data: emoji
    recipe: emoji-moco-v2
    steps: 2500
`,
  `- { id: r, weights: w.safetensors }
`,
];
const detection = `transfers:
  - { id: boxes, task: detection, data: scenes }
`;

describe('one file for all seeds', () => {
  const codes = (text: string) => parse(text).problems.map(({ code }) => code);
  const scenes: readonly [string, string] = ['emoji: { kind: emoji }', 'scenes: { kind: emoji-scenes }'];
  const detected = (text: string) => text.replace(/transfers:[\s\S]*$/, detection);

  it('needs no second seed where features are frozen', () => {
    expect(codes(spoil(imported))).toEqual(['same-weights-for-all-seeds']);
    expect(codes(spoil(imported, ['seeds: [0, 1]', 'seeds: [0]']))).toEqual([]);
    const withSeed: readonly [string, string] = ['w.safetensors', '"w-{seed}.safetensors"'];
    expect(codes(spoil(imported, ['seeds: [0, 1]', 'seeds: [0]'], withSeed))).toEqual(['one-seed']);
  });

  it.each([
    '{ id: t, task: linear-probe, data: emoji, solver: sgd }',
    '{ id: t, task: few-shot, data: emoji }',
    '{ id: t, task: linear-probe, data: emoji, budget: 10% }',
  ])('counts for each seed where a transfer draws: %s', (transfer) => {
    const drawn = (text: string) => text.replace(/transfers:[\s\S]*$/, `transfers:\n  - ${transfer}\n`);
    expect(codes(drawn(spoil(imported)))).toEqual([]);
    expect(codes(drawn(spoil(imported, ['seeds: [0, 1]', 'seeds: [0]'])))).toEqual(['one-seed']);
  });

  it('counts for each seed where the network is trained further', () => {
    expect(codes(detected(spoil(imported, scenes)))).toEqual([]);
    expect(codes(detected(spoil(imported, scenes, ['seeds: [0, 1]', 'seeds: [0]'])))).toEqual(['one-seed']);
  });
});

describe('a row of random weights', () => {
  const without = spoil(['- { id: random }', '- { id: s, method: supervised, data: emoji, recipe: emoji-supervised }']);
  const told = (text: string) => parse(text).problems.find(({ code }) => code === 'no-random-row');

  it('is asked for where pretrainings are compared without one, and the fix adds it', () => {
    const problem = told(without)!;
    expect(problem).toMatchObject({ severity: 'info', path: ['pretrainings'] });
    const fixed = applyFix(without, problem.fixes![0]!);
    expect(told(fixed)).toBeUndefined();
    expect(parse(fixed).experiment?.pretrainings.at(-1)).toMatchObject({ id: 'random', method: 'random' });
  });

  it('is not asked for where there is one', () => expect(told(spoil())).toBeUndefined());
});
