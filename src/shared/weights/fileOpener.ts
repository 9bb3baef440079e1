/** How files are opened that belong to another: the pieces of a sharded checkpoint, the weights beside a model.json. */
import type { ByteSource } from './byteSource';
import { malformed, shorten } from './malformed';

export interface FileOpener {
  /** Opens a file in the same folder, by its bare name. Throws a user error when it cannot be read. */
  openSibling(name: string): Promise<ByteSource>;
}

/** A bare file name: what a weight file mentions must lie beside it. */
export function requireSibling(file: string, name: unknown): string {
  if (typeof name === 'string' && name.length <= 255 && /^[^/\\:\0]+$/.test(name) && name !== '.' && name !== '..')
    return name;
  return malformed(
    file,
    `names the file ${shorten(JSON.stringify(name) ?? 'nothing')}, which does not lie beside it`,
    'put all pieces into one folder',
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
