/** Hides one part of an image after the other behind the mean colour and watches the score fall; see occlusionGrid. */
import * as tf from '@tensorflow/tfjs-core';
import { Cancelled } from '../../../shared/errors';
import {
  averageDrops,
  hiddenParts,
  type HiddenPart,
  type OcclusionGrid,
} from '../../../shared/math/attribution/occlusionGrid';
import type { Subject } from './subject';

const BATCH = 16;

/** How far the score falls where each cell is hidden: [rows, columns], in the units of the score; below 0 where it rises. */
export async function occlude(
  subject: Subject,
  grid: OcclusionGrid,
  { score, signal }: { readonly score: number; readonly signal: AbortSignal },
): Promise<Float32Array> {
  const parts = hiddenParts(grid, subject);
  const drops = new Float32Array(parts.length);
  for (let from = 0; from < parts.length; from += BATCH) {
    await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted) throw new Cancelled();
    const hidden = parts.slice(from, from + BATCH);
    const { height, width } = subject;
    const scores = tf.tidy(() => subject.score(tf.tensor4d(hide(subject, hidden), [hidden.length, height, width, 3])));
    ((await scores.data()) as Float32Array).forEach((value, i) => (drops[from + i] = score - value));
    scores.dispose();
  }
  return averageDrops(drops, grid);
}

/** A copy of the image for each part, which is zero: the mean colour, once normalised. */
function hide({ values, height, width }: Subject, parts: readonly HiddenPart[]): Float32Array {
  const each = height * width * 3;
  const copies = new Float32Array(parts.length * each);
  parts.forEach(({ left, top, right, bottom }, i) => {
    copies.set(values, i * each);
    for (let y = top; y < bottom; y++) {
      const row = i * each + y * width * 3;
      copies.fill(0, row + left * 3, row + right * 3);
    }
  });
  return copies;
}
