/** `eval landmarks` over files of every layout: the same numbers whichever it is, and what a user's mistakes say. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program';
import { ptsText } from '../../support/ptsText';
import { createFakeSurroundings } from './fakeSurroundings';

interface Golden {
  readonly examples: number;
  readonly threshold: number;
  readonly points: number[];
  readonly predicted: number[];
  readonly visibility: number[];
  readonly cases: readonly {
    occluded: boolean;
    nme: number;
    median: number;
    failureRate: number;
    perExample: (number | null)[];
  }[];
}
const { evaluation } = JSON.parse(readFileSync('test/golden/data/landmarks.json', 'utf8')) as { evaluation: Golden };
const names = ['lefteye', 'righteye', 'nose', 'leftmouth', 'rightmouth'];

let cwd = '';
beforeEach(() => void (cwd = mkdtempSync(join(tmpdir(), 'landmarks-'))));
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

async function run(args: string) {
  const fake = createFakeSurroundings({ cwd });
  const code = await runCli(args.split(' '), fake.around);
  const json = () => JSON.parse(fake.stdout()) as Record<string, number> & { perImage: Record<string, number | null> };
  return { code, out: fake.stdout(), err: fake.stderr(), json };
}
const write = (name: string, content: unknown) =>
  writeFileSync(join(cwd, name), typeof content === 'string' ? content : JSON.stringify(content));
const pointsOf = (values: readonly number[], i: number) =>
  names.map((_, k) => [values[10 * i + 2 * k]!, values[10 * i + 2 * k + 1]!, evaluation.visibility[5 * i + k]!]);
const examples = Array.from({ length: evaluation.examples }, (_, i) => i);

/** The golden set in one layout, as gt and dt. */
const layouts: Record<string, () => string> = {
  json: () => {
    for (const [name, values] of [
      ['gt.json', evaluation.points],
      ['dt.json', evaluation.predicted],
    ] as const) {
      const images = Object.fromEntries(examples.map((i) => [`${i}.jpg`, pointsOf(values, i)]));
      write(name, { landmarks: names, images });
    }
    return '--gt gt.json --dt dt.json';
  },
  csv: () => {
    const header = ['image', ...names.flatMap((name) => [`${name}_x`, `${name}_y`, `${name}_v`])].join(',');
    for (const [name, values] of [
      ['gt.csv', evaluation.points],
      ['dt.csv', evaluation.predicted],
    ] as const)
      write(name, [header, ...examples.map((i) => [`${i}.jpg`, ...pointsOf(values, i).flat()].join(','))].join('\n'));
    return '--gt gt.csv --dt dt.csv';
  },
  coco: () => {
    const annotations = examples.map((i) => {
      const keypoints = pointsOf(evaluation.points, i).flat();
      return { id: i + 1, image_id: i + 1, category_id: 1, bbox: [0, 0, 178, 178], area: 1, iscrowd: 0, keypoints };
    });
    const images = examples.map((i) => ({ id: i + 1, file_name: `${i}.jpg`, width: 178, height: 178 }));
    write('gt.json', { images, annotations, categories: [{ id: 1, name: 'face', keypoints: names }] });
    // In another order, which matching has to undo.
    const results = examples.map((i) => {
      return {
        image_id: i + 1,
        category_id: 1,
        keypoints: pointsOf(evaluation.predicted, i).flat(),
        score: (i % 7) / 7,
      };
    });
    write('dt.json', results.reverse());
    return '--gt gt.json --dt dt.json';
  },
};

describe('eval landmarks', () => {
  it.each(Object.keys(layouts))('gives the numbers of NumPy from %s', async (layout) => {
    const files = layouts[layout]!();
    for (const expected of evaluation.cases) {
      const { code, err, json } = await run(
        `eval landmarks ${files} --normalise lefteye,righteye --json${expected.occluded ? ' --occluded' : ''}`,
      );
      expect(code, err).toBe(0);
      const found = json();
      expect(found.nme).toBeCloseTo(expected.nme, 8);
      expect(found.medianNme).toBeCloseTo(expected.median, 8);
      expect(found.failureRate).toBeCloseTo(expected.failureRate, 12);
    }
  });

  it("reads CelebA's list, whose landmarks are all visible, and normalises faces by the eyes unless told", async () => {
    for (const [name, values] of [
      ['gt.txt', evaluation.points],
      ['dt.txt', evaluation.predicted],
    ] as const) {
      const rows = examples.map(
        (i) =>
          `${i}.jpg  ${pointsOf(values, i)
            .flatMap(([x, y]) => [x, y])
            .join('  ')}`,
      );
      write(
        name,
        `${rows.length}\n${names.flatMap((one) => [`${one}_x`, `${one}_y`]).join(' ')} \n${rows.join('\n')}\n`,
      );
    }
    const found = (await run('eval landmarks --gt gt.txt --dt dt.txt --json')).json();
    const distance = (a: readonly number[], b: readonly number[]) => Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!);
    const errors = examples.map((i) => {
      const [truth, guess] = [pointsOf(evaluation.points, i), pointsOf(evaluation.predicted, i)];
      const sum = truth.reduce((total, point, k) => total + distance(point, guess[k]!), 0);
      return sum / 5 / distance(truth[0]!, truth[1]!);
    });
    expect(found.nme).toBeCloseTo(errors.reduce((a, b) => a + b) / errors.length, 10);
    expect(found.perImage['7.jpg']).toBeCloseTo(errors[7]!, 10);
  });

  it('reads folders of .pts, and counts what was not predicted as a failure', async () => {
    for (const folder of ['gt', 'dt']) mkdirSync(join(cwd, folder));
    const square = [0, 0, 10, 0, 10, 10, 0, 10];
    write('gt/a.pts', ptsText(square));
    write('gt/b.pts', ptsText(square));
    write('dt/a.pts', ptsText(square.map((value, i) => (i === 0 ? value + 4 : value))));
    const { code, out } = await run('eval landmarks --gt gt --dt dt --normalise box --threshold 0.2');
    expect(code).toBe(0);
    // One of four points is off by 4 of 10 px: 10 %; the area under the curve is half of the first half.
    expect(out).toMatch(/mean normalised error +10\.00/);
    expect(out).toMatch(/failures above 0\.2 +50\.00/);
    expect(out).toMatch(/area under the error curve to 0\.2 +25\.00/);
    expect(out).toMatch(/without a prediction \(failures\) +1/);
  });

  it.each([
    [
      '{ "a": [[1, 2]] }',
      '{ "b": [[1, 2]] }',
      /dt\.json has none of the 1 pictures of gt\.json \(the first is a here and b there\)/,
    ],
    ['{ "a": [[1, 2]] }', '{ "a": [[1, 2], [3, 4]] }', /gt\.json has 1 landmarks in each picture and dt\.json 2/],
    ['{ "a": [[1, 2]], "b": [[1, 2], [3, 4]] }', '{}', /gt\.json: b has 2 landmarks, others have 1/],
    ['{ "a": [[1]] }', '{}', /gt\.json: a landmark of a is not \[x, y\] or \[x, y, visibility\]/],
    ['{ "a": 3 }', '{}', /gt\.json holds no landmarks that are known here/],
    ['{ "a": ', '{}', /gt\.json is no JSON/],
    ['', '{}', /gt\.json cannot be read as a list of landmarks/],
  ])('says what is wrong with %j', async (truth, predictions, message) => {
    write('gt.json', truth);
    write('dt.json', predictions);
    const { code, err } = await run('eval landmarks --gt gt.json --dt dt.json');
    expect(code).toBe(1);
    expect(err).toMatch(message);
  });

  it('names the landmarks when what to normalise by is not among them', async () => {
    const files = layouts.json!();
    const { code, err } = await run(`eval landmarks ${files} --normalise lefteye,tail`);
    expect(code).toBe(1);
    expect(err).toMatch(
      /cannot be normalised by lefteye,tail; its landmarks are lefteye, righteye, nose, leftmouth, rightmouth/,
    );
  });
});
