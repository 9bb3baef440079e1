/** What the score slider covers: shares as a rule, else whatever a detector calls its score (percent, logits). */

export interface ScoreRange {
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** Said below the panel when scores are no shares. */
  readonly note?: string;
}

const SHARES: ScoreRange = { min: 0, max: 1, step: 0.01 };

/**
 * The range of all finite scores, out to whole steps, and 0 to 1 at least. Steps are 0.01 for shares, else a power of ten
 * that makes at most a thousand of them. At `min` nothing but NaN and −infinity is left out.
 */
export function findScoreRange(columns: readonly Float64Array[]): ScoreRange {
  let [lowest, highest] = [0, 1];
  for (const scores of columns) {
    for (const score of scores) {
      if (score < lowest && score > -Infinity) lowest = score;
      else if (score > highest && score < Infinity) highest = score;
    }
  }
  if (lowest === 0 && highest === 1) return SHARES;
  const step = 10 ** Math.ceil(Math.log10((highest - lowest) / 1000));
  const [min, max] = [Math.floor(lowest / step) * step, Math.ceil(highest / step) * step];
  const from = lowest < 0 ? lowest.toPrecision(3) : '0';
  const note = `Scores go from ${from.replace('-', '−')} to ${highest.toPrecision(3)}, beyond 0 to 1: the score slider covers them, calibration does not tell anything of them.`;
  return { min, max, step, note };
}

/**
 * The threshold in force: the one that was chosen, where the slider has a place for it, else `min`. One chosen for shares
 * means nothing to logits, and a slider would silently show a place beside it.
 */
export function scoreInForce(chosen: number, { min, max, step }: ScoreRange): number {
  const place = (chosen - min) / step;
  return chosen >= min && chosen <= max && Math.abs(place - Math.round(place)) < 1e-6 ? chosen : min;
}
