/** COCO files with everything that can be wrong with them: each has a stated outcome, none throws. */
import { describe, expect, it } from 'vitest';
import { parseCocoGroundTruth } from '../../../../src/shared/detection/cocoGroundTruth';
import { parseCocoResults } from '../../../../src/shared/detection/cocoResults';
import { evaluateCoco } from '../../../../src/shared/math/detection/cocoSummary';
import { judgeTide } from '../../../../src/shared/math/detection/tide';
import { findTidePairs } from '../../../../src/shared/math/detection/tidePairs';
import { computeBudget } from '../../../../src/shared/math/detection/errorBudget';
import { deriveRandom } from '../../../../src/shared/random';
import type { DetectionProblem, IouType } from '../../../../src/shared/results/detections';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const codesOf = (problems: readonly DetectionProblem[]): string[] => problems.map(({ code }) => code);

const images = [
  { id: 1, file_name: 'a.jpg', width: 20, height: 10 },
  { id: 2, width: 20, height: 10 },
];
const categories = [
  { id: 7, name: 'cat', supercategory: 'animal' },
  { id: 3, name: 'car' },
];
const square = [[2, 2, 8, 2, 8, 8, 2, 8]];
const good = { id: 1, image_id: 1, category_id: 7, bbox: [2, 2, 6, 6], area: 36, iscrowd: 0, segmentation: square };

function openTruth(annotations: readonly unknown[], iouType: IouType = 'bbox', more: Record<string, unknown> = {}) {
  return parseCocoGroundTruth(bytesOf(JSON.stringify({ annotations, images, categories, ...more })), iouType);
}

function openResults(text: string, iouType: IouType = 'bbox') {
  const truth = openTruth([good], iouType).value!;
  return { truth, ...parseCocoResults(bytesOf(text), { truth, iouType }) };
}

const result = (more: Record<string, unknown>): string =>
  JSON.stringify([{ image_id: 1, category_id: 7, bbox: [2, 2, 6, 6], score: 0.5, ...more }]);

describe('COCO ground truth', () => {
  it('becomes columns, categories in ascending order', () => {
    const { value, problems } = openTruth([good, { ...good, id: 2, image_id: 2, category_id: 3, iscrowd: 1 }]);
    expect(problems).toEqual([]);
    expect(value).toMatchObject({
      count: 2,
      categories: { ids: [3, 7], names: ['car', 'cat'], groups: ['', 'animal'] },
    });
    expect(value!.images.names).toEqual(['a.jpg', '2']);
    expect([...value!.category]).toEqual([1, 0]);
    expect([...value!.isCrowd]).toEqual([0, 1]);
    expect([...value!.boxes.subarray(0, 4)]).toEqual([2, 2, 6, 6]);
  });

  it('has a mask of the polygon', () => {
    const { value } = openTruth([good], 'segm');
    expect([...value!.masks!.counts]).toEqual([22, 6, 4, 6, 4, 6, 4, 6, 4, 6, 4, 6, 122]);
  });

  it('counts objects marked `ignore` as pycocotools does, or sets them aside when asked, and says which', () => {
    const file = {
      annotations: [good, { ...good, id: 2, ignore: 1 }, { ...good, id: 3, ignore: 0 }],
      images,
      categories,
    };
    const results = [{ image_id: 1, category_id: 7, bbox: [2, 2, 6, 6], score: 0.5 }];
    const judge = (difficult: 'counted' | 'ignored') => {
      const { value, problems } = parseCocoGroundTruth(bytesOf(JSON.stringify(file)), 'bbox', difficult);
      const found = parseCocoResults(bytesOf(JSON.stringify(results)), { truth: value!, iouType: 'bbox' }).value!;
      expect(codesOf(problems)).toEqual(['ignore-key']);
      expect(problems[0]!.examples).toEqual(['annotation 2']);
      return { ignored: [...value!.isIgnored], ...evaluateCoco(value!, found, { iouType: 'bbox' }).numbers };
    };
    // One detection of three objects, or of the two that count.
    expect(judge('counted')).toMatchObject({ ignored: [0, 0, 0], AR100: expect.closeTo(1 / 3, 12) as number });
    expect(judge('ignored')).toMatchObject({ ignored: [0, 1, 0], AR100: 1 / 2 });
  });

  it.each([
    ['unknown-image', { ...good, image_id: 99 }, 0],
    ['unknown-category', { ...good, category_id: 99 }, 0],
    ['bad-box', { ...good, bbox: [1, 2, 3] }, 0],
    ['bad-box', { ...good, bbox: 'none' }, 0],
    ['empty-box', { ...good, bbox: [1, 2, 0, 5] }, 1],
    ['no-area', { ...good, area: undefined }, 1],
    ['annotation-id-0', { ...good, id: 0 }, 1],
    ['odd-annotation', 5, 0],
  ])('%s', (code, annotation, count) => {
    const { value, problems } = openTruth([annotation]);
    expect(codesOf(problems)).toEqual([code]);
    expect(value!.count).toBe(count);
  });

  it.each([
    ['short-polygon', { ...good, segmentation: [[1, 1, 5, 5]] }],
    ['short-polygon', { ...good, segmentation: [] }],
    ['bad-mask', { ...good, segmentation: [[1, 1, 5, 1, 1e9, 4]] }],
    ['bad-mask', { ...good, segmentation: undefined }],
    ['bad-mask', { ...good, segmentation: { size: [10, 20], counts: '!!' } }],
    ['bad-mask', { ...good, segmentation: { counts: [200] } }],
    ['mask-length', { ...good, segmentation: { size: [10, 20], counts: [5, 6] } }],
    ['mask-size', { ...good, segmentation: { size: [5, 5], counts: [5, 20] } }],
  ])('%s in a mask', (code, annotation) => {
    const { value, problems } = openTruth([annotation], 'segm');
    expect(codesOf(problems)).toEqual([code]);
    expect(value!.count).toBe(1);
    expect(evaluateCoco(value!, openResults('[]', 'segm').value!, { iouType: 'segm' }).numbers.AP).toBe(0);
  });

  it('uses the last of the annotations that share an id in the place of each', () => {
    const { value, problems } = openTruth([good, { ...good, bbox: [0, 0, 1, 1] }]);
    expect(codesOf(problems)).toEqual(['duplicate-annotation']);
    expect([...value!.boxes]).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
  });

  it.each([
    ['bad-json', '{"images": ['],
    ['not-ground-truth', '[]'],
    ['no-images', '{"annotations":[],"categories":[]}'],
    ['no-categories', '{"annotations":[],"images":[]}'],
    ['no-annotations', '{"images":[],"categories":[]}'],
    ['no-annotations', '{"images":[],"categories":[],"annotations":{}}'],
    ['bad-json', ''],
  ])('%s is an error', (code, text) => {
    const { value, problems } = parseCocoGroundTruth(bytesOf(text), 'bbox');
    expect(value).toBeUndefined();
    expect(codesOf(problems)).toContain(code);
    expect(problems.some(({ severity }) => severity === 'error')).toBe(true);
  });
});

describe('COCO results', () => {
  it.each([
    ['unknown-image', { image_id: 99 }, 0],
    ['unknown-image', { image_id: undefined }, 0],
    ['unknown-category', { category_id: 99 }, 0],
    ['no-score', { score: undefined }, 0],
    ['no-score', { score: 'high' }, 0],
    ['nan-score', { score: null }, 1],
    ['empty-box', { bbox: [1, 1, 0, -1] }, 1],
    ['bad-box', { bbox: [1, 1, 2, null] }, 0],
  ])('%s', (code, more, count) => {
    const { value, problems } = openResults(result(more));
    expect(codesOf(problems)).toEqual([code, ...(count === 0 ? ['nothing-left'] : [])]);
    expect(value!.count).toBe(count);
  });

  it.each([
    ['image', '"1"'],
    ['image', '"000001"'],
    ['category', '"7"'],
  ])('says so when an %s id is %s, as text, and a number in the ground truth', (kind, id) => {
    const text = result({ [`${kind}_id`]: JSON.parse(id) as string });
    const [problem] = openResults(text).problems;
    expect(problem).toMatchObject({ code: `${kind}-id-type`, examples: [`result 0 of ${kind} ${id}`] });
    expect(problem!.message).toContain(`whose ${kind} id is text where the ground truth has a number`);
  });

  it('says so when there are none, or when a ground truth was given instead', () => {
    expect(codesOf(openResults('[]').problems)).toEqual(['no-results']);
    const truth = openResults(`{"annotations": ${result({ score: undefined })}, "images": [], "categories": []}`);
    expect(truth.value).toBeUndefined();
    expect(truth.problems.at(-1)!.message).toMatch(/looks like a ground truth/);
  });

  it('takes NaN as a score, an object around the array, and keeps the place in the file', () => {
    expect(openResults(result({}).replace('0.5', 'NaN')).value!.scores[0]).toBeNaN();
    const { value } = openResults(`{"annotations": [{"image_id": 9}, ${result({}).slice(1, -1)}]}`);
    expect([...value!.places]).toEqual([1]);
  });

  it('compares boxes as filled where masks are asked for', () => {
    const { truth, value } = openResults(result({}), 'segm');
    expect(evaluateCoco(truth, value!, { iouType: 'segm' }).numbers.AP).toBeCloseTo(1, 12);
  });

  it('counts a broken mask as a detection of nothing', () => {
    const { truth, value } = openResults(
      result({ bbox: undefined, segmentation: { size: [10, 20], counts: [1] } }),
      'segm',
    );
    expect(value!.count).toBe(1);
    expect(evaluateCoco(truth, value!, { iouType: 'segm' }).numbers.AP).toBe(0);
  });

  it.each(['{"a":1}', '7', '[{"image_id":1', 'null'])('%s is an error', (text) => {
    const { value, problems } = openResults(text);
    expect(value).toBeUndefined();
    expect(problems[0]!.severity).toBe('error');
  });
});

describe('any file', () => {
  it('is read or refused, never thrown at', () => {
    const base = JSON.stringify({
      images,
      categories,
      annotations: [good, { ...good, id: 2, segmentation: { size: [10, 20], counts: 'V1' } }],
    });
    const list = result({ segmentation: { size: [10, 20], counts: 'V12' }, keypoints: [1, 2, 2] });
    for (let seed = 0; seed < 3000; seed++) {
      const random = deriveRandom(seed, 'test-broken');
      const iouType = (['bbox', 'segm', 'keypoints'] as const)[seed % 3]!;
      const damage = (text: string): Uint8Array => {
        const bytes = bytesOf(text);
        for (let i = 0; i < 1 + random.integer(4); i++) {
          bytes[random.integer(bytes.length)] = '0123456789{}[]",:.-eNnul'.charCodeAt(random.integer(24));
        }
        return random.uniform() < 0.2 ? bytes.subarray(0, random.integer(bytes.length)) : bytes;
      };
      const truth = parseCocoGroundTruth(damage(base), iouType).value ?? openTruth([good], iouType).value!;
      const results = parseCocoResults(damage(list), { truth, iouType }).value;
      if (!results || (iouType === 'keypoints' && results.keypoints?.perObject !== truth.keypoints?.perObject))
        continue;
      const { AP } = evaluateCoco(truth, results, { iouType }).numbers;
      expect(Number.isNaN(AP!) || (AP! >= 0 && AP! <= 1)).toBe(true);
      if (iouType === 'keypoints') continue;
      const pairs = findTidePairs(truth, results, { iouType });
      expect(computeBudget(pairs, judgeTide(pairs)).ap).not.toBeLessThan(0);
    }
  });
});
