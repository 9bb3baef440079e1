/** Composed scenes: the same on every machine, exact boxes and masks, what the settings promise. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { EmojiScenesData } from '../../../../src/shared/experiment/schema';
import { decodeMask } from '../../../../src/shared/math/detection/rle';
import { openEmojiScenes } from '../../../../src/worker/data/emojiScenes';
import { readImage } from '../../../../src/worker/data/imageStore';
import type { SceneDataset } from '../../../../src/worker/data/scenes';

const settings: EmojiScenesData = {
  kind: 'emoji-scenes',
  labels: 'category',
  size: 64,
  objects: [1, 4],
  scale: [0.2, 0.5],
  overlap: 0.3,
  trainImages: 30,
  testImages: 10,
  sceneSeed: 0,
  train: 'train',
  test: 'test',
};
const open = async (changes: Partial<EmojiScenesData> = {}, split = 'train') =>
  (await openEmojiScenes({ ...settings, ...changes })).openScenes(split);

async function digest(scenes: SceneDataset): Promise<string> {
  const hash = createHash('sha256');
  for (let i = 0; i < scenes.length; i++) hash.update((await readImage(scenes.store, i)).pixels);
  const { truth } = scenes;
  return hash.update(JSON.stringify([[...truth.boxes], [...truth.category], [...truth.masks!.counts]])).digest('hex');
}

describe('emoji scenes', () => {
  it('are the same for the same settings, everywhere', async () => {
    expect(await digest(await open())).toBe('4d2076d8f00be35b3a287eb96093c888cba4c7701d8a6664feb2409e871480d3');
    expect(await digest(await open({ sceneSeed: 1 }))).not.toBe(await digest(await open()));
  });

  it('differ between splits, and a longer split begins as a shorter one', async () => {
    const [train, test] = [await open(), await open({}, 'test')];
    expect([train.length, test.length]).toEqual([30, 10]);
    expect((await readImage(train.store, 0)).pixels).not.toEqual((await readImage(test.store, 0)).pixels);
    const longer = await open({ trainImages: 40 });
    for (const i of [0, 29]) {
      const [a, b] = [await readImage(train.store, i), await readImage(longer.store, i)];
      expect(Buffer.from(a.pixels).equals(Buffer.from(b.pixels))).toBe(true);
    }
    await expect(open({}, 'val')).rejects.toThrow('emoji scenes have no split "val"; they have train and test');
  });

  it('hold only the classes that are kept, in the order given', async () => {
    const classes = ['Flags', 'Animals & Nature'];
    const kept = await open({ classes });
    expect(kept.classes).toEqual(classes);
    expect(kept.truth.categories.names).toEqual(classes);
    expect([...new Set(kept.truth.category)].sort()).toEqual([0, 1]);
    // A class alone is drawn alone: the same places hold other emoji than in scenes of all classes.
    const flags = await open({ classes: ['Flags'] });
    expect([...flags.truth.category].every((category) => category === 0)).toBe(true);
    await expect(open({ classes: ['Cars'] })).rejects.toThrow(
      'emoji scenes have no class "Cars"; they have Activities',
    );
  });

  it('have boxes and areas that are exactly the extents of the masks, and masks that do not overlap', async () => {
    const { truth, offsets, length } = await open();
    for (let i = 0; i < length; i++) {
      const seen = new Uint8Array(64 * 64);
      expect(offsets[i + 1]! - offsets[i]!).toBeLessThanOrEqual(4);
      for (let row = offsets[i]!; row < offsets[i + 1]!; row++) {
        const { counts, offsets: starts, heights, widths } = truth.masks!;
        const runs = counts.subarray(starts[row]!, starts[row + 1]!);
        const bits = decodeMask({ height: heights[row]!, width: widths[row]!, counts: runs })!;
        const on = [...bits.keys()].filter((place) => bits[place] === 1);
        const [xs, ys] = [on.map((place) => place % 64), on.map((place) => Math.floor(place / 64))];
        const [left, top] = [Math.min(...xs), Math.min(...ys)];
        const extent = [left, top, Math.max(...xs) - left + 1, Math.max(...ys) - top + 1];
        expect([...truth.boxes.subarray(4 * row, 4 * row + 4)]).toEqual(extent);
        expect(truth.areas[row]).toBe(on.length);
        // Of at most half the picture's side.
        expect(Math.max(extent[2]!, extent[3]!)).toBeLessThanOrEqual(32);
        for (const place of on) expect(seen[place]).toBe(0);
        on.forEach((place) => (seen[place] = 1));
      }
    }
  });

  it('label by category or subcategory, never by component', async () => {
    const [coarse, fine] = [await open(), await open({ labels: 'subcategory' })];
    expect(coarse.classes).toHaveLength(9);
    expect(coarse.classes).not.toContain('Component');
    expect(fine.classes.length).toBeGreaterThan(90);
    expect(coarse.classes).toEqual([...coarse.classes].sort());
    // The same pictures under other names.
    expect([...fine.truth.boxes]).toEqual([...coarse.truth.boxes]);
    expect(new Set(coarse.truth.category).size).toBeGreaterThan(5);
  });

  it('have a fingerprint of what decides pixels and objects, and nothing else', async () => {
    const of = async (changes: Partial<EmojiScenesData>) =>
      (await openEmojiScenes({ ...settings, ...changes })).fingerprint;
    const same = await of({});
    expect(await of({ train: 'test', test: 'train' })).toBe(same);
    for (const change of [{ size: 65 }, { sceneSeed: 3 }, { overlap: 0.4 }, { labels: 'subcategory' as const }])
      expect(await of(change)).not.toBe(same);
  });
});
