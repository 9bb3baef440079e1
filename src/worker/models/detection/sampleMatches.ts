/** Which anchors or proposals are learnt from: at most a share of objects, the rest background, drawn at random. */
import type { Random } from '../../../shared/random';
import { BACKGROUND } from './matchBoxes';

export interface SampledMatches {
  /** Rows, ascending. */
  readonly objects: readonly number[];
  readonly background: readonly number[];
}

/** matches: [n], as matchBoxes gives them. As torchvision's BalancedPositiveNegativeSampler. */
export function sampleMatches(
  matches: Int32Array,
  { count, share, random }: { readonly count: number; readonly share: number; readonly random: Random },
): SampledMatches {
  const objects: number[] = [];
  const background: number[] = [];
  matches.forEach((match, row) => {
    if (match >= 0) objects.push(row);
    else if (match === BACKGROUND) background.push(row);
  });
  const few = draw(objects, Math.min(objects.length, Math.trunc(count * share)), random);
  return { objects: few, background: draw(background, Math.min(background.length, count - few.length), random) };
}

function draw(rows: readonly number[], count: number, random: Random): number[] {
  if (count >= rows.length) return [...rows];
  return Array.from(random.permutation(rows.length).subarray(0, count), (place) => rows[place]!).sort((a, b) => a - b);
}
