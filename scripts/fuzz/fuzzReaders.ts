/** Feeds readers damaged files and counts what became of them; the same seed damages the same files alike. */
import { UserError } from '../../src/shared/errors';
import { deriveRandom } from '../../src/shared/random';
import { mutate } from './mutateWeights';
import type { FuzzedReader } from './readers';

export interface ReaderResult {
  readonly name: string;
  readonly inputs: number;
  readonly refused: number;
  /** Whatever was thrown and is no UserError. */
  readonly crashes: readonly string[];
  readonly slowestMs: number;
}

export async function fuzzReader(reader: FuzzedReader, count: number, seed: number): Promise<ReaderResult> {
  const crashes: string[] = [];
  let [refused, slowestMs] = [0, 0];
  for (let input = 0; input < count; input++) {
    const random = deriveRandom(seed, `fuzz ${reader.name}`, input);
    const file = reader.files[random.integer(reader.files.length)]!;
    const bytes = mutate(file.bytes, reader.files, random);
    const begun = performance.now();
    try {
      await reader.read(bytes, file.name);
    } catch (error) {
      if (error instanceof UserError) refused++;
      else
        crashes.push(
          `${file.name}, input ${input}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
    }
    slowestMs = Math.max(slowestMs, performance.now() - begun);
  }
  return { name: reader.name, inputs: count, refused, crashes, slowestMs };
}
