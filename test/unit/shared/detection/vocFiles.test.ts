/** VOC's annotation and result files, whole and broken. */
import { describe, expect, it } from 'vitest';
import {
  buildVocTruth,
  indexVocImages,
  parseVocResults,
  VOC_CLASSES,
} from '../../../../src/shared/detection/vocTables';
import { parseVocAnnotation } from '../../../../src/shared/detection/vocXml';

const person = `<object>
  <name>person</name><pose>Left</pose><truncated>1</truncated><difficult>0</difficult>
  <bndbox><xmin>9</xmin><ymin>20</ymin><xmax>48</xmax><ymax>59</ymax></bndbox>
  <part><name>head</name><bndbox><xmin>20</xmin><ymin>20</ymin><xmax>29</xmax><ymax>29.5</ymax></bndbox></part>
</object>`;
const file = (objects: string): string =>
  `<?xml version="1.0"?><!-- made <by> hand --><annotation><filename>000005.jpg</filename>
  <size><width>500</width><height>375</height><depth>3</depth></size>${objects}</annotation>`;

describe('VOC annotations', () => {
  it('reads objects, flags and parts, and takes the last pixel as included', () => {
    const annotation = parseVocAnnotation(file(person));
    expect(annotation).toMatchObject({ filename: '000005.jpg', width: 500, height: 375, problems: [] });
    expect(annotation.objects).toEqual([
      {
        ...{ name: 'person', pose: 'Left', truncated: true, difficult: false, occluded: false, box: [8, 19, 40, 40] },
        parts: [{ name: 'head', box: [19, 19, 10, 10.5] }],
      },
    ]);
  });

  it.each([
    ['an object without a box', '<object><name>cat</name></object>', 0],
    ['a box that is no number', person.replace('9', 'x'), 0],
    ['an object without a name', person.replace('<name>person</name>', ''), 0],
    ['tags that do not match', `${person}<object><name>cat`, 1],
    ['no objects', '', 0],
  ])('%s: what can be read is', (_, objects, count) => {
    const { objects: found, problems } = parseVocAnnotation(file(objects));
    expect(found).toHaveLength(count);
    expect(problems).toHaveLength(objects === '' ? 0 : 1);
  });

  it('gives VOC its twenty classes and other data its own', () => {
    const images = [{ id: '2008_000005', annotation: parseVocAnnotation(file(person)) }];
    const voc = buildVocTruth(images).value!;
    expect(voc.categories.names).toEqual(VOC_CLASSES);
    expect([...voc.category]).toEqual([14]);
    expect(indexVocImages(voc).get(2008000005)).toBe(0);
    const other = buildVocTruth([
      { id: 'x', annotation: parseVocAnnotation(file(person.replace('person', 'robot &amp; arm'))) },
    ]);
    expect(other.value!.categories.names).toEqual(['robot & arm']);
  });
});

describe('VOC results', () => {
  const truth = buildVocTruth([{ id: '000005', annotation: parseVocAnnotation(file(person)) }]).value!;

  it('reads lines and reports what it leaves out', () => {
    const text =
      '000005 0.9 9 20 48 59\n\n000006 0.5 1 1 2 2\n000005 high 1 1 2 2\n000005 0.1 1 1 2\r\n000005 nan 1 1 2 2\n';
    const { value, problems } = parseVocResults(
      [
        { category: 'person', text },
        { category: 'robot', text },
      ],
      truth,
    );
    expect(value!.count).toBe(2);
    expect([...value!.boxes.subarray(0, 4)]).toEqual([8, 19, 40, 40]);
    expect(problems.map(({ code, count }) => [code, count])).toEqual([
      ['unknown-image', 1],
      ['bad-line', 2],
      ['nan-score', 1],
      ['unknown-category', 1],
    ]);
  });
});
