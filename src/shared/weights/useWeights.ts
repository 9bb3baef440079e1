/** Opens a weight file with a platform's files, lends it out, and closes what was opened. */
import { UserError } from '../errors';
import { handleSource, type ByteSource, type PositionedReader } from './byteSource';
import { openWeights } from './openWeights';
import type { WeightsFile } from './weightsFile';

/** What is needed of Node: its files, its paths and, where it has one, its checksum. */
export interface Platform {
  open(path: string): Promise<OpenFile>;
  /** The path of a file in the same folder as another. */
  beside(path: string, name: string): string;
  readonly crc32?: (bytes: Uint8Array, before?: number) => number;
}
export interface OpenFile extends PositionedReader {
  stat(): Promise<{ readonly size: number; isFile(): boolean }>;
  close(): Promise<void>;
}

export interface WeightsPath {
  readonly path: string;
  /** How messages call the file; the path when absent. */
  readonly name?: string;
}

/** The file stays open while `use` is under way. Throws a user error when it cannot be read or is malformed. */
export async function useWeights<Result>(
  { path, name = path }: WeightsPath,
  platform: Platform,
  use: (weights: WeightsFile) => Promise<Result>,
): Promise<Result> {
  const opened: OpenFile[] = [];
  const openOne = async (place: string, label: string): Promise<ByteSource> => {
    const handle = await platform.open(place).catch((error: unknown) => unreadable(label, error));
    opened.push(handle);
    const info = await handle.stat();
    if (!info.isFile()) unreadable(label, new Error(noFile));
    return handleSource(handle, { name: label, size: info.size, ...(platform.crc32 && { crc32: platform.crc32 }) });
  };
  try {
    const openSibling = (sibling: string) => openOne(platform.beside(path, sibling), platform.beside(name, sibling));
    return await use(await openWeights(await openOne(path, name), { openSibling }));
  } finally {
    for (const handle of opened) await handle.close();
  }
}

/** Of folders, devices, pipes. */
export const noFile = 'it is a folder or a device, not a file';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission is denied',
  ELOOP: 'its symbolic links go round in a circle',
  ENAMETOOLONG: 'the path is too long',
};

function unreadable(name: string, error: unknown): never {
  const { code, message } = error as { code?: string; message: string };
  throw new UserError(
    'weights',
    `cannot read the weights ${name} (${reasons[code ?? ''] ?? message}); check the path`,
    {
      file: name,
    },
  );
}
