/** By what processes that train together know that they found the same images. */
import { createHash } from 'node:crypto';
import type { Dataset } from './dataset';

/** SHA-256, in hex, of what every process must have found in the same order: names and labels. */
export function digestDataset({ names, labels, length }: Dataset): string {
  const hash = createHash('sha256').update(`${length}\n`);
  for (const name of names) hash.update(name).update('\n');
  return hash.update(new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength)).digest('hex');
}
