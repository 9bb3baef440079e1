/**
 * Writing so that a reader sees the old file or the new one, never half of it: temporary name, flush, rename.
 * A failure leaves no temporary file behind and says in one sentence what the disk's complaint was.
 */
import { createHash, randomUUID } from 'node:crypto';
import { copyFile, link, mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../shared/errors';
import type { FileStamp } from '../../shared/results/records';

const TEMPORARY_ENDING = '.tmp';

/** Writes the whole file or nothing, into a folder that is there: one that was deleted under a run must not come back in part. */
export async function writeFileAtomic(file: string, content: string | Uint8Array): Promise<FileStamp> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  await buildFileAtomic(file, ({ handle }) => handle.writeFile(bytes));
  return { bytes: bytes.byteLength, sha256: sha256(bytes) };
}

/** As `writeFileAtomic`, unless the file is there already: then it stays as it is, and the answer is false. */
export async function writeFileOnce(file: string, text: string): Promise<boolean> {
  const unfinished = await UnfinishedFile.create(file);
  try {
    await unfinished.handle.writeFile(text);
    await unfinished.handle.sync();
    await link(unfinished.temporary, file);
    await unfinished.discard();
    await syncFolder(path.dirname(file));
    return true;
  } catch (error) {
    await unfinished.discard();
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!hasNoLinks(code)) throw storageError(error, file);
    await writeFileAtomic(file, text);
    return true;
  }
}

/** What file systems without hard links answer. */
export function hasNoLinks(code: string | undefined): boolean {
  return code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS' || code === 'EMLINK';
}

/** Copies the whole file or nothing. */
export async function copyFileAtomic(from: string, to: string): Promise<void> {
  // Over the temporary name's empty file, which the handle goes on to flush.
  await buildFileAtomic(to, ({ temporary }) => copyFile(from, temporary));
}

/** Writes a file in pieces with `build`; nothing stands under its name when that fails. */
export async function buildFileAtomic(
  file: string,
  build: (unfinished: UnfinishedFile) => Promise<void>,
): Promise<void> {
  const unfinished = await UnfinishedFile.create(file);
  try {
    await build(unfinished);
  } catch (error) {
    await unfinished.discard();
    throw storageError(error, file);
  }
  await unfinished.finish();
}

/** A file under a temporary name until it is finished. */
export class UnfinishedFile {
  private constructor(
    private readonly file: string,
    readonly temporary: string,
    readonly handle: FileHandle,
  ) {}

  static async create(file: string): Promise<UnfinishedFile> {
    // Not the process id: a container restarted after a kill has the same ones again.
    const temporary = `${file}.${randomUUID()}${TEMPORARY_ENDING}`;
    try {
      return new UnfinishedFile(file, temporary, await open(temporary, 'wx'));
    } catch (error) {
      throw storageError(error, file);
    }
  }

  /** Writes all bytes at a position. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    try {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, position + done);
        done += bytesWritten;
      }
    } catch (error) {
      throw storageError(error, this.file);
    }
  }

  /** Flushes it and gives it its name; it is discarded when that fails. */
  async finish(): Promise<void> {
    try {
      await this.handle.sync();
      await this.handle.close();
      await rename(this.temporary, this.file);
      await syncFolder(path.dirname(this.file));
    } catch (error) {
      await this.discard();
      throw storageError(error, this.file);
    }
  }

  async discard(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await rm(this.temporary, { force: true }).catch(() => undefined);
  }
}

/** Makes a folder and those above it. Node's own recursion never ends where the system refuses folders with ENOENT (/proc). */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    if (code !== 'ENOENT' || path.dirname(folder) === folder) throw error;
    await makeFolder(path.dirname(folder));
    await mkdir(folder).catch((again: NodeJS.ErrnoException) => {
      if (again.code !== 'EEXIST') throw again;
    });
  }
}

/** Makes the folder that a file is about to be written into. */
export async function makeFolderFor(file: string): Promise<void> {
  await makeFolder(path.dirname(file)).catch((error: unknown) => {
    throw storageError(error, file);
  });
}

/** Removes what a killed writer left of its unfinished files; only for a folder's one writer. */
export async function sweepTemporaryFiles(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((name) => name.endsWith(TEMPORARY_ENDING))) {
    await rm(path.join(folder, name), { force: true }).catch(() => undefined);
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Makes a rename durable; some systems cannot open folders, and then there is nothing to flush. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (!handle) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}

const advice: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space, then resume the run',
  EDQUOT: 'your disk quota is used up; free some space, then resume the run',
  EACCES: 'permission is denied; choose a folder you may write to with --out',
  EPERM: 'permission is denied; choose a folder you may write to with --out',
  EROFS: 'the file system is read-only; choose another folder with --out',
  ENOTDIR: 'a part of the path is a file, not a folder; choose another folder with --out',
  EEXIST: 'a file stands where a folder should be; choose another folder with --out',
  ENOENT: 'its folder is gone or cannot be made; run again, or choose another folder with --out',
  EISDIR: 'a folder stands where a file should be; remove it, then resume the run',
  ENAMETOOLONG: 'the path is too long; choose a shorter folder with --out',
  EIO: 'the disk reports an error; check it, or choose another folder with --out',
};

/** Turns a file-system failure into a sentence; anything unknown stays the bug it may be. */
export function storageError(error: unknown, file: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const reason = code ? advice[code] : undefined;
  return reason ? new UserError('storage', `cannot write ${file}: ${reason}`) : error;
}
