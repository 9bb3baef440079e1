/** Unpacks chosen files of a Python wheel (a zip file). No Python takes part, and nothing of it is run. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise, type Entry } from 'yauzl';
import { Cancelled } from '../../shared/errors';

export interface Unpacking {
  readonly wheel: string;
  readonly folder: string;
  /** Which files, by their path in the wheel. */
  readonly wants: (name: string) => boolean;
  readonly onBytes?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/** Writes the wanted files under `folder` at their paths in the wheel; returns those paths. Throws on a damaged wheel. */
export async function unpackWheel({ wheel, folder, wants, onBytes, signal }: Unpacking): Promise<string[]> {
  const written: string[] = [];
  const zip = await openPromise(wheel, { lazyEntries: true, autoClose: false });
  try {
    for await (const entry of zip.eachEntry() as AsyncIterable<Entry>) {
      if (signal?.aborted) throw new Cancelled();
      const name = entry.fileName;
      if (name.endsWith('/') || !wants(name)) continue;
      const target = path.join(folder, ...name.split('/'));
      await mkdir(path.dirname(target), { recursive: true });
      const contents = await zip.openReadStreamPromise(entry);
      if (onBytes) contents.on('data', (chunk: Buffer) => onBytes(chunk.length));
      await pipeline(contents, createWriteStream(target, { mode: 0o755 }));
      written.push(name);
    }
  } finally {
    zip.close();
  }
  return written;
}
