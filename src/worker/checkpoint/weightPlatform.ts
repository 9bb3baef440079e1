/** Node's files for reading weights. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import * as zlib from 'node:zlib';
import type { Platform } from '../../shared/weights/useWeights';

export const weightPlatform: Platform = {
  open: (file) => open(file, 'r'),
  beside: (file, name) => path.join(path.dirname(file), name),
  // Since Node 20.15 and 22.2.
  ...(typeof zlib.crc32 === 'function' && { crc32: (bytes: Uint8Array, before = 0) => zlib.crc32(bytes, before) }),
};
