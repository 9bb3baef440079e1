/** Snapshots in the experiment file: what is kept, what can be taken, how keys and the plan follow, and what the editor offers. */
import { describe, expect, it } from 'vitest';
import { planStages } from '../../../../src/shared/experiment/plan';
import { selectStages } from '../../../../src/shared/experiment/selectStages';
import { SourceTree } from '../../../../src/shared/editing/sourceTree';
import { missingFieldFixes } from '../../../../src/shared/editing/missingField';
import { definitionAt, renameAt } from '../../../../src/shared/editing/identifiers';
import { applyFix, base, parse, problemLines, spoil } from './problemsOf';
import { labelsAt } from '../editing/cursorText';

const keeping = ['steps: 2500', 'steps: 2500\n    snapshots: [400, 100]'] as const;
const entry = '{ id: early, method: snapshot, of: moco, at: 400 }';
const added = (line: string) => ['  - { id: random }', `  - { id: random }\n  - ${line}`] as const;
const taken = spoil(keeping, added(entry));

const inputs = {
  fingerprints: { emoji: 'fingerprint' },
  fileHashes: {},
  runtimeFamily: 'wasm',
  codeVersions: { pretraining: '1', features: '1', transfer: '1', analysis: '1' },
};
function plan(text: string) {
  const { experiment, problems } = parse(text);
  if (!experiment) throw new Error(problems.map(({ message }) => message).join('\n'));
  return planStages(experiment, inputs);
}
const pretrainings = (text: string) => plan(text).stages.filter(({ kind }) => kind === 'pretraining');
const keyOf = (text: string, id: string) => pretrainings(text).find((stage) => stage.id === `${id}/seed-0`)!.key;
const errors = (text: string) =>
  parse(text)
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ code, message }) => `${code}: ${message}`);

describe('a training that keeps snapshots', () => {
  it('holds them ascending and once each, and nothing where none are asked for', () => {
    const of = (text: string) => parse(text).experiment!.pretrainings[0];
    expect(of(spoil(['steps: 2500', 'steps: 2500\n    snapshots: [400, 100, 400]']))).toMatchObject({
      snapshots: [100, 400],
    });
    expect(of(base)).not.toHaveProperty('snapshots');
    expect(of(spoil(['steps: 2500', 'steps: 2500\n    snapshots: []']))).toEqual(of(base));
  });

  it('has the key of before without them, another with them, whatever their order', () => {
    expect(keyOf(spoil(['steps: 2500', 'steps: 2500\n    snapshots: []']), 'moco')).toBe(keyOf(base, 'moco'));
    expect(keyOf(spoil(keeping), 'moco')).not.toBe(keyOf(base, 'moco'));
    expect(keyOf(spoil(['steps: 2500', 'steps: 2500\n    snapshots: [100, 400]']), 'moco')).toBe(
      keyOf(spoil(keeping), 'moco'),
    );
  });

  it('counts in epochs where its length is in epochs', () => {
    expect(errors(spoil(['steps: 2500', 'epochs: 20\n    snapshots: [0.5, 19.5]']))).toEqual([]);
    expect(errors(spoil(['steps: 2500', 'epochs: 20\n    snapshots: [20]']))).toEqual([
      'snapshot-never: the snapshot at epoch 20 is never come to: the training ends at epoch 20, and its end is kept anyway; remove it',
    ]);
  });

  it('says which are never come to, and removes them', () => {
    const late = spoil(['steps: 2500', 'steps: 2500\n    snapshots: [100, 2500]']);
    const [problem] = parse(late).problems;
    expect(problemLines(late)[0]).toContain('error snapshot-never: the snapshot at step 2500 is never come to');
    expect(applyFix(late, problem!.fixes![0]!)).toContain('snapshots: [100]');
    expect(errors(spoil(['steps: 2500', 'steps: 2500\n    snapshots: [0.5]']))[0]).toContain('falls between two steps');
  });

  it('cannot vary them in a matrix, and untrained weights have none', () => {
    expect(errors(spoil(['steps: 2500', 'matrix: { snapshots: [[1], [2]] }']))[0]).toContain('cannot vary in a matrix');
    expect(problemLines(spoil(['{ id: random }', '{ id: random, snapshots: [1] }']))[0]).toContain('no effect');
  });
});

describe('a snapshot as a pretraining', () => {
  it('needs its training and has all features and transfers of its own', () => {
    const stages = plan(taken).stages.filter(({ seed }) => seed === 0);
    const own = stages.filter(({ pretraining }) => pretraining === 'early');
    expect(own.map(({ kind }) => kind)).toEqual(['pretraining', 'features', 'features', 'transfer']);
    expect(own[0]!.needs).toEqual([stages.find(({ id }) => id === 'moco/seed-0')!.key]);
    expect(own[0]!.seeds).toEqual([0]);
  });

  it('follows what it is of into its key, and no name', () => {
    const key = keyOf(taken, 'early');
    expect(keyOf(spoil(keeping, added('{ id: first, of: moco, at: 400 }')), 'first')).toBe(key);
    expect(
      keyOf(taken.replaceAll('moco\n    method', 'other\n    method').replace('of: moco', 'of: other'), 'early'),
    ).toBe(key);
    expect(keyOf(taken.replace('at: 400', 'at: 100'), 'early')).not.toBe(key);
    expect(keyOf(taken.replace('steps: 2500', 'steps: 2400'), 'early')).not.toBe(key);
  });

  it('comes after its training wherever it stands, which is planned once', () => {
    const first = base.replace('  - id: moco', `  - ${entry}\n  - id: moco`).replace(...keeping);
    const ids = pretrainings(first).map(({ id }) => id);
    expect(ids.filter((id) => id.startsWith('moco'))).toEqual(['moco/seed-0', 'moco/seed-1']);
    expect(ids.indexOf('moco/seed-0')).toBeLessThan(ids.indexOf('early/seed-0'));
    expect(keyOf(first, 'early')).toBe(keyOf(taken, 'early'));
  });

  it('brings its training along when it alone is asked for', () => {
    const ids = selectStages(plan(taken), ['early']).map(({ id }) => id);
    expect(ids).toContain('moco/seed-0');
    expect(ids).not.toContain('moco/seed-0/probe');
    expect(ids).toContain('early/seed-1/probe');
  });

  it('comes as a row of them by a matrix', () => {
    const text = spoil(keeping, added('{ id: at, of: moco, matrix: { at: [100, 400] } }'));
    expect(parse(text).experiment!.pretrainings.slice(2)).toEqual([
      { id: 'at[100]', method: 'snapshot', of: 'moco', at: 100 },
      { id: 'at[400]', method: 'snapshot', of: 'moco', at: 400 },
    ]);
  });

  it.each([
    [
      '{ id: s, of: mocko, at: 400 }',
      'unknown-pretraining: there is no pretraining called `mocko`; did you mean `moco`?',
    ],
    [
      '{ id: s, of: random, at: 400 }',
      'unknown-pretraining: `random` is not trained here, so there are no snapshots of it; choose one of moco',
    ],
    [
      '{ id: s, of: s, at: 400 }',
      'unknown-pretraining: `s` is not trained here, so there are no snapshots of it; choose one of moco',
    ],
    [
      '{ id: s, of: moco, at: 300 }',
      'unknown-snapshot: `moco` keeps no snapshot at step 300; it keeps 100, 400; add 300 to its `snapshots`',
    ],
    [
      '{ id: s, of: moco, at: 2500 }',
      'unknown-snapshot: `moco` keeps no snapshot at step 2500; it ends at step 2500, and `moco` itself is its end; it keeps 100, 400',
    ],
    [
      '{ id: s, of: moco }',
      'missing-key: `s` takes a snapshot but does not say which one; add `at:` with one of the `snapshots` of `moco`',
    ],
    [
      '{ id: s, method: snapshot }',
      'missing-key: `s` takes a snapshot but does not say of which pretraining; add `of:` with the id of a pretraining that is trained here',
    ],
    [
      '{ id: s, of: moco, at: 400, weights: a.pth, method: snapshot }',
      'weights-and-method: `s` has both `weights` and `method: snapshot`, so it is unclear whether to import or to take a snapshot; remove one of them',
    ],
  ])('%s is refused', (line, message) => {
    expect(errors(spoil(keeping, added(line)))).toEqual([message]);
  });

  it('is not of another snapshot, so that there are no circles', () => {
    const text = spoil(keeping, added('{ id: a, of: b, at: 400 }\n  - { id: b, of: a, at: 400 }'));
    expect(errors(text)).toHaveLength(2);
  });

  it('names one of a matrix, and the ones there are', () => {
    const ladder = spoil(
      ['steps: 2500', 'steps: 2500\n    snapshots: [400]\n    matrix: { augment: [f, fr] }'],
      added(entry),
    );
    expect(errors(ladder)).toEqual([
      'unknown-pretraining: `moco` stands for 2 pretrainings, and a snapshot is of one; choose one of moco[f], moco[fr]',
    ]);
    expect(errors(ladder.replace('of: moco', 'of: "moco[fr]"'))).toEqual([]);
  });

  it('says nothing more where its training is itself wrong', () => {
    expect(errors(taken.replace('recipe: emoji-moco-v2', 'recipe: nothing'))).toHaveLength(1);
  });

  it('has a fix that adds what is taken to what is kept', () => {
    const text = spoil(added(entry));
    const [problem] = parse(text).problems.filter(({ code }) => code === 'unknown-snapshot');
    const fixed = applyFix(text, problem!.fixes![0]!);
    expect(fixed).toContain('snapshots: [400]');
    expect(errors(fixed)).toEqual([]);
  });

  it('warns of test images that its training saw', () => {
    const text = spoil(keeping, added(entry), [
      'task: linear-probe, data: emoji',
      'task: linear-probe, data: emoji, of: [early], test: twitter',
    ]);
    expect(problemLines(text).some((line) => line.includes('test-images-in-pretraining'))).toBe(true);
  });
});

describe('in the editor', () => {
  const tree = (text: string) => new SourceTree(text);

  it('is renamed and found with what it is of', () => {
    const at = taken.indexOf('of: moco') + 5;
    expect(definitionAt(tree(taken), at)).toMatchObject({ kind: 'pretraining', name: 'moco', role: 'declaration' });
    const renaming = renameAt(tree(taken), at, 'contrast');
    if (!('edits' in renaming)) throw new Error(renaming.refusal);
    expect(renaming.edits).toHaveLength(2);
  });

  it('is completed with what can be taken', () => {
    expect(labelsAt(taken.replace('of: moco', 'of: |'))).toEqual(['moco']);
    expect(labelsAt(taken.replace('at: 400', 'at: |'))).toEqual(['400', '100']);
  });

  it('is offered what it lacks', () => {
    const fixesOf = (text: string) =>
      parse(text)
        .problems.filter(({ code }) => code === 'missing-key')
        .flatMap((one) => missingFieldFixes(one, tree(text), false).map(({ title }) => title));
    expect(fixesOf(spoil(keeping, added('{ id: s, method: snapshot }')))).toEqual(['Add of: moco']);
    expect(fixesOf(spoil(keeping, added('{ id: s, of: moco }')))).toEqual(['Add at: 400', 'Add at: 100']);
  });
});
