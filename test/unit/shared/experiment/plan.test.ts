import { describe, expect, it } from 'vitest';
import { planStages, weightFiles } from '../../../../src/shared/experiment/plan';
import type { PlanInputs } from '../../../../src/shared/experiment/stageList';
import { selectStages } from '../../../../src/shared/experiment/selectStages';
import type { Plan, Stage } from '../../../../src/shared/experiment/stages';
import { base, parse, spoil } from './problemsOf';

const inputs: PlanInputs = {
  fingerprints: { emoji: 'fingerprint-of-emoji', digits: 'fingerprint-of-digits' },
  fileHashes: { 'w-0.pth': 'hash-0', 'w-1.pth': 'hash-1', 'w.pth': 'hash' },
  runtimeFamily: 'wasm',
  codeVersions: { pretraining: '1', features: '1', transfer: '1', analysis: '1' },
};

function plan(text: string, changes: Partial<PlanInputs> = {}): Plan {
  const { experiment, problems } = parse(text);
  if (!experiment) throw new Error(problems.map(({ message }) => message).join('\n'));
  return planStages(experiment, { ...inputs, ...changes });
}

const keys = (stages: readonly Stage[], kind?: Stage['kind']) =>
  stages.filter((stage) => !kind || stage.kind === kind).map(({ id, key }) => `${id} ${key}`);

/** Which kinds of stages got new keys through a change. */
function changed(before: Plan, after: Plan): string[] {
  const known = new Set(before.stages.map(({ key }) => key));
  return [...new Set(after.stages.filter(({ key }) => !known.has(key)).map(({ kind }) => kind))].sort();
}

const all = ['features', 'pretraining', 'transfer'];
const later = ['features', 'transfer'];

describe('planStages', () => {
  it('orders each row: weights, features, transfers; seed by seed', () => {
    const { stages } = plan(base);
    expect(stages.map(({ id }) => id)).toEqual(
      [0, 1].flatMap((seed) =>
        ['moco', 'random'].flatMap((id) =>
          ['', '/features/emoji:twitter', '/features/emoji:google', '/probe'].map(
            (part) => `${id}/seed-${seed}${part}`,
          ),
        ),
      ),
    );
  });

  it('puts every stage after those it needs, and gives distinct ids', () => {
    const { stages } = plan(
      spoil([
        '- { id: probe',
        '- { id: knn, task: knn, data: emoji, layers: [layer4] }\n  - { id: find, task: retrieval, data: emoji }\n  - { id: probe',
      ]),
    );
    const done = new Set<string>();
    for (const stage of stages) {
      for (const need of stage.needs) expect(done.has(need)).toBe(true);
      done.add(stage.key);
      expect(stage.key).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(new Set(stages.map(({ id }) => id)).size).toBe(stages.length);
  });

  it('shares features between transfers that read the same', () => {
    const one = plan(base).stages.filter(({ kind }) => kind === 'features').length;
    const two = plan(spoil(['- { id: probe', '- { id: find, task: retrieval, data: emoji }\n  - { id: probe']));
    expect(two.stages.filter(({ kind }) => kind === 'features').length).toBe(one);
    const [find, probe] = ['find', 'probe'].map((id) =>
      two.stages.find((stage) => stage.kind === 'transfer' && stage.transfer === id)!,
    );
    expect(find!.needs).toEqual(probe!.needs);
  });

  it('has keys that stay the same from version to version (raise codeVersions to change them)', () => {
    expect(keys(plan(spoil(['seeds: [0, 1]', 'seeds: [7]'])).stages)).toMatchInlineSnapshot(`
      [
        "moco/seed-7 cf62fa241a690b5c36051a2bbe024253b8a4e80f50903490c09eee0aeb855005",
        "moco/seed-7/features/emoji:twitter bd2013e50d1c38bc0d0c317d76d7e8976c0d4db074031be128d40ce0aa83147b",
        "moco/seed-7/features/emoji:google 779fe998c6d9ef3da1770086aa9dad3fb69918262f4761174e966e87559ea656",
        "moco/seed-7/probe c68a30aa12a3b697b580c877fd3930cb2882d6d770a6445bf162587b4f3401fc",
        "random/seed-7 195a4966f001f67c4de31083b77fd8b96b9ca56b74bcfb5a1e55a5a2a1eb5b43",
        "random/seed-7/features/emoji:twitter 6c9c494e9d2e2db35f01bc51e6fe988d1e7399ab3285eb5d5e008d8cc180302a",
        "random/seed-7/features/emoji:google 1f952f43633fee50de10350947fcd0df2d9f6fa1dbd0ed6a3ad5c9a8eba2101a",
        "random/seed-7/probe 951033ac07323723326d5e344bd27a0e58f669e62b67d749e045bd7f6af7ac93",
      ]
    `);
  });

  it('plans what does not hang on the seed once, for all seeds', () => {
    const { stages } = plan(spoil(['{ id: random }', '{ id: released, weights: w.pth }']));
    const released = stages.filter((stage) => stage.pretraining === 'released');
    expect(released.map(({ id, seeds }) => [id, seeds])).toEqual(
      ['', '/features/emoji:twitter', '/features/emoji:google', '/probe'].map((part) => [
        `released/all-seeds${part}`,
        [0, 1],
      ]),
    );
    const bySeed = plan(spoil(['{ id: random }', '{ id: released, weights: "w-{seed}.pth" }']));
    expect(
      bySeed.stages
        .filter((stage) => stage.kind === 'pretraining' && stage.pretraining === 'released')
        .map(({ id, settings }) => [id, settings]),
    ).toMatchObject([
      ['released/seed-0', { pretraining: { weights: 'w-0.pth' } }],
      ['released/seed-1', { pretraining: { weights: 'w-1.pth' } }],
    ]);
  });

  it('draws subsets and SGD batches by seed, even of one file', () => {
    const probe = (options: string) =>
      plan(
        spoil(
          ['{ id: random }', '{ id: released, weights: w.pth }'],
          ['task: linear-probe', `task: linear-probe, ${options}`],
        ),
      )
        .stages.filter((stage) => stage.pretraining === 'released')
        .map(({ id }) => id.replace('released/', ''));
    expect(probe('solver: sgd')).toContain('seed-1/probe');
    expect(probe('solver: sgd')).toContain('all-seeds/features/emoji:twitter');
    expect(probe('trainImages: 500')).toContain('seed-1/features/emoji:twitter');
    expect(probe('trainImages: 500')).toContain('all-seeds/features/emoji:google');
  });

  it('names a weights file that was not found', () => {
    expect(() => plan(spoil(['{ id: random }', '{ id: r, weights: lost.pth }']))).toThrow('lost.pth');
  });
});

describe('keys', () => {
  const before = plan(base);

  it.each([
    [
      'names and notes',
      spoil(
        ['name: test', 'name: other\nabout: a note'],
        ['id: moco', 'about: hm\n    id: renamed'],
        ['id: probe', 'id: p, about: x'],
      ),
    ],
    [
      'the name of the data',
      spoil(
        ['  emoji: {', '  pictures: {'],
        ['data: emoji\n', 'data: pictures\n'],
        ['data: emoji }', 'data: pictures }'],
      ),
    ],
    [
      'what watches a training',
      spoil(['steps: 2500', 'steps: 2500\n    checkpointEvery: 7\n    monitor: { every: 3, knn: false, images: 99 }']),
    ],
    [
      'a recipe, or its settings written out',
      spoil([
        '    recipe: emoji-moco-v2\n',
        '    batch: 128\n    learningRate: 0.06\n    weightDecay: 0.0005\n    queue: 1024\n    encoderMomentum: 0.99\n    schedule: { kind: cosine, per: step }\n',
      ]),
    ],
    [
      'defaults written out',
      spoil(
        ['name: test', 'name: test\nruntime: wasm'],
        ['task: linear-probe', 'task: linear-probe, l2: 1e-4, train: twitter, pool: average'],
      ),
    ],
    [
      'the order of rows',
      spoil(['  - { id: random }\n', ''], ['pretrainings:\n', 'pretrainings:\n  - { id: random }\n']),
    ],
    ['seeds left out', spoil(['seeds: [0, 1]', 'seeds: [1]'])],
    ['a pretraining left out', spoil(['data: emoji }\n', 'data: emoji, of: [moco] }\n'])],
  ])('do not hang on %s', (_title, text) => {
    const fingerprints = { ...inputs.fingerprints, pictures: inputs.fingerprints.emoji! };
    expect(changed(before, plan(text, { fingerprints }))).toEqual([]);
  });

  it.each([
    ['a training setting', spoil(['steps: 2500', 'steps: 2501']), all],
    ['the backbone', spoil(['width: 16', 'width: 8']), all],
    ['the split trained on', spoil(['steps: 2500', 'steps: 2500\n    split: google']), all],
    ['the image size of a pretraining', spoil(['steps: 2500', 'steps: 2500\n    imageSize: 64']), all],
    ['another seed', spoil(['seeds: [0, 1]', 'seeds: [0, 2]']), all],
    [
      'another method with equal settings',
      spoil(['method: moco', 'method: exemplar'], ['emoji-moco-v2', 'emoji-exemplar-v2']),
      all,
    ],
    ['the image size of a transfer', spoil(['data: emoji }\n', 'data: emoji, imageSize: 64 }\n']), later],
    ['the layers', spoil(['data: emoji }\n', 'data: emoji, layers: [layer4] }\n']), later],
    ['the pooling', spoil(['data: emoji }\n', 'data: emoji, pool: { maxDimension: 512 } }\n']), later],
    ['a subset', spoil(['data: emoji }\n', 'data: emoji, trainImages: 100 }\n']), later],
    ['the test split', spoil(['data: emoji }\n', 'data: emoji, test: twitter, train: google }\n']), ['transfer']],
    ['a setting of the transfer', spoil(['data: emoji }\n', 'data: emoji, l2: 1e-3 }\n']), ['transfer']],
    ['the labels of the transfer', spoil(['data: emoji }\n', 'data: emoji, labels: category }\n']), ['transfer']],
  ])('change with %s', (_title, text, kinds) => {
    expect(changed(before, plan(text))).toEqual(kinds);
  });

  it.each<[string, Partial<PlanInputs>, string[]]>([
    ['the runtime family', { runtimeFamily: 'tensorflow' }, all],
    ['the images', { fingerprints: { emoji: 'other' } }, all],
    ['the pretraining code', { codeVersions: { ...inputs.codeVersions, pretraining: '2' } }, all],
    ['the features code', { codeVersions: { ...inputs.codeVersions, features: '2' } }, later],
    ['the transfer code', { codeVersions: { ...inputs.codeVersions, transfer: '2' } }, ['transfer']],
  ])('change with %s', (_title, change, kinds) => {
    expect(changed(before, plan(base, change))).toEqual(kinds);
  });

  it('of a maximisation do not hang on images, since it looks at none', () => {
    const text = `name: wishes
backbone: { name: resnet18, width: 8, stem: small }
data: { emoji: { kind: emoji } }
pretrainings: [{ id: random }]
analyses: [{ kind: maximisation }, { kind: activations }]
`;
    const kinds = (plan: Plan) => plan.stages.map((stage) => stage.kind === 'analysis' && stage.settings.kind);
    const [before, after] = [plan(text), plan(text, { fingerprints: { emoji: 'other' } })];
    const moved = after.stages.filter(({ key }) => !before.stages.some((one) => one.key === key));
    expect(kinds({ stages: moved })).toEqual(['activations']);
    expect(kinds(after)).toContain('maximisation');
  });

  it('follow a weights file by content, not by name', () => {
    const text = (name: string) => spoil(['{ id: random }', `{ id: r, weights: ${name} }`]);
    const fileHashes = { 'a.pth': 'same', 'b.pth': 'same', 'c.pth': 'other' };
    expect(changed(plan(text('a.pth'), { fileHashes }), plan(text('b.pth'), { fileHashes }))).toEqual([]);
    expect(changed(plan(text('a.pth'), { fileHashes }), plan(text('c.pth'), { fileHashes }))).toEqual(all);
  });
});

describe('selectStages', () => {
  const whole = plan(
    spoil(
      ['- { id: probe', '- { id: knn, task: knn, data: emoji, layers: [layer4] }\n  - { id: probe'],
      ['steps: 2500\n', 'steps: 2500\n    matrix: { augment: [f, fr] }\n'],
    ),
  );
  const ids = (...only: string[]) => selectStages(whole, only).map(({ id }) => id);

  it('takes a transfer with what it needs', () => {
    expect(ids('random/seed-1/probe')).toEqual([
      'random/seed-1',
      'random/seed-1/features/emoji:twitter-2',
      'random/seed-1/features/emoji:google-2',
      'random/seed-1/probe',
    ]);
    expect(ids('probe')).toHaveLength(3 * 2 * 4);
  });

  it('takes a pair of pretraining and transfer, over all seeds', () => {
    const pair = ids('random/probe');
    expect(pair.filter((id) => id.endsWith('/probe'))).toEqual(['random/seed-0/probe', 'random/seed-1/probe']);
    expect(pair).toHaveLength(2 * 4);
    expect(() => ids('random/nothing')).toThrow('Nothing in this experiment is called "random/nothing"');
  });

  it('takes a pretraining with all that is made of it, or one of its stages alone', () => {
    expect(ids('random')).toEqual(
      whole.stages.filter(({ pretraining }) => pretraining === 'random').map(({ id }) => id),
    );
    expect(ids('random/seed-0')).toEqual(['random/seed-0']);
  });

  it('takes a cell of a matrix, or all', () => {
    expect(new Set(selectStages(whole, ['moco[fr]']).map(({ pretraining }) => pretraining))).toEqual(
      new Set(['moco[fr]']),
    );
    expect(new Set(selectStages(whole, ['moco']).map(({ pretraining }) => pretraining))).toEqual(
      new Set(['moco[f]', 'moco[fr]']),
    );
  });

  it('says what there is when nothing fits', () => {
    expect(() => ids('mocco')).toThrow(
      'Nothing in this experiment is called "mocco"; use one of moco[f], knn, probe, moco[fr], random.',
    );
  });
});

describe('weightFiles', () => {
  it('lists each file once, with its seed', () => {
    const { experiment } = parse(
      spoil([
        '{ id: random }',
        '{ id: a, weights: "w-{seed}.pth" }\n  - { id: b, weights: w.pth }\n  - { id: c, weights: w.pth }',
      ]),
    );
    expect(weightFiles(experiment!)).toEqual(['w-0.pth', 'w-1.pth', 'w.pth']);
  });
});
