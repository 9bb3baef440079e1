import { describe, expect, it } from 'vitest';
import { editDistance, suggest } from '../../../src/shared/suggest';

/** Optimal string alignment by its recursive definition. */
function slowDistance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const [x, y] = [a.slice(1), b.slice(1)];
  let best = Math.min(slowDistance(x, y) + (a[0] === b[0] ? 0 : 1), slowDistance(x, b) + 1, slowDistance(a, y) + 1);
  if (a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0])
    best = Math.min(best, slowDistance(a.slice(2), b.slice(2)) + 1);
  return best;
}

describe('editDistance', () => {
  it.each([
    ['temprature', 'temperature', 1],
    ['mcoo', 'moco', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
    ['', 'abc', 3],
  ])('%s → %s', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  it('equals the recursive definition', () => {
    const words = ['', 'a', 'ab', 'ba', 'abc', 'acb', 'bcab', 'cabba', 'aabcc'];
    for (const a of words) for (const b of words) expect(editDistance(a, b), `${a} ${b}`).toBe(slowDistance(a, b));
  });
});

describe('suggest', () => {
  const keys = ['learningRate', 'batch', 'queue', 'epochs', 'steps', 'momentum', 'encoderMomentum'];
  it.each([
    ['learning_rate', 'learningRate'],
    ['learningrate', 'learningRate'],
    ['quuee', 'queue'],
    ['epoch', 'epochs'],
    ['momentun', 'momentum'],
    ['lr', undefined],
    ['x', undefined],
    ['', undefined],
  ])('%s → %s', (word, expected) => {
    expect(suggest(word, keys)).toBe(expected);
  });

  it('does not make one letter into another', () => {
    expect(suggest('a', ['b', 'c'])).toBeUndefined();
  });
});
