import { describe, expect, it } from 'vitest';
import { definitionAt, referencesAt, renameAt } from '../../../../src/shared/editing/identifiers';
import { parse } from '../experiment/problemsOf';
import { treeAt } from './cursorText';

const file = `name: test
seeds: [0, 1]
imageSize: 32
backbone: { name: resnet18, width: 16, stem: small }
data:
  emoji: { kind: emoji }
  "other": { kind: emoji, labels: category }
pretrainings:
  - { id: random }
  - id: ladder
    method: moco
    data: emoji
    recipe: emoji-moco-v2
    steps: 2500
    matrix: { augment: [f, frcgb] }
  - { id: free, recipe: emoji-supervised, steps: 2500, matrix: { data: [emoji, 'other'] } }
transfers:
  - { id: probe, task: linear-probe, data: emoji, of: [random, "ladder[f]", ladder] }
`;

/** The file with a mark before the n-th appearance of a text. */
function mark(text: string, nth = 1): string {
  let at = -1;
  for (let i = 0; i < nth; i++) at = file.indexOf(text, at + 1);
  if (at < 0) throw new Error(`no ${text}`);
  return `${file.slice(0, at)}|${file.slice(at)}`;
}

function rename(marked: string, name: string): string {
  const { tree, offset } = treeAt(marked);
  const renaming = renameAt(tree, offset, name);
  if ('refusal' in renaming) return renaming.refusal;
  const edits = [...renaming.edits].sort((a, b) => b.start - a.start);
  return edits.reduce((text, { start, end, newText }) => text.slice(0, start) + newText + text.slice(end), tree.text);
}

it('the file of these tests is correct', () => {
  expect(parse(file).problems.filter(({ severity }) => severity === 'error')).toEqual([]);
});

describe('definition', () => {
  it('is the key of data and the id of a pretraining', () => {
    const { tree, offset } = treeAt(mark('emoji, of'));
    const found = definitionAt(tree, offset)!;
    expect(found.start).toBe(file.indexOf('emoji: {'));
    const ladder = treeAt(mark('ladder[f]'));
    expect(definitionAt(ladder.tree, ladder.offset)!.start).toBe(file.indexOf('ladder'));
  });

  it('is nothing elsewhere', () => {
    for (const place of ['moco\n', 'test', 'emoji-moco', '0, 1', 'emoji }']) {
      const { tree, offset } = treeAt(mark(place));
      expect(definitionAt(tree, offset), place).toBeUndefined();
    }
  });
});

it('references are all places of the id, in matrices too', () => {
  const { tree, offset } = treeAt(mark('emoji: {'));
  expect(referencesAt(tree, offset).map(({ role, path }) => `${role} ${path.join('.')}`)).toEqual([
    'declaration data.emoji',
    'use pretrainings.1.data',
    'use pretrainings.2.matrix.data.0',
    'use transfers.0.data',
  ]);
});

describe('rename', () => {
  it('reaches the analyses that name a pretraining', () => {
    const text = `${file}\nanalyses:\n  - { kind: cka, between: [random, ladder] }\n  - { kind: geometry, of: [ladder] }\n`;
    const at = text.indexOf('ladder] }');
    const renamed = rename(`${text.slice(0, at)}|${text.slice(at)}`, 'contrast');
    expect(renamed).toContain('between: [random, contrast]');
    expect(renamed).toContain('of: [contrast]');
    expect(parse(renamed).problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('changes every place and leaves a correct file', () => {
    for (const [place, name] of [
      ['emoji: {', 'pictures'],
      ['other', 'coarse'],
      ['ladder\n', 'rungs'],
      ['ladder] }', 'rungs'],
      ['probe,', 'linear'],
    ] as const) {
      const renamed = rename(mark(place), name);
      expect(
        parse(renamed).problems.filter(({ severity }) => severity === 'error'),
        renamed,
      ).toEqual([]);
      expect(renamed).toContain(name);
    }
    expect(rename(mark('ladder\n'), 'rungs')).toContain('of: [random, "rungs[f]", rungs]');
  });

  it('refuses names that are wrong or taken, and places without an id', () => {
    expect(rename(mark('probe,'), '1 2')).toContain('cannot be an id');
    expect(rename(mark('probe,'), 'random')).toContain('already');
    expect(rename(mark('emoji: {'), 'other')).toContain('already');
    expect(rename(mark('emoji: {'), 'emoji')).toBe(file);
    expect(rename(mark('resnet18'), 'x')).toContain('no id here');
  });
});
