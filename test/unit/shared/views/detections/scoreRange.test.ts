/** The score slider's range: every finite score can be kept and left out. */
import { describe, expect, it } from 'vitest';
import { findScoreRange, scoreInForce } from '../../../../../src/shared/views/detections/scoreRange';

const of = (...scores: number[]) => findScoreRange([Float64Array.from(scores)]);

describe('the range of scores', () => {
  it('is that of shares, also without scores and with NaN', () => {
    const shares = { min: 0, max: 1, step: 0.01 };
    expect([of(), of(0.2, Number.NaN), of(0, 1)]).toEqual([shares, shares, shares]);
  });

  it.each([
    ['percent', [0.4, 97.3]],
    ['logits', [-6.13, 4.02]],
    ['tiny steps past one', [0.3, 1.0000001]],
    ['huge', [-3e8, 12]],
    ['endless', [-Infinity, Infinity, 7]],
  ])('covers %s', (_, scores) => {
    const { min, max, step, note } = of(...scores);
    const finite = scores.filter(Number.isFinite);
    expect(min).toBeLessThanOrEqual(Math.min(0, ...finite));
    expect(max).toBeGreaterThanOrEqual(Math.max(1, ...finite));
    expect((max - min) / step).toBeLessThanOrEqual(1002);
    expect((max - min) / step).toBeGreaterThan(90);
    expect(note).toMatch(/^Scores go from /);
  });

  it('takes all runs together', () => {
    expect(findScoreRange([Float64Array.of(0.5), Float64Array.of(88)]).max).toBe(88);
  });
});

describe('the threshold in force', () => {
  it.each([
    ['stays among shares', 0.05, [0.2], 0.05],
    ['stays where the slider has a place for it', 40, [0.4, 97.3], 40],
    ['begins anew where the slider has none between its steps', 0.05, [0.4, 97.3], 0],
    ['begins anew below negative scores', 0.05, [-6.13, 4.02], -6.2],
    ['begins anew beyond the end', 40, [0.2], 0],
  ])('%s', (_, chosen, scores, wanted) => {
    expect(scoreInForce(chosen, of(...scores))).toBeCloseTo(wanted, 12);
  });

  it('holds wherever the slider can stand', () => {
    const range = of(-0.31, 7.77);
    for (let i = 0; i <= Math.round((range.max - range.min) / range.step); i++) {
      const place = Math.min(range.max, Number((range.min + i * range.step).toFixed(6)));
      expect(scoreInForce(place, range)).toBe(place);
    }
  });
});
