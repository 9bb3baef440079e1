/** Every offset of whole and cut files: nothing throws, places lie in the text, and answers come while typing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { complete } from '../../../../src/shared/editing/completion';
import { documentSymbols } from '../../../../src/shared/editing/documentSymbols';
import { foldingRanges } from '../../../../src/shared/editing/foldingRanges';
import { hover } from '../../../../src/shared/editing/hover';
import { referencesAt, renameAt } from '../../../../src/shared/editing/identifiers';
import { inlayHints } from '../../../../src/shared/editing/inlayHints';
import { findPathUses } from '../../../../src/shared/editing/pathUses';
import { quickFixes } from '../../../../src/shared/editing/quickFixes';
import { SourceTree } from '../../../../src/shared/editing/sourceTree';
import { validate } from '../../../../src/shared/editing/validation';
import { deriveRandom } from '../../../../src/shared/random';
import { recipes } from './cursorText';

const example = readFileSync(join(import.meta.dirname, '../../../../examples/quickstart.transfer.yaml'), 'utf8');
const block = `name: "x"
about: |
  two
  lines # no comment
backbone:
  name: 'resnet50'
  dilate: [false, true, true] # a comment
data: &all
  emoji: { kind: emoji }
  same: *all
pretrainings:
- id: a
  method: moco
  schedule:
    kind: step
    milestones:
    - 1
    - 2
  matrix: { augment: [f, fr], "data": [emoji] }
? odd
: value
`;
const json = JSON.stringify({ name: 'x', backbone: { name: 'resnet18' }, pretrainings: [{ id: 'a' }] }, null, 2);
const odd = 'a: [*b, &b {c: !!x "\\u00e9}\n\t- ? {\n"\'\n---\n%\n{{{[[[\r\nname: >-\n | \n';

function readAll(text: string, fileName: string): void {
  const tree = new SourceTree(text);
  const within = ({ start, end }: { start: number; end: number }) =>
    expect(0 <= start && start <= end && end <= text.length, `${start} ${end} in ${JSON.stringify(text)}`).toBe(true);
  documentSymbols(tree).forEach(within);
  findPathUses(tree).forEach(within);
  for (const { startLine, endLine } of foldingRanges(tree)) expect(startLine).toBeLessThan(endLine);
  const parsed = validate(text, { fileName, recipes });
  inlayHints(parsed, { start: 0, end: text.length });
  for (const { edits } of quickFixes(parsed, { start: 0, end: text.length })) edits.forEach(within);
}

function readAt(tree: SourceTree, offset: number, json: boolean): void {
  const list = complete(tree.text, offset, { recipes, json });
  expect(list.start <= offset && offset <= list.end, `${offset}`).toBe(true);
  expect(tree.text.slice(list.start, list.end)).not.toContain('\n');
  hover(tree, offset, recipes);
  referencesAt(tree, offset);
  renameAt(tree, offset, 'renamed');
}

it.each([
  ['the example', example, 'x.transfer.yaml'],
  ['blocks', block, 'x.transfer.yaml'],
  ['JSON', json, 'x.transfer.json'],
  ['nonsense', odd, 'x.transfer.yaml'],
])('%s, whole', (_, text, fileName) => {
  const tree = new SourceTree(text);
  readAll(text, fileName);
  const start = performance.now();
  for (let offset = 0; offset <= text.length; offset++) readAt(tree, offset, fileName.endsWith('json'));
  expect((performance.now() - start) / (text.length + 1)).toBeLessThan(50);
});

it('cut at random places', () => {
  const texts = [example, block, json, odd];
  const random = deriveRandom(3, 'cut');
  for (let i = 0; i < 150; i++) {
    const text = texts[i % texts.length]!;
    const from = random.integer(text.length);
    const until = from + random.integer(Math.min(60, text.length - from) + 1);
    const cut = i % 3 === 0 ? text.slice(0, from) : text.slice(0, from) + text.slice(until);
    readAll(cut, 'x.transfer.yaml');
    for (const offset of [from, random.integer(cut.length + 1)]) {
      if (offset <= cut.length) readAt(new SourceTree(cut), offset, false);
    }
  }
});

it('nested beyond reason, and too long', () => {
  for (const text of [
    `a: ${'['.repeat(20_000)}`,
    `# ${'x'.repeat(1_000_001)}`,
    'a: &a [*a, *a]\nb: *a\n',
    `${'- '.repeat(3000)}x`,
  ]) {
    readAll(text, 'x.transfer.yaml');
    readAt(new SourceTree(text), 4, false);
  }
});
