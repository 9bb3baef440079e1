/** VOC's APs, from VOC's own files, against the reference formula and pycocotools. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildVocTruth, parseVocResults } from '../../../../../src/shared/detection/vocTables';
import { parseVocAnnotation } from '../../../../../src/shared/detection/vocXml';
import { evaluateCoco } from '../../../../../src/shared/math/detection/cocoSummary';
import { evaluateVoc } from '../../../../../src/shared/math/detection/vocAp';

const root = path.resolve(import.meta.dirname, '../../../../..');

interface VocBox {
  readonly image: string;
  readonly name: string;
  readonly box: readonly number[];
}

interface ExpectedSet {
  readonly objects: readonly (VocBox & { readonly difficult: number })[];
  readonly detections: readonly (VocBox & { readonly score: number })[];
  readonly perClass: Readonly<Record<'11point' | 'area', Readonly<Record<string, readonly (number | null)[]>>>>;
  readonly coco: readonly number[];
}

const sets = JSON.parse(readFileSync(path.join(root, 'test/golden/data/vocAp.json'), 'utf8')) as ExpectedSet[];

function toXml(objects: ExpectedSet['objects']): string {
  const rows = objects.map(({ name, difficult, box: [x0, y0, x1, y1] }) => {
    const box = `<bndbox><ymax>${y1}</ymax><xmin>${x0}</xmin><ymin>${y0}</ymin><xmax>${x1}</xmax></bndbox>`;
    return `<object><name>${name}</name><difficult>${difficult}</difficult>${box}</object>`;
  });
  return `<annotation><size><width>110</width><height>110</height></size>${rows.join('\n')}</annotation>`;
}

function open({ objects, detections }: ExpectedSet) {
  const stems = ['000000', '000001', '000002', '000003', '000004', '000005'];
  const images = stems.map((id) => ({
    id,
    annotation: parseVocAnnotation(toXml(objects.filter((o) => o.image === id))),
  }));
  const truth = buildVocTruth(images).value!;
  const names = [...new Set(detections.map(({ name }) => name))];
  const files = names.map((category) => ({
    category,
    text: detections
      .filter(({ name }) => name === category)
      .map(({ image, score, box }) => `${image} ${score} ${box.join(' ')}`)
      .join('\n'),
  }));
  const results = parseVocResults(files, truth);
  expect(results.problems).toEqual([]);
  return { truth, results: results.value! };
}

describe('VOC evaluation', () => {
  it.each(sets.map((set, i) => [i, set] as const))('equals the reference formula on set %i', (_, set) => {
    const { truth, results } = open(set);
    expect([...truth.isIgnored].some((ignored) => ignored === 1)).toBe(
      set.objects.some(({ difficult }) => difficult === 1),
    );
    for (const kind of ['11point', 'area'] as const) {
      const summary = evaluateVoc(truth, results, { interpolation: kind });
      for (const [name, expected] of Object.entries(set.perClass[kind])) {
        const row = summary.perClass[truth.categories.names.indexOf(name)]!;
        expected.forEach((value, t) => {
          if (value === null) expect(row.ap[t]).toBeNaN();
          else expect(Math.abs(row.ap[t]! - value)).toBeLessThan(1e-12);
        });
      }
      const known = Object.values(set.perClass[kind]).filter((row) => row[0] !== null);
      const mean = known.reduce((sum, row) => sum + row[0]!, 0) / known.length;
      expect(summary.ap[0]).toBeCloseTo(mean, 12);
    }
  });

  it.each(sets.map((set, i) => [i, set] as const))("equals pycocotools under COCO's protocol on set %i", (_, set) => {
    const { truth, results } = open(set);
    const { AP, AP50, AP75 } = evaluateCoco(truth, results, { iouType: 'bbox' }).numbers;
    [AP!, AP50!, AP75!].forEach((value, i) => expect(Math.abs(value - set.coco[i]!)).toBeLessThan(1e-12));
  });

  it('takes an overlap of exactly the threshold as no match, as the Python evaluator does', () => {
    const object = { image: '000000', name: 'cat', difficult: 0, box: [1, 1, 10, 10] };
    const half = { image: '000000', name: 'cat', score: 1, box: [1, 1, 5, 10] };
    const { truth, results } = open({ ...sets[0]!, objects: [object], detections: [half] });
    const at = (threshold: number) =>
      evaluateVoc(truth, results, { interpolation: 'area', thresholds: [threshold] }).ap[0];
    expect(at(0.5)).toBe(0);
    expect(at(0.49)).toBe(1);
  });
});
