/** The platform of readers that run on Node. This folder may not import Node's modules, so that they are handed in. */
import { noFile, type OpenFile, type Platform } from './useWeights';

/** What is needed of node:fs/promises, node:path and node:zlib. */
export interface NodeModules {
  open(file: string, flags: 'r'): Promise<OpenFile>;
  stat(file: string): Promise<{ isFile(): boolean }>;
  readonly path: { dirname(file: string): string; join(...parts: string[]): string };
  /** Has a checksum since Node 20.15 and 22.2. */
  readonly zlib: { crc32?(bytes: Uint8Array, before?: number): number };
}

export function createNodePlatform({ open, stat, path, zlib }: NodeModules): Platform {
  const { crc32 } = zlib;
  return {
    open: async (file) => {
      // Asked before opening: opening a named pipe would wait for its other end.
      if (!(await stat(file)).isFile()) throw new Error(noFile);
      return open(file, 'r');
    },
    beside: (file, name) => path.join(path.dirname(file), name),
    ...(typeof crc32 === 'function' && { crc32: (bytes: Uint8Array, before = 0) => crc32(bytes, before) }),
  };
}
