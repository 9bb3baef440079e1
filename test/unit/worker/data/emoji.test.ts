import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { assetPath } from '../../../../src/worker/data/assets';
import type { Dataset } from '../../../../src/worker/data/dataset';
import { openEmoji } from '../../../../src/worker/data/emoji';
import { readImage } from '../../../../src/worker/data/imageStore';
import type { EmojiData } from '../../../../src/worker/data/settings';

const vendors = ['twitter', 'google'] as const;
type Vendor = (typeof vendors)[number];

interface Entry {
  readonly unified: string;
  readonly name: string;
  readonly category: string;
  readonly subcategory: string;
  readonly cell: number;
}

const settings: EmojiData = {
  kind: 'emoji',
  labels: 'subcategory',
  background: [255, 255, 255],
  train: 'twitter',
  test: 'google',
};

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T;
}

let index: { readonly atlases: Record<Vendor, { readonly file: string; readonly sha256: string }>; emoji: Entry[] };
let onWhite: Record<Vendor, Dataset>;
let onBlack: Record<Vendor, Dataset>;

async function openBoth(background: EmojiData['background']): Promise<Record<Vendor, Dataset>> {
  const source = await openEmoji({ ...settings, background });
  return { twitter: await source.open('twitter'), google: await source.open('google') };
}

beforeAll(async () => {
  index = await readJson(assetPath('media/data/emoji/emoji.json'));
  onWhite = await openBoth([255, 255, 255]);
  onBlack = await openBoth([0, 0, 0]);
});

describe('the packed files', () => {
  it('belong together', async () => {
    for (const vendor of vendors) {
      const { file, sha256 } = index.atlases[vendor];
      const bytes = await readFile(assetPath(`media/data/emoji/${file}`));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
      expect(bytes.length).toBeLessThan(5e6);
    }
  });

  it('name every emoji once', () => {
    expect(index.emoji).toHaveLength(1911);
    expect(new Set(index.emoji.map((emoji) => emoji.unified)).size).toBe(1911);
    expect(new Set(index.emoji.map((emoji) => emoji.name)).size).toBe(1911);
    expect(index.emoji.map((emoji) => emoji.cell)).toEqual(index.emoji.map((_, i) => i));
  });

  it('say whose the drawings are and under which licence', async () => {
    const text = await readFile(assetPath('media/data/emoji/ATTRIBUTION.md'), 'utf8');
    for (const part of [
      'Twemoji',
      'creativecommons.org/licenses/by/4.0',
      'Noto Emoji',
      'Apache License 2.0',
      'Cal Henderson',
    ]) {
      expect(text).toContain(part);
    }
    for (const [file, title] of [
      ['LICENSE-Apache-2.0.txt', 'Apache License'],
      ['LICENSE-emoji-data.txt', 'MIT License'],
    ]) {
      expect(await readFile(assetPath(`media/data/emoji/${file}`), 'utf8')).toContain(title);
    }
  });
});

describe('openEmoji', () => {
  it('has each emoji once per vendor, in the same order, with the same label', () => {
    const { twitter, google } = onWhite;
    for (const dataset of [twitter, google]) {
      expect(dataset.length).toBe(1911);
      expect(dataset.store).toMatchObject({ kind: 'packed', count: 1911, width: 64, height: 64 });
      expect(dataset.names).toEqual(index.emoji.map((emoji) => emoji.name));
      expect(dataset.problems).toEqual([]);
    }
    expect(google.instances).toEqual(twitter.instances);
    expect(google.labels).toEqual(twitter.labels);
    expect(google.classes).toEqual(twitter.classes);
    expect(new Set(twitter.instances).size).toBe(1911);
  });

  it.each([
    ['category', 10],
    ['subcategory', 99],
    ['emoji', 1911],
  ] as const)('labels by %s: %i classes, none empty', async (labels, count) => {
    const { classes, labels: numbers } = await (await openEmoji({ ...settings, labels })).open('twitter');
    expect(classes).toHaveLength(count);
    expect(classes).toEqual([...classes].sort());
    expect(new Set(numbers).size).toBe(count);
    const field = labels === 'emoji' ? 'unified' : labels;
    expect([...numbers].map((number) => classes[number])).toEqual(index.emoji.map((emoji) => emoji[field]));
  });

  it("shows the vendors' own pixels (PIL)", async () => {
    type Witness = { pixel: [number, number, number, number, number]; transparent: number };
    const golden = await readJson<({ unified: string } & Record<Vendor, Witness>)[]>(
      'test/golden/data/emojiPixels.json',
    );
    const places = new Map(index.emoji.map((emoji, i) => [emoji.unified, i]));
    expect(golden.length).toBeGreaterThan(90);
    for (const row of golden) {
      const place = places.get(row.unified)!;
      for (const vendor of vendors) {
        const [x, y, ...rgb] = row[vendor].pixel;
        const white = (await readImage(onWhite[vendor].store, place)).pixels;
        const black = (await readImage(onBlack[vendor].store, place)).pixels;
        const at = (y * 64 + x) * 3;
        expect([...white.subarray(at, at + 3)], `${vendor} ${row.unified}`).toEqual(rgb);
        // Where nothing is drawn, only the background shows.
        let transparent = 0;
        for (let i = 0; i < white.length; i += 3) {
          if (white[i]! + white[i + 1]! + white[i + 2]! - (black[i]! + black[i + 1]! + black[i + 2]!) === 765)
            transparent++;
        }
        expect(transparent, `${vendor} ${row.unified}`).toBe(row[vendor].transparent);
      }
    }
  });

  it('has a fingerprint that moves with whatever moves pixels or labels', async () => {
    const variants = [
      settings,
      { ...settings, labels: 'category' },
      { ...settings, background: [0, 0, 0] },
    ] as EmojiData[];
    const prints = await Promise.all(variants.map(async (variant) => (await openEmoji(variant)).fingerprint));
    expect(new Set(prints).size).toBe(3);
    expect((await openEmoji({ ...settings })).fingerprint).toBe(prints[0]);
  });

  it('names its splits when asked for another', async () => {
    const source = await openEmoji(settings);
    await expect(source.open('apple')).rejects.toThrow('"apple"; it has twitter and google');
    await expect(source.open('constructor')).rejects.toMatchObject({ code: 'data' });
  });
});
