/** Reads an experiment file, or says in one sentence why it cannot be one. */
import { readFileSync, statSync } from 'node:fs';
import { UserError } from '../shared/errors';

/** Far beyond any experiment; keeps a mistyped path to a data set from filling the memory. */
const LARGEST_BYTES = 2 * 1024 * 1024;

/** The text of the file at `path`; `shown` is how the user wrote it. */
export function readExperimentText(path: string, shown: string): string {
  const fail = (sentence: string): never => {
    throw new UserError('config', sentence, { file: shown });
  };
  try {
    const { size, isFile, isDirectory } = inspect(path);
    if (isDirectory) return fail('this is a folder; give the experiment file inside it (*.transfer.yaml)');
    if (!isFile) return fail('this is not a regular file; give an experiment file (*.transfer.yaml)');
    if (size > LARGEST_BYTES) {
      return fail(
        `this has ${(size / 2 ** 20).toFixed(1)} MiB, far more than an experiment file; is it the right file?`,
      );
    }
    const bytes = readFileSync(path);
    if (isUtf16(bytes)) return fail('this is UTF-16 text; save the experiment file as UTF-8');
    if (bytes.includes(0)) return fail('this is a binary file; an experiment file is YAML text');
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof TypeError) return fail('this is not UTF-8 text; save the experiment file as UTF-8');
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return fail('there is no such file; check the path');
    return fail(`this cannot be read: ${(error as Error).message}`);
  }
}

/** What Windows editors and shells write as Unicode begins with this mark in either order. */
function isUtf16(bytes: Uint8Array): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}

function inspect(path: string): { size: number; isFile: boolean; isDirectory: boolean } {
  const stats = statSync(path);
  return { size: stats.size, isFile: stats.isFile(), isDirectory: stats.isDirectory() };
}
