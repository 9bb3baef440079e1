/** Label images: PNGs whose pixels are class numbers, grey or with a palette (whose colours mean nothing). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode, hasPngSignature, type DecodedPng } from 'fast-png';
import { UserError } from '../../shared/errors';

export interface LabelImage {
  readonly width: number;
  readonly height: number;
  /** [height × width] */
  readonly labels: Uint8Array | Uint16Array;
}

/** Paths of all PNG files below a folder, relative to it, sorted. */
export function listLabelImages(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.toLowerCase().endsWith('.png'))
    .map((name) => name.replaceAll('\\', '/'))
    .sort();
}

export function readLabelImage(folder: string, name: string): LabelImage {
  const path = join(folder, name);
  const bytes = readFileSync(path);
  if (!hasPngSignature(bytes))
    throw new UserError('data', `${path} is not a PNG; label images are PNGs of class numbers`);
  const image = decodePng(bytes, path);
  if (image.channels !== 1) {
    throw new UserError(
      'data',
      `${path} has ${image.channels} channels; a label image has one, grey or with a palette`,
    );
  }
  return { width: image.width, height: image.height, labels: unpack(image) };
}

function decodePng(bytes: Uint8Array, path: string): DecodedPng {
  try {
    return decode(bytes);
  } catch (error) {
    throw new UserError('data', `${path} is a broken PNG (${(error as Error).message}); make it again`);
  }
}

/** Pixels of 1, 2 or 4 bits to a byte each. */
function unpack({ data, depth, width, height }: DecodedPng): Uint8Array | Uint16Array {
  if (data instanceof Uint16Array) return data;
  if (depth >= 8 || data.length === width * height) return Uint8Array.from(data);
  const rowBytes = Math.ceil((width * depth) / 8);
  const labels = new Uint8Array(width * height);
  const mask = 2 ** depth - 1;
  for (let i = 0; i < labels.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const byte = data[y * rowBytes + Math.floor((x * depth) / 8)]!;
    labels[i] = (byte >> (8 - depth - ((x * depth) % 8))) & mask;
  }
  return labels;
}
