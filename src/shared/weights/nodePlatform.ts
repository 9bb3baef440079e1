/** The platform of readers that run on Node. This folder may not import Node's modules, so that they are handed in. */
import type { OpenFile, Platform } from './useWeights';

/** What is needed of node:fs/promises, node:path and node:zlib. */
export interface NodeModules {
  open(file: string, flags: 'r'): Promise<OpenFile>;
  readonly path: { dirname(file: string): string; join(...parts: string[]): string };
  /** Has a checksum since Node 20.15 and 22.2. */
  readonly zlib: { crc32?(bytes: Uint8Array, before?: number): number };
}

export function createNodePlatform({ open, path, zlib }: NodeModules): Platform {
  const { crc32 } = zlib;
  return {
    open: (file) => open(file, 'r'),
    beside: (file, name) => path.join(path.dirname(file), name),
    ...(typeof crc32 === 'function' && { crc32: (bytes: Uint8Array, before = 0) => crc32(bytes, before) }),
  };
}
