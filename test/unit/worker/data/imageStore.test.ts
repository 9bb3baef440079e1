import { writeFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/shared/errors';
import { decodeImage, readImage, readImageSize } from '../../../../src/worker/data/imageStore';
import { fromRaw, makeTree, plainPng } from './tempFolder';

const gradient = (length: number, step: number) => Uint8Array.from({ length }, (_, i) => (i * step) % 256);

/** Pixel (x, y) of a decoded image. */
async function pixel(encoded: Uint8Array, x = 0, y = 0): Promise<number[]> {
  const { width, pixels } = await decodeImage(encoded, 'picture');
  return [...pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

describe('decodeImage', () => {
  it('keeps 8-bit RGB as it is', async () => {
    const rgb = gradient(5 * 3 * 3, 7);
    for (const encoded of [
      await fromRaw(rgb, 5, 3, 3).png().toBuffer(),
      await fromRaw(rgb, 5, 3, 3).webp({ lossless: true }).toBuffer(),
      await fromRaw(rgb, 5, 3, 3).tiff({ compression: 'lzw' }).toBuffer(),
      await fromRaw(rgb, 5, 3, 3).avif({ lossless: true, chromaSubsampling: '4:4:4' }).toBuffer(),
    ]) {
      expect(await decodeImage(encoded, 'rgb')).toEqual({ width: 5, height: 3, pixels: rgb });
    }
  });

  it('spreads grey over three channels', async () => {
    const grey = gradient(4 * 2, 30);
    const png = await fromRaw(grey, 4, 2, 1).toColourspace('b-w').png().toBuffer();
    const { pixels } = await decodeImage(png, 'grey');
    expect([...pixels]).toEqual([...grey].flatMap((value) => [value, value, value]));
  });

  it('takes the high byte of 16-bit samples', async () => {
    const samples = Uint16Array.from({ length: 12 }, (_, i) => i * 5000);
    const png = await fromRaw(samples, 4, 3, 1).toColourspace('grey16').png().toBuffer();
    const { pixels } = await decodeImage(png, 'grey16');
    expect([...pixels].filter((_, i) => i % 3 === 0)).toEqual([...samples].map((value) => value >> 8));
  });

  it('puts transparent pictures on white', async () => {
    const half = await fromRaw(Uint8Array.from([200, 0, 0, 128, 200, 0, 0, 0]), 2, 1, 4)
      .png()
      .toBuffer();
    const [red, green, blue] = await pixel(half);
    const over = (value: number) => (value * 128 + 255 * 127) / 255;
    expect(Math.abs(red! - over(200))).toBeLessThanOrEqual(1);
    expect(Math.abs(green! - over(0))).toBeLessThanOrEqual(1);
    expect(Math.abs(blue! - over(0))).toBeLessThanOrEqual(1);
    expect(await pixel(half, 1)).toEqual([255, 255, 255]);
  });

  it('puts grey with transparency on white', async () => {
    const png = await fromRaw(Uint8Array.from([100, 255, 100, 0]), 2, 1, 2)
      .toColourspace('b-w')
      .png()
      .toBuffer();
    expect(png[25]).toBe(4); // PNG colour type: grey with alpha
    expect(await pixel(png, 0)).toEqual([100, 100, 100]);
    expect(await pixel(png, 1)).toEqual([255, 255, 255]);
  });

  it.each(['gif', 'webp'] as const)('takes the first frame of an animated %s', async (format) => {
    // Two frames of 4 × 4 under each other, red and blue.
    const frames = Uint8Array.from({ length: 4 * 8 * 3 }, (_, i) => (i % 3 === (i < 48 ? 0 : 2) ? 255 : 0));
    const raw = { width: 4, height: 8, channels: 3, pageHeight: 4 } as const;
    const image = sharp(frames, { raw });
    const encoded = await (
      format === 'gif' ? image.gif({ delay: [50, 50] }) : image.webp({ lossless: true })
    ).toBuffer();
    expect((await sharp(encoded, { animated: true }).metadata()).pages).toBe(2);
    const { width, height, pixels } = await decodeImage(encoded, 'film');
    expect([width, height]).toEqual([4, 4]);
    for (let i = 0; i < pixels.length; i += 3) expect([...pixels.subarray(i, i + 3)]).toEqual([255, 0, 0]);
  });

  it('reads a picture of one pixel', async () => {
    const jpeg = await fromRaw(Uint8Array.from([128, 128, 128]), 1, 1, 3)
      .jpeg()
      .toBuffer();
    expect(await decodeImage(jpeg, 'dot')).toEqual({ width: 1, height: 1, pixels: Uint8Array.from([128, 128, 128]) });
  });

  it('refuses a JPEG that breaks off', async () => {
    const jpeg = await fromRaw(gradient(64 * 64 * 3, 37), 64, 64, 3)
      .jpeg()
      .toBuffer();
    await decodeImage(jpeg, 'whole.jpg');
    for (const part of [0.5, 0.9]) {
      const cut = jpeg.subarray(0, Math.floor(jpeg.length * part));
      await expect(decodeImage(cut, 'cut.jpg')).rejects.toThrow(/cut\.jpg cannot be decoded/);
    }
  });

  it('looks up palettes, and takes the first frame of a GIF', async () => {
    const rgb = fromRaw(Uint8Array.from([255, 0, 0, 0, 0, 255]), 2, 1, 3);
    for (const encoded of [await rgb.clone().png({ palette: true }).toBuffer(), await rgb.clone().gif().toBuffer()]) {
      expect(await pixel(encoded, 0)).toEqual([255, 0, 0]);
      expect(await pixel(encoded, 1)).toEqual([0, 0, 255]);
    }
  });

  it('turns a picture as its EXIF orientation says', async () => {
    // 1 | 2 | 3 in a row; orientation 6: the stored top row is the right-hand side, so 1 is on top.
    const row = Uint8Array.from([10, 10, 10, 20, 20, 20, 30, 30, 30]);
    const png = await fromRaw(row, 3, 1, 3).withMetadata({ orientation: 6 }).png().toBuffer();
    const turned = await decodeImage(png, 'turned');
    expect([turned.width, turned.height]).toEqual([1, 3]);
    expect([...turned.pixels]).toEqual([...row]);
    const flipped = await fromRaw(row, 3, 1, 3).withMetadata({ orientation: 2 }).png().toBuffer();
    expect(await pixel(flipped)).toEqual([30, 30, 30]);
  });

  it('converts CMYK', async () => {
    const cmyk = await fromRaw(Uint8Array.from([200, 100, 50]), 1, 1, 3)
      .toColourspace('cmyk')
      .tiff()
      .toBuffer();
    const [red, green, blue] = await pixel(cmyk);
    expect(Math.abs(red! - 200)).toBeLessThan(40);
    expect(red! > green! && green! > blue!).toBe(true);
  });

  it('ignores colour profiles, as PIL does', async () => {
    const image = fromRaw(Uint8Array.from([200, 100, 50]), 1, 1, 3);
    const tagged = await image.withIccProfile('p3').png().toBuffer();
    // The writer converted to Display P3 and stored [187, 105, 62] (read with PIL); converting back would give 200.
    expect(await pixel(tagged)).toEqual([187, 105, 62]);
  });

  it.each([
    ['truncated', (png: Buffer) => png.subarray(0, png.length - 40)],
    ['damaged', (png: Buffer) => Buffer.from(png).fill(0xff, png.length >> 1, (png.length >> 1) + 8)],
    ['not a picture', () => Buffer.from('hello')],
    ['empty', () => Buffer.alloc(0)],
  ])('says which file is %s', async (_, spoil) => {
    const png = await fromRaw(gradient(32 * 32 * 3, 37), 32, 32, 3)
      .png()
      .toBuffer();
    const error = await decodeImage(spoil(png), 'cat/1.png').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ code: 'data', message: expect.stringContaining('cat/1.png') });
  });

  it('opens no documents, whatever their ending', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="4" height="4"/></svg>';
    const root = await makeTree({ 'a.png': svg });
    await expect(decodeImage(`${root}/a.png`, 'a.png')).rejects.toThrow('it is not a JPEG, PNG');
    await expect(readImageSize(`${root}/a.png`)).rejects.toThrow('it is not a JPEG, PNG');
  });

  it('refuses a header that claims more than 100 megapixels', async () => {
    const png = Buffer.from(await plainPng([1, 2, 3]));
    png.writeUInt32BE(20_000, 16);
    png.writeUInt32BE(20_000, 20);
    await expect(decodeImage(png, 'huge.png')).rejects.toThrow('it claims more than 100 million pixels');
    const root = await makeTree({ 'huge.png': png });
    await expect(readImageSize(`${root}/huge.png`)).rejects.toThrow('it claims more than 100 million pixels');
  });
});

it('does not unpack a PNG of a few kilobytes into gigabytes', async () => {
  // 30,000 × 30,000 pixels of 1 bit, deflated to 113 kB: valid, and 2.7 GB as RGB.
  const side = 30_000;
  const rows = deflateSync(Buffer.alloc((side / 8 + 1) * side), { level: 9 });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.writeUInt8(1, 8);
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  const bomb = Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
  expect(bomb.length).toBeLessThan(200_000);
  expect((await sharp(bomb, { limitInputPixels: false }).metadata()).width).toBe(side);
  const before = process.memoryUsage().rss;
  await expect(decodeImage(bomb, 'bomb.png')).rejects.toThrow('it claims more than 100 million pixels');
  expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
});

/** CRC-32 of PNG (ISO 3309), bit by bit. */
function crc32(bytes: Uint8Array): number {
  let rest = ~0;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  }
  return ~rest >>> 0;
}

describe('readImage', () => {
  it('reads packed images by index', async () => {
    const buffer = new SharedArrayBuffer(2 * 2 * 1 * 3);
    new Uint8Array(buffer).set(gradient(12, 1));
    const image = await readImage({ kind: 'packed', count: 2, width: 2, height: 1, buffer }, 1);
    expect(image).toEqual({ width: 2, height: 1, pixels: Uint8Array.from([6, 7, 8, 9, 10, 11]) });
  });

  it('reads files by index, and sees a file that has changed', async () => {
    const root = await makeTree({ 'a.png': await plainPng([1, 2, 3]), 'b.png': await plainPng([4, 5, 6]) });
    const store = { kind: 'files', paths: [`${root}/a.png`, `${root}/b.png`] } as const;
    expect((await readImage(store, 1)).pixels[0]).toBe(4);
    await writeFile(`${root}/b.png`, await plainPng([9, 9, 9]));
    expect((await readImage(store, 1)).pixels[0]).toBe(9);
  });

  it('names a missing file', async () => {
    const store = { kind: 'files', paths: ['/nowhere/x.png'] } as const;
    await expect(readImage(store, 0)).rejects.toThrow('/nowhere/x.png');
  });
});
