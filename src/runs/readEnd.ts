/** The end of a text file that may be long or missing. */
import { open } from 'node:fs/promises';

/** At most the last `mostBytes`; of a longer file the first line is likely cut. Empty when there is no file. */
export async function readEnd(file: string, mostBytes: number): Promise<string> {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return '';
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - mostBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
