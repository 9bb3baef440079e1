/** Label PNGs as libpng writes them, all filters and passes; palette images of other depths are in eval segmentation's test. */
import { inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { openLabelPng, unpackRuns, type PackedLabels } from '../../../../src/shared/formats/labelPng';
import { paintRuns } from '../../../../src/shared/formats/labelRuns';
import { deriveRandom } from '../../../../src/shared/random';

function drawLabels(width: number, height: number, most: number): Uint8Array {
  const random = deriveRandom(0, 'label png', width);
  const slope = (i: number) => (i % width) + 3 * Math.floor(i / width);
  return Uint8Array.from({ length: width * height }, (_, i) =>
    random.uniform() < 0.2 ? random.integer(most) : slope(i) % most,
  );
}

function read(bytes: Uint8Array) {
  const png = openLabelPng(bytes);
  if ('problem' in png) throw new Error(png.problem);
  return unpack(png, inflateSync(png.packed));
}

/** Painted from its runs, which are as few as there are changes within rows. */
function unpack(png: PackedLabels, raw: Uint8Array) {
  const runs = unpackRuns(png, raw);
  if (!runs) return undefined;
  const { width, height, ends, values } = runs;
  const pixels = width * height;
  const labels = paintRuns(runs, values instanceof Uint8Array ? new Uint8Array(pixels) : new Uint16Array(pixels));
  const isEnd = (i: number) => (i + 1) % width === 0 || labels[i] !== labels[i + 1];
  expect(ends).toEqual(Uint32Array.from([...labels.keys()].filter(isEnd), (i) => i + 1));
  return { width, height, labels };
}

describe('label PNGs', () => {
  const sizes: readonly (readonly [number, number])[] = [
    [1, 1],
    [3, 2],
    [5, 9],
    [8, 8],
    [37, 21],
  ];

  it.each(sizes)('come back as written, filtered and interlaced, %i × %i', async (width, height) => {
    const labels = drawLabels(width, height, 256);
    const raw = { raw: { width, height, channels: 1 as const } };
    for (const adaptiveFiltering of [false, true])
      for (const progressive of [false, true]) {
        const options = { adaptiveFiltering, progressive };
        const file = await sharp(labels, raw).toColourspace('b-w').png(options).toBuffer();
        expect(read(file), JSON.stringify(options)).toEqual({ width, height, labels });
      }
  });

  it('come back where rows are long runs', async () => {
    const [width, height] = [301, 160];
    const random = deriveRandom(5, 'blobs');
    const labels = new Uint8Array(width * height);
    for (let k = 0; k < 40; k++) {
      const [x, y, a] = [random.integer(width), random.integer(height), 5 + random.integer(60)];
      for (let row = Math.max(0, y - a); row < Math.min(height, y + a); row++)
        labels.fill(k, row * width + Math.max(0, x - a), row * width + Math.min(width, x + a + random.integer(4)));
    }
    const raw = { raw: { width, height, channels: 1 as const } };
    const file = await sharp(labels, raw).toColourspace('b-w').png({ adaptiveFiltering: true }).toBuffer();
    expect(read(file)).toEqual({ width, height, labels });
  });

  it('keep sixteen bits', async () => {
    const values = Uint16Array.from({ length: 6 * 4 }, (_, i) => 2500 * i + 7);
    for (const progressive of [false, true]) {
      const picture = sharp(values, { raw: { width: 6, height: 4, channels: 1 } }).toColourspace('grey16');
      expect(read(await picture.png({ progressive }).toBuffer())!.labels).toEqual(values);
    }
  });

  it('come back from a buffer at any place in memory', async () => {
    const labels = drawLabels(37, 21, 9);
    const raw = { raw: { width: 37, height: 21, channels: 1 as const } };
    const png = openLabelPng(await sharp(labels, raw).toColourspace('b-w').png({ adaptiveFiltering: true }).toBuffer());
    if ('problem' in png) throw new Error(png.problem);
    for (const offset of [0, 1, 2, 3]) {
      const memory = Buffer.from(new ArrayBuffer(offset + png.bytes), offset);
      memory.set(inflateSync(png.packed));
      expect(unpack(png, memory)!.labels).toEqual(labels);
    }
  });

  it('use every filter there is', async () => {
    const labels = drawLabels(64, 64, 256);
    const raw = { raw: { width: 64, height: 64, channels: 1 as const } };
    const file = await sharp(labels, raw).toColourspace('b-w').png({ adaptiveFiltering: true }).toBuffer();
    const png = openLabelPng(file);
    if ('problem' in png) throw new Error(png.problem);
    const bytes = inflateSync(png.packed);
    const filters = new Set(Array.from({ length: 64 }, (_, row) => bytes[row * 65]));
    expect([...filters].filter((filter) => filter! > 0).length).toBeGreaterThan(1);
    // Rows with each filter, made by hand: every pixel 1 more than what the filter expects.
    for (const filter of [0, 1, 2, 3, 4]) {
      const made = new Uint8Array(4 * 4).map((_, i) => (i % 4 === 0 ? filter : 1));
      const found = unpack({ ...png, width: 3, height: 4, bytes: 16 }, made);
      expect([...found!.labels]).toEqual(expectFilter(filter));
    }
  });

  it('of other kinds are refused in a sentence, and never thrown at', async () => {
    const colour = await sharp({ create: { width: 4, height: 4, channels: 3, background: '#123456' } })
      .png()
      .toBuffer();
    expect(openLabelPng(colour)).toEqual({ problem: expect.stringContaining('has 3 channels') });
    expect(openLabelPng(Buffer.from('GIF89a'))).toEqual({ problem: expect.stringContaining('is not a PNG') });
    const labels = drawLabels(20, 20, 9);
    const raw = { raw: { width: 20, height: 20, channels: 1 as const } };
    const file = await sharp(labels, raw).toColourspace('b-w').png().toBuffer();
    const random = deriveRandom(3, 'damage');
    for (let i = 0; i < 500; i++) {
      const damaged = Uint8Array.from(
        file.subarray(0, random.uniform() < 0.5 ? file.length : random.integer(file.length)),
      );
      for (let k = 0; k < 4; k++) if (damaged.length > 0) damaged[random.integer(damaged.length)] = random.integer(256);
      const png = openLabelPng(damaged);
      if ('problem' in png) continue;
      const noise = Uint8Array.from({ length: Math.min(png.bytes, 2000) }, () => random.integer(256));
      const found = unpack(png, noise);
      if (found) expect(found.labels).toHaveLength(found.width * found.height);
    }
  });
});

/** What 3 × 4 filtered ones mean, by the specification's formulas. */
function expectFilter(filter: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < 12; i++) {
    const [x, y] = [i % 3, Math.floor(i / 3)];
    const at = (dx: number, dy: number) => (x - dx < 0 || y - dy < 0 ? 0 : out[(y - dy) * 3 + x - dx]!);
    const [a, b, c] = [at(1, 0), at(0, 1), at(1, 1)];
    const p = a + b - c;
    const nearest = [a, b, c].reduce((best, value) => (Math.abs(p - value) < Math.abs(p - best) ? value : best));
    out.push((1 + [0, a, b, Math.floor((a + b) / 2), nearest][filter]!) % 256);
  }
  return out;
}
