/** Masks bit for bit against pycocotools.mask; large polygons against a slow walk along the outline. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rasterizePolygon } from '../../../../../src/shared/math/detection/polygons';
import {
  decodeMask,
  encodeMask,
  maskArea,
  maskBoxes,
  maskIou,
  mergeMasks,
  type Rle,
} from '../../../../../src/shared/math/detection/rle';
import { formatRuns, readRuns } from '../../../../../src/shared/math/detection/rleText';
import type { MaskColumn } from '../../../../../src/shared/results/detections';
import { bytesOf } from './detectionFiles';

interface Golden {
  readonly polygons: readonly {
    readonly height: number;
    readonly width: number;
    readonly points: readonly number[];
    readonly text: string;
    readonly area: number;
    readonly box: readonly number[];
  }[];
  readonly pairs: readonly {
    readonly height: number;
    readonly width: number;
    readonly a: string;
    readonly b: string;
    readonly textA: string;
    readonly union: string;
    readonly intersection: string;
    readonly boxA: readonly number[];
    readonly iou: number;
    readonly crowdIou: number;
  }[];
}

const root = path.resolve(import.meta.dirname, '../../../../..');
const golden = JSON.parse(readFileSync(path.join(root, 'test/golden/data/masks.json'), 'utf8')) as Golden;

function columnOf(...masks: Rle[]): MaskColumn {
  const offsets = [0];
  for (const { counts } of masks) offsets.push(offsets.at(-1)! + counts.length);
  return {
    counts: Uint32Array.from(masks.flatMap(({ counts }) => [...counts])),
    offsets: Uint32Array.from(offsets),
    heights: Uint32Array.from(masks, ({ height }) => height),
    widths: Uint32Array.from(masks, ({ width }) => width),
  };
}

function runsOf(text: string): number[] {
  const runs: number[] = [];
  expect(readRuns(bytesOf(text), (run) => runs.push(run))).toBe(true);
  return runs;
}

describe('masks', () => {
  it('draws polygons as rleFrPoly does', () => {
    expect(golden.polygons.length).toBeGreaterThan(100);
    for (const { height, width, points, text, area, box } of golden.polygons) {
      const mask = rasterizePolygon(points, height, width);
      expect(formatRuns(mask.counts)).toBe(text);
      expect(maskArea(mask.counts)).toBe(area);
      expect([...maskBoxes(columnOf(mask))]).toEqual(box);
      expect(runsOf(text)).toEqual([...mask.counts]);
    }
  });

  it('encodes, decodes, unites, intersects and compares as pycocotools does', () => {
    for (const { height, width, a, b, ...expected } of golden.pairs) {
      const [first, second] = [a, b].map((bits) => encodeMask([...bits].map(Number), height, width)) as [Rle, Rle];
      expect(formatRuns(first.counts)).toBe(expected.textA);
      expect([...decodeMask(first)!].join('')).toBe(a);
      expect(formatRuns(mergeMasks([first, second]).counts)).toBe(expected.union);
      expect(formatRuns(mergeMasks([first, second], true).counts)).toBe(expected.intersection);
      expect([...maskBoxes(columnOf(first))]).toEqual(expected.boxA);
      const column = columnOf(first, second);
      expect(maskIou(column, 0, column, 1)).toBe(expected.iou);
      expect(maskIou(column, 0, column, 1, true)).toBe(expected.crowdIou);
    }
  });

  it('refuses runs over the end, masks of other sizes and text of another format', () => {
    expect(decodeMask({ height: 2, width: 2, counts: Uint32Array.of(1, 9) })).toBeUndefined();
    const [small, large] = [encodeMask([1], 1, 1), encodeMask([1, 1], 1, 2)];
    expect(maskIou(columnOf(small), 0, columnOf(large), 0)).toBe(-1);
    expect(mergeMasks([small, large]).counts).toHaveLength(0);
    for (const text of ['!!', 'P', 'oooooooooo']) expect(readRuns(bytesOf(text), () => {})).toBe(false);
  });

  it('ends with runs that do not cover the image, where a walk along both would not', () => {
    const short = { height: 4, width: 4, counts: Uint32Array.of(2, 3) };
    const whole = { height: 4, width: 4, counts: Uint32Array.of(0, 16) };
    const column = columnOf(short, whole);
    expect(maskIou(column, 0, column, 1)).toBeGreaterThanOrEqual(0);
    expect(maskIou(column, 1, column, 0)).toBeGreaterThanOrEqual(0);
    expect(mergeMasks([short, whole]).counts.length).toBeGreaterThan(0);
  });

  it('takes polygons that reach far out of the image in the time of the columns crossed', () => {
    const mask = rasterizePolygon([-1e7, -1e7, 1e7, -1e7, 1e7, 1e7, -1e7, 1e7], 300, 500);
    expect(maskArea(mask.counts)).toBe(300 * 500);
  });
});
