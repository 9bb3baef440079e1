/** Mutated files: whatever the text, parsing returns a value or problems whose places lie in the text, and fixes apply. */
import { expect, it } from 'vitest';
import { planStages } from '../../../../src/shared/experiment/plan';
import { deriveRandom, type Random } from '../../../../src/shared/random';
import { applyFix, base, parse } from './problemsOf';

const rich = `${base}  - { id: knn, task: knn, data: emoji, of: [moco], layers: [layer4, avgpool], k: 20 }
  - id: find
    task: retrieval # a comment
    data: emoji
    pool: { maxDimension: 512 }
    matrix: { imageSize: [32, 64] }
`;
const pieces = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  '-',
  '- ',
  '\n',
  '  ',
  '\t',
  '#',
  '&a ',
  '*a',
  '!!',
  '|',
  '>',
  '"',
  "'",
  ',',
  '---',
  '...',
  '%',
  '@',
  '`',
  '<<: ',
  '? ',
]
  .concat([
    'null',
    'true',
    '.nan',
    '-.inf',
    '1e999',
    '0x1F',
    '-1',
    '0',
    '~',
    '__proto__',
    'constructor',
    'toString',
    'matrix',
    'recipe',
    'data',
    'id',
    'all',
    '{seed}',
    '${x}',
    '../..',
    '\u0000',
    '\uFEFF',
    '🙂',
    '\r',
  ])
  .concat([
    'matrix: { augment: [f] }',
    'layers: [x]',
    'schedule: { kind: step }',
    'weights: a',
    'epochs: 1',
    'method: supcon',
    'id: random',
    'kind: idx',
  ]);

function mutate(text: string, random: Random): string {
  let out = text;
  const edits = 1 + random.integer(2);
  for (let i = 0; i < edits; i++) {
    const at = random.integer(out.length + 1);
    const until = Math.min(out.length, at + random.integer(12));
    const lines = out.split('\n');
    const line = random.integer(lines.length);
    switch (random.integer(5)) {
      case 0:
        out = out.slice(0, at) + pieces[random.integer(pieces.length)]! + out.slice(at);
        break;
      case 1:
        out = out.slice(0, at) + out.slice(until);
        break;
      case 2:
        out = out.slice(0, at) + pieces[random.integer(pieces.length)]! + out.slice(until);
        break;
      case 3:
        out = [...lines.slice(0, line), lines[random.integer(lines.length)]!, ...lines.slice(line)].join('\n');
        break;
      default:
        // A value for another: the likeliest to be valid YAML.
        out = out.replace(new RegExp(`(: )[^\\n,}]+`, 'g'), (match) =>
          random.uniform() < 0.03 ? `: ${pieces[random.integer(pieces.length)]!}` : match,
        );
    }
  }
  return out;
}

const facts = {
  data: {
    emoji: { splits: ['twitter', 'google'], bySplit: { twitter: { length: 300, classes: 2, classCounts: [1, 299] } } },
  },
  memory: { process: 1e6, machine: 1e6 },
};
const inputs = {
  runtimeFamily: 'wasm',
  codeVersions: { pretraining: '1', features: '1', transfer: '1', analysis: '1' },
};

it('survives 2,000 mutated files', () => {
  let read = 0;
  let applied = 0;
  for (let i = 0; i < 2000; i++) {
    const text = mutate(rich, deriveRandom(1, 'fuzz', i));
    const { experiment, problems } = parse(text, i % 2 ? { facts } : {});
    expect(experiment !== undefined || problems.some(({ severity }) => severity === 'error'), text).toBe(true);
    for (const { range, message, fixes } of problems) {
      expect(message.length).toBeGreaterThan(10);
      expect(message).not.toMatch(/undefined|\[object|internal|Invalid input|expected /);
      expect(
        range.start.offset >= 0 && range.start.offset <= range.end.offset && range.end.offset <= text.length,
        text,
      ).toBe(true);
      for (const fix of fixes ?? []) {
        parse(applyFix(text, fix));
        applied++;
      }
    }
    if (!experiment) continue;
    read++;
    const data = Object.fromEntries(Object.keys(experiment.data).map((id) => [id, id]));
    const fileHashes = new Proxy({}, { get: (_target, path) => String(path) });
    planStages(experiment, { ...inputs, fingerprints: data, fileHashes });
  }
  // Both sides of the parser must have been reached.
  expect(read).toBeGreaterThan(100);
  expect(read).toBeLessThan(1900);
  expect(applied).toBeGreaterThan(100);
}, 60_000);
