/** Files with errors: what is right about the rest is told, and nothing that only the errors cause. */
import { describe, expect, it } from 'vitest';
import { readDocument } from '../../../../src/shared/experiment/document';
import type { Path } from '../../../../src/shared/experiment/places';
import { experimentSchema } from '../../../../src/shared/experiment/schema';
import { findSchemaProblems } from '../../../../src/shared/experiment/schemaProblems';
import { validate } from '../../../../src/shared/editing/validation';
import { readRecipes } from './recipeBook';
import { base, problemLines, spoil } from './problemsOf';

const recipes = readRecipes();

/** Problems of every kind: of references, settings, data, seeds, and of the file as a whole. */
const troubled = `name: troubled
seeds: [0, 0]
imageSize: 36
backbone: { name: resnet18, width: 16, stem: small }
data:
  emoji: { kind: emoji }
  folder: { kind: image-folder, root: images }
  scenes: { kind: emoji-scenes, size: 32 }
pretrainings:
  - { id: random, method: random }
  - { id: moco, method: moco, data: emoji, queue: 1000, batch: 64, steps: 100, snapshots: [50], matrix: { augment: [f, fr] } }
  - { id: exemplar, method: exemplar, data: folder, queue: 512, batch: 64, epochs: 2, learningRate: 0.03, snapshots: [1] }
  - { id: supervised, method: supervised, data: emoji, steps: 900, batch: 3, batchNormGroups: 2 }
  - { id: half, of: exemplar, at: 1 }
  - { id: late, of: exemplar, at: 7 }
  - { id: file, weights: weights/a.pth }
transfers:
  - { id: probe, task: linear-probe, data: emoji, epochs: 3, layers: [layer1, layer9] }
  - { id: near, task: knn, data: emoji, k: 5000, of: [moco, nobody] }
  - { id: again, task: retrieval, data: folder, gallery: val, query: val, of: [exemplar] }
  - { id: boxes, task: detection, data: scenes, of: [exemplar, supervised], freeze: layer3, reinitialise: layer2 }
analyses:
  - { kind: cka, between: [exemplar, supervised], images: 100 }
  - { kind: inversion, layers: [layer7] }
  - { kind: embedding, data: emoji, images: 100 }
  - { kind: detection-errors, transfer: boxes, against: exemplar }
  - { kind: attribution, of: [supervised], data: emoji }
  - { kind: maximisation, maximise: class, of: [exemplar] }
`;
/** The same without errors in references, so that all checks speak. */
const sound = troubled
  .replace('[layer1, layer9]', '[layer1]')
  .replace(', nobody', '')
  .replace('  - { id: late, of: exemplar, at: 7 }\n', '')
  .replace('layer7', 'layer2')
  .replace(/ {2}- \{ kind: maximisation.*\n/, '');

interface Change {
  readonly says: string;
  readonly value: unknown;
}

/** The value with one key misspelt, added, emptied, or of another type, at every place in turn. */
function* changes(value: unknown, rebuild: (part: unknown) => unknown, at: Path = []): Generator<Change> {
  const say = (what: string, part: unknown): Change => ({ says: `${at.join('.')} ${what}`, value: rebuild(part) });
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries())
      yield* changes(item, (part) => rebuild(value.map((other: unknown, k) => (k === i ? part : other))), [...at, i]);
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    yield say('gets a key', { ...value, surplus: 1 });
    for (const [key, item] of entries) {
      yield say(`misspells ${key}`, Object.fromEntries(entries.map(([k, v]) => [k === key ? `${k}x` : k, v])));
      yield* changes(item, (part) => rebuild({ ...value, [key]: part }), [...at, key]);
    }
  }
  if (at.length > 0) {
    yield say('is empty', null);
    yield say('is a mapping', { strange: true });
  }
}

const problemsOf = (value: unknown) => {
  const text = JSON.stringify(value);
  const { problems, document } = validate(text, { fileName: 'a.transfer.yaml', recipes });
  const ofSchema = findSchemaProblems(experimentSchema, document.value, document);
  const name = ({ code, path }: { readonly code: string; readonly path: Path }): string => `${code} ${path.join('.')}`;
  return { ofSchema: ofSchema.map(name), all: problems.map(name) };
};

describe('a file with errors', () => {
  it.each([
    ['problems of references', troubled, 5],
    ['problems of settings', sound, 10],
  ])('is told of nothing that is not there without them: %s', (_, text, least) => {
    const value = readDocument(text, 'a').value;
    const soundValue = readDocument(sound, 'a').value;
    expect(problemsOf(value).ofSchema).toEqual([]);
    // What an error in the same entry hides is known of the text without it.
    const known = new Set([...problemsOf(value).all, ...problemsOf(soundValue).all]);
    expect(known.size).toBeGreaterThan(least);
    // Every eighth, which takes a second; no other one fails either.
    const all = [...changes(value, (part) => part)].filter((_, i) => i % 8 === 3);
    const [wrong, seen] = [[] as string[], new Set<string>()];
    for (const change of all) {
      const { ofSchema, all: found } = problemsOf(change.value);
      if (ofSchema.length === 0) continue;
      for (const problem of found) {
        // Matrices are checked against the schema as they are expanded.
        if (ofSchema.includes(problem) || problem.includes('.matrix.')) continue;
        if (known.has(problem)) seen.add(problem);
        else wrong.push(`${change.says}: ${problem}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(seen.size).toBeGreaterThan(least);
  });

  it('shows what is wrong with the entries beside the broken one', () => {
    const text = spoil(['method: moco', 'methd: moco'], ['data: emoji }\n', 'data: emojy }\n']);
    expect(problemLines(text).map((line) => line.split(' ')[2])).toEqual(['unknown-key:', 'unknown-data:']);
  });

  it('checks settings beside an unknown name, and judges no whole', () => {
    const text = base
      .replace('steps: 2500', 'steps: 2500\n    queue: 1000')
      .replace('data: emoji }\n', 'data: emojy }\n');
    expect(problemLines(text).map((line) => line.split(' ').slice(1, 3).join(' '))).toEqual([
      'warning recipe-overridden:',
      'error queue-batch:',
      'error unknown-data:',
    ]);
  });
});
