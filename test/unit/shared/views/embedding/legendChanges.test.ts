import { describe, expect, it } from 'vitest';
import { emphasiseLine, showAlone, toggleLine } from '../../../../../src/shared/views/embedding/legendChanges';
import type { LegendLine } from '../../../../../src/shared/views/embedding/pointGroups';

function linesOf(hidden: readonly string[], emphasised?: string): LegendLine[] {
  return ['cat', 'dog', 'fox'].map((name, shape) => ({
    ...{ name, shape, colour: [0, 0, 0], count: 4 },
    ...{ isHidden: hidden.includes(name), isEmphasised: name === emphasised },
  }));
}

describe('a line of the legend', () => {
  it('is hidden and shown again, and the others stay as they are', () => {
    const lines = linesOf(['fox']);
    expect(toggleLine(lines, lines[0]!)).toEqual({ hidden: ['fox', 'cat'] });
    expect(toggleLine(lines, lines[2]!)).toEqual({ hidden: [] });
  });

  it('is shown alone, and all come back when it is alone', () => {
    const lines = linesOf(['fox']);
    expect(showAlone(lines, lines[0]!)).toEqual({ hidden: ['dog', 'fox'] });
    const alone = linesOf(['dog', 'fox']);
    expect(showAlone(alone, alone[0]!)).toEqual({ hidden: [] });
  });

  it('is emphasised, which shows it, and then no longer', () => {
    const lines = linesOf(['dog', 'fox']);
    expect(emphasiseLine(lines, lines[0]!)).toEqual({ emphasised: 'cat' });
    expect(emphasiseLine(lines, lines[1]!)).toEqual({ emphasised: 'dog', hidden: ['fox'] });
    const emphasised = linesOf([], 'cat');
    expect(emphasiseLine(emphasised, emphasised[0]!)).toEqual({ emphasised: undefined });
  });
});
