/** Folders and pictures for the readers' tests, made when the test runs. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll } from 'vitest';

const made: string[] = [];
afterAll(async () => {
  for (const folder of made) await rm(folder, { recursive: true, force: true });
});

/** A fresh folder, removed when the test file is done. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'transferscope-data-'));
  made.push(folder);
  return folder;
}

/** Writes files below a fresh folder. */
export async function makeTree(files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  const root = await makeFolder();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), content);
  }
  return root;
}

/** A PNG of one colour. */
export function plainPng(colour: readonly [number, number, number], size = 4): Promise<Buffer> {
  const [r, g, b] = colour;
  return sharp({ create: { width: size, height: size, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer();
}

/** Raw samples to a sharp pipeline. */
export function fromRaw(samples: Uint8Array | Uint16Array, width: number, height: number, channels: 1 | 2 | 3 | 4) {
  return sharp(samples, { raw: { width, height, channels } });
}
