/** `eval` and `diagnose` over files: what is printed, JSON, exit codes. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path, { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program';
import { deriveRandom } from '../../../src/shared/random';
import { encodeSafetensors } from '../../../src/shared/weights/safetensors';
import { createFakeSurroundings } from './fakeSurroundings';

const root = path.resolve(import.meta.dirname, '../../..');
const readGolden = (name: string): unknown =>
  JSON.parse(readFileSync(path.join(root, 'test/golden/data', name), 'utf8'));

let cwd = '';
beforeEach(() => void (cwd = mkdtempSync(join(tmpdir(), 'cli-'))));
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

async function run(
  args: string,
): Promise<{ code: number; out: string; err: string; json: () => Record<string, unknown> }> {
  const fake = createFakeSurroundings({ cwd });
  const code = await runCli(args.split(' '), fake.around);
  return {
    code,
    out: fake.stdout(),
    err: fake.stderr(),
    json: () => JSON.parse(fake.stdout()) as Record<string, unknown>,
  };
}

interface CocoSet {
  readonly iouType: string;
  readonly trait: string;
  readonly truth: string;
  readonly results: string;
  readonly stats: readonly (number | null)[];
}

function writeCocoSet(iouType: string, trait: string): CocoSet {
  const set = (readGolden('cocoEvaluation.json') as CocoSet[]).find(
    (one) => one.iouType === iouType && one.trait === trait,
  )!;
  writeFileSync(join(cwd, 'gt.json'), set.truth);
  writeFileSync(join(cwd, 'dt.json'), set.results);
  return set;
}

describe('eval coco', () => {
  it.each(['bbox', 'segm', 'keypoints'])('%s: stats as pycocotools has them', async (iouType) => {
    const { stats } = writeCocoSet(iouType, 'crowds');
    const { code, json } = await run(`eval coco --gt gt.json --dt dt.json --iou-type ${iouType} --json`);
    expect(code).toBe(0);
    const ours = json().stats as number[];
    expect(ours).toHaveLength(stats.length);
    stats.forEach((expected, i) => expect(ours[i]).toBeCloseTo(expected ?? -1, 12));
  });

  it('prints a table, an interval when asked, warnings on stderr', async () => {
    writeCocoSet('bbox', 'nan');
    const { code, out, err } = await run('eval coco --gt gt.json --dt dt.json --resamples 50');
    expect(code).toBe(0);
    expect(out).toMatch(/^AP +\d+\.\d\d +mean of IoU 0\.50 to 0\.95$/m);
    expect(out).toMatch(/AP over draws of the images \(50\): \d+\.\d\d to \d+\.\d\d at 95 %/);
    expect(err).toMatch(
      /^dt\.json: warning: results with score NaN rank behind all others, as in pycocotools: \d+ \(result \d+/m,
    );
  });

  it.each([
    ['eval coco --gt nope.json --dt dt.json', 1, /nope\.json cannot be read \(there is no such file\)/],
    ['eval coco --gt dt.json --dt dt.json', 1, /dt\.json: the ground truth is not an object/],
    ['eval coco --gt broken.json --dt dt.json', 1, /broken\.json: the file is not JSON: .* at line 1, column \d+/],
    ['eval coco --gt gt.json --dt gt.json --iou-type mask', 2, /Allowed choices are bbox, segm, keypoints/],
    ['eval coco --gt gt.json', 2, /required option '--dt <file>'/],
    ['eval coco --gt gt.json --dt dt.json --resamples x', 2, /It must be a whole number from 0 to 4294967295/],
    ['diagnose --gt gt.json --dt dt.json --background 0.6', 1, /--background 0.6 must be below --foreground 0.5/],
    ['diagnose --gt gt.json --dt dt.json --method hoiem --iou-type segm', 1, /use --method tide for masks/],
    ['eval segmentation --gt . --dt . --classes 2', 1, /has no \.png files/],
    ['eval segmentation --gt . --dt . --classes 1000000', 2, /It must be a whole number from 1 to 4096/],
    ['eval voc --gt . --dt dt.json', 1, /has no VOC annotations/],
  ])('%s: exit %i', async (args, expected, message) => {
    writeCocoSet('bbox', 'plain');
    writeFileSync(join(cwd, 'broken.json'), '{"images": [');
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([expected, '']);
    expect(err).toMatch(message);
  });

  it('says so when keypoints and sigmas differ in number', async () => {
    writeCocoSet('keypoints', 'plain');
    const { code, err } = await run('eval coco --gt gt.json --dt dt.json --iou-type keypoints --sigmas 0.1,0.2');
    expect(code).toBe(1);
    expect(err).toMatch(/17 keypoints an object and there are 2 sigmas/);
  });
});

describe('eval coco --against', () => {
  it('gives the difference with interval and p-value', async () => {
    const { results } = writeCocoSet('bbox', 'crowds');
    writeFileSync(join(cwd, 'dt2.json'), JSON.stringify((JSON.parse(results) as unknown[]).slice(0, 4)));
    const args = 'eval coco --gt gt.json --dt dt.json --against dt2.json --resamples 40';
    const answer = (await run(`${args} --json`)).json() as {
      numbers: { AP: number };
      against: { numbers: { AP: number }; difference: { difference: number; pValue: number; low: number } };
    };
    const { numbers, difference } = answer.against;
    expect(difference.difference).toBeCloseTo(numbers.AP - answer.numbers.AP, 12);
    expect(difference.pValue).toBeLessThanOrEqual(1);
    expect((await run(args)).out).toMatch(
      /^second run AP \d+\.\d\d: −\d+\.\d\d \(95 % −.* over 40 draws of the images; p = /m,
    );
  });
});

describe('diagnose', () => {
  it('tide: the budget of tidecv, and a verdict for every detection', async () => {
    const sets = readGolden('tideBudgets.json') as (CocoSet & {
      right: { ap: number };
      foreground: number;
      background: number;
    })[];
    const set = sets.find(({ trait, iouType }) => trait === 'crowds' && iouType === 'bbox')!;
    writeFileSync(join(cwd, 'gt.json'), set.truth);
    writeFileSync(join(cwd, 'dt.json'), set.results);
    const limits = `--foreground ${set.foreground} --background ${set.background}`;
    const { code, json } = await run(`diagnose --gt gt.json --dt dt.json --method tide ${limits} --json`);
    expect(code).toBe(0);
    const answer = json() as {
      ap: number;
      detections: { place: number[]; verdict: string[]; object: (number | null)[] };
    };
    expect(answer.ap).toBeCloseTo(set.right.ap, 12);
    expect(answer.detections.place).toHaveLength((JSON.parse(set.results) as unknown[]).length);
    answer.detections.verdict.forEach((verdict, i) => {
      if (verdict === 'correct') expect(answer.detections.object[i]).not.toBeNull();
    });
  });

  it.each(['tide', 'hoiem'])('%s --against: what the second run does differently', async (method) => {
    const { results } = writeCocoSet('bbox', 'crowds');
    const fewer = (JSON.parse(results) as { image_id: number }[]).filter(({ image_id: id }) => id !== 1);
    writeFileSync(join(cwd, 'dt2.json'), JSON.stringify(fewer));
    const args = `diagnose --gt gt.json --dt dt.json --against dt2.json --method ${method} --resamples 50`;
    const { code, out } = await run(args);
    expect(code).toBe(0);
    expect(out).toContain('second run minus first, 95 % intervals over 50 draws of the images');
    const { json } = await run(`${args} --json`);
    const answer = json() as { difference: { moved?: { id: number }[] } };
    if (method === 'tide') expect(answer.difference.moved!.map(({ id }) => id)).toEqual([1]);
  });
});

describe('eval voc', () => {
  it('reads a VOC folder and results of all three kinds to the same number', async () => {
    const [set] = readGolden('vocAp.json') as {
      objects: { image: string; name: string; difficult: number; box: number[] }[];
      detections: { image: string; name: string; score: number; box: number[] }[];
      perClass: Record<string, Record<string, (number | null)[]>>;
    }[];
    mkdirSync(join(cwd, 'VOC2007/Annotations'), { recursive: true });
    mkdirSync(join(cwd, 'VOC2007/ImageSets/Main'), { recursive: true });
    mkdirSync(join(cwd, 'results'));
    const stems = [0, 1, 2, 3, 4, 5].map((i) => `00000${i}`);
    writeFileSync(join(cwd, 'VOC2007/ImageSets/Main/test.txt'), `${stems.join('\n')}\n`);
    for (const stem of stems) {
      const objects = set!.objects
        .filter(({ image }) => image === stem)
        .map(
          ({ name, difficult, box: [a, b, c, d] }) =>
            `<object><name>${name}</name><difficult>${difficult}</difficult><bndbox><xmin>${a}</xmin><ymin>${b}</ymin><xmax>${c}</xmax><ymax>${d}</ymax></bndbox></object>`,
        );
      writeFileSync(join(cwd, `VOC2007/Annotations/${stem}.xml`), `<annotation>${objects.join('')}</annotation>`);
    }
    for (const name of ['bird', 'cat', 'dog', 'sofa']) {
      const lines = set!.detections
        .filter((d) => d.name === name)
        .map((d) => `${d.image} ${d.score} ${d.box.join(' ')}`);
      writeFileSync(join(cwd, `results/comp4_det_test_${name}.txt`), lines.join('\n'));
    }
    const toResult = ({ image, name, score, box: [a, b, c, d] }: (typeof set & object)['detections'][number]) => ({
      ...{ image_id: image, category_id: name, score, bbox: [a! - 1, b! - 1, c! - a! + 1, d! - b! + 1] },
    });
    writeFileSync(join(cwd, 'names.json'), JSON.stringify(set!.detections.map(toResult)));
    const numbered = { bird: 3, cat: 8, dog: 12, sofa: 18 } as Record<string, number>;
    writeFileSync(
      join(cwd, 'numbers.json'),
      JSON.stringify(
        set!.detections.map((d) => ({ ...toResult(d), image_id: Number(d.image), category_id: numbered[d.name] })),
      ),
    );
    const known = Object.values(set!.perClass['11point']!).filter((row) => row[0] !== null);
    const expected = known.reduce((sum, row) => sum + row[0]!, 0) / known.length;
    for (const results of ['results', 'names.json', 'numbers.json']) {
      const { code, json } = await run(`eval voc --gt VOC2007 --dt ${results} --ap 11point --json`);
      expect(code).toBe(0);
      const answer = json() as { ap: number; problems: unknown[] };
      expect(answer.ap).toBeCloseTo(expected, 12);
      expect(answer.problems).toEqual([]);
    }
    const { out } = await run('eval voc --gt VOC2007 --dt results');
    expect(out).toMatch(/^mean /m);
    const { code, err } = await run('eval voc --gt VOC2007 --dt results --split val');
    expect(code).toBe(1);
    expect(err).toContain('there is no list');
  });
});

describe('eval segmentation', () => {
  const golden = readGolden('segmentation.json') as {
    classes: number;
    images: { name: string; truth: string; prediction: string }[];
    iou: number[];
    meanIou: number;
    weightedIou: number;
    pixelAccuracy: number;
    meanAccuracy: number;
  };

  function writeImages(): void {
    for (const folder of ['gt', 'dt']) mkdirSync(join(cwd, folder));
    for (const { name, truth, prediction } of golden.images) {
      writeFileSync(join(cwd, 'gt', name), Buffer.from(truth, 'base64'));
      writeFileSync(join(cwd, 'dt', name), Buffer.from(prediction, 'base64'));
    }
  }

  it("equals scikit-learn's scores, whatever the kind of PNG", async () => {
    writeImages();
    const { code, json } = await run(`eval segmentation --gt gt --dt dt --classes ${golden.classes} --json`);
    expect(code).toBe(0);
    const answer = json() as unknown as typeof golden;
    for (const name of ['meanIou', 'weightedIou', 'pixelAccuracy', 'meanAccuracy'] as const) {
      expect(answer[name]).toBeCloseTo(golden[name], 12);
    }
    golden.iou.forEach((value, k) => expect(answer.iou[k]).toBeCloseTo(value, 12));
    const { out } = await run(`eval segmentation --gt gt --dt dt --classes ${golden.classes}`);
    expect(out).toMatch(/^mean IoU +\d+\.\d\d$/m);
  });

  it('says which file is missing, broken, or of another size', async () => {
    writeImages();
    writeFileSync(join(cwd, 'dt/grey.png'), Buffer.from(golden.images[1]!.prediction, 'base64'));
    expect((await run('eval segmentation --gt gt --dt dt --classes 5')).err).toMatch(
      /the prediction grey\.png is \d+ × \d+ and its truth/,
    );
    writeFileSync(join(cwd, 'dt/grey.png'), Buffer.from(golden.images[0]!.prediction, 'base64').subarray(0, 60));
    expect((await run('eval segmentation --gt gt --dt dt --classes 5')).err).toMatch(/grey\.png is a broken PNG/);
    rmSync(join(cwd, 'dt/grey.png'));
    const { code, err } = await run('eval segmentation --gt gt --dt dt --classes 5');
    expect(code).toBe(1);
    expect(err).toMatch(/dt lacks 1 of 4 label images \(grey\.png\)/);
  });

  it('say when a value is no class and was not left out on purpose', async () => {
    const draw = (values: readonly number[]) =>
      sharp(Uint8Array.from(values), { raw: { width: 4, height: 2, channels: 1 } })
        .toColourspace('b-w')
        .png()
        .toBuffer();
    for (const part of ['gt', 'dt']) mkdirSync(join(cwd, part), { recursive: true });
    writeFileSync(join(cwd, 'gt', 'a.png'), await draw([0, 1, 2, 3, 3, 255, 7, 0]));
    writeFileSync(join(cwd, 'dt', 'a.png'), await draw([0, 1, 2, 3, 3, 0, 0, 0]));
    const few = await run('eval segmentation --gt gt --dt dt --classes 3');
    expect(few.code).toBe(0);
    expect(few.err).toMatch(
      /warning: 3 pixels of the truth with the value 3, 7 were not judged, as classes are 0 to 2; raise --classes, or/,
    );
    expect((await run('eval segmentation --gt gt --dt dt --classes 8')).err).toBe('');
    expect((await run('eval segmentation --gt gt --dt dt --classes 3 --ignore 3,7')).err).toBe('');
  });
});

describe('eval segmentation of Cityscapes', () => {
  const frame = 'ulm/ulm_000001_000019';

  async function writeFrame(predicted: readonly number[], name = `${frame}_gtFine_labelIds.png`): Promise<void> {
    const encode = (labels: readonly number[]) =>
      sharp(Uint8Array.from(labels), { raw: { width: 4, height: 2, channels: 1 } })
        .toColourspace('b-w')
        .png()
        .toBuffer();
    for (const part of ['gt/ulm', 'dt/ulm']) mkdirSync(join(cwd, part), { recursive: true });
    writeFileSync(join(cwd, 'gt', `${frame}_gtFine_labelIds.png`), await encode([7, 7, 7, 26, 26, 0, 4, 255]));
    writeFileSync(join(cwd, 'gt', `${frame}_gtFine_instanceIds.png`), await encode([0, 0, 0, 0, 0, 0, 0, 0]));
    writeFileSync(join(cwd, 'dt', name), await encode(predicted));
  }

  it.each([
    ['cityscapes', [7, 7, 26, 26, 23, 23, 23, 23]],
    ['cityscapes-truth', [0, 0, 13, 13, 10, 10, 10, 10]],
  ] as const)('judges 19 of the ids, void pixels never: %s', async (labelMap, predicted) => {
    await writeFrame(predicted, `${frame}_leftImg8bit_result.png`);
    const { code, json } = await run(`eval segmentation --gt gt --dt dt --label-map ${labelMap} --boundary --json`);
    expect(code).toBe(0);
    const answer = json() as unknown as Record<string, number & number[]>;
    // Road: 2 right of 3; car: 1 right of 2 and one road pixel called car; sky: predicted once where there is none.
    expect(answer.iou![0]).toBeCloseTo(2 / 3, 12);
    expect(answer.iou![13]).toBeCloseTo(1 / 3, 12);
    expect(answer.iou![10]).toBe(0);
    expect(answer.meanIou).toBeCloseTo(1 / 3, 12);
    expect(answer.pixelAccuracy).toBeCloseTo(3 / 5, 12);
    // Every pixel of so small a map is on an outline.
    expect(answer.boundaryIou).toBeCloseTo(1 / 3, 12);
    expect((answer.confusion![0] as unknown as number[])[13]).toBe(1);
    const { out } = await run(`eval segmentation --gt gt --dt dt --label-map ${labelMap}`);
    expect(out).toMatch(/^road +3 +66\.67/m);
  });

  it('leaves true numbers out when told', async () => {
    await writeFrame([7, 7, 26, 26, 23, 23, 23, 23]);
    const { json } = await run('eval segmentation --gt gt --dt dt --label-map cityscapes --ignore 26 --json');
    expect((json() as unknown as { pixels: number[] }).pixels.reduce((a, b) => a + b, 0)).toBe(3);
  });

  it('says what does not go together', async () => {
    await writeFrame([7, 7, 26, 26, 23, 23, 23, 23]);
    expect((await run('eval segmentation --gt gt --dt dt')).err).toMatch(/give --classes, or --label-map cityscapes/);
    const wrong = await run('eval segmentation --gt gt --dt dt --classes 5 --label-map cityscapes');
    expect(wrong.err).toMatch(/cityscapes has 19 classes, not 5/);
    expect((await run('eval segmentation --gt gt --dt dt --classes 3 --ignore x')).err).toMatch(/whole number/);
    writeFileSync(join(cwd, 'dt', 'ulm/ulm_000001_000019_other.png'), '');
    expect((await run('eval segmentation --gt gt --dt dt --label-map cityscapes')).err).toMatch(
      /dt has two label images of ulm_000001_000019/,
    );
  });
});

describe('data make', () => {
  it('asks the worker, with an absolute folder', async () => {
    const asked: unknown[] = [];
    const fake = createFakeSurroundings({
      cwd,
      answers: {
        makeScenes: (params) => {
          asked.push(params);
          return { images: 7, objects: 20, classes: ['a', 'b'] };
        },
      },
    });
    expect(await runCli('data make emoji-scenes --out scenes --images 7 --seed 2'.split(' '), fake.around)).toBe(0);
    expect(asked).toEqual([{ out: join(cwd, 'scenes'), images: 7, size: 128, seed: 2 }]);
    expect(fake.stdout()).toBe('7 scenes with 20 objects of 2 classes in scenes: VOC, COCO, Cityscapes\n');
    expect(fake.stoppedWorkers()).toBe(1);
  });
});

describe('eval fewshot', () => {
  const dimension = 6;
  const random = deriveRandom(0, 'features');
  const names = Array.from({ length: 90 }, (_, i) => `class ${i % 6}`);
  const draw = (spread: number) =>
    Float32Array.from(
      { length: 90 * dimension },
      (_, i) => (Math.floor(i / dimension) % 6 === i % dimension ? 2 : 0) + spread * random.normal(),
    );
  const write = (name: string, spread: number) =>
    writeFileSync(
      join(cwd, name),
      encodeSafetensors(new Map([['layer4', { dtype: 'F32', shape: [90, dimension], data: draw(spread) }]])),
    );
  const shape = '--ways 3 --shots 2 --queries 5 --episodes 30';

  beforeEach(() => {
    write('good.safetensors', 0.5);
    write('bad.safetensors', 3);
    writeFileSync(join(cwd, 'labels.txt'), `${names.join('\n')}\n`);
  });

  it('gives the mean of its episodes, and differences on the same ones', async () => {
    const files = '--features good.safetensors --labels labels.txt --against bad.safetensors';
    const { code, json } = await run(`eval fewshot ${files} ${shape} --classifier cosine --json`);
    expect(code).toBe(0);
    const result = json() as { accuracy: number; perEpisode: number[]; classes: number } & Record<
      'against' | 'difference',
      { accuracy: number; mean: number }
    >;
    expect(result.classes).toBe(6);
    expect(result.perEpisode).toHaveLength(30);
    expect(result.accuracy).toBeCloseTo(result.perEpisode.reduce((a, b) => a + b) / 30, 12);
    expect(result.accuracy).toBeGreaterThan(0.9);
    expect(result.difference.mean).toBeCloseTo(result.accuracy - result.against.accuracy, 12);
    expect(result.difference.mean).toBeGreaterThan(0.2);
  });

  it('says what it did in a line', async () => {
    const { out } = await run(`eval fewshot --features good.safetensors --labels labels.txt ${shape}`);
    expect(out).toMatch(/^\d+\.\d ± \d+\.\d % {2}3-way 2-shot, nearest-mean, 30 episodes of 6 classes/);
  });

  it.each([
    ['labels.txt', '--shots 15', /0 of the 6 classes have as many/],
    ['short.txt', '', /has 90 rows, but short.txt has 2 labels/],
    ['labels.txt', '--layer conv1', /no matrix called "conv1"; it has layer4/],
  ])('refuses what cannot be: %s %s', async (labels, more, message) => {
    writeFileSync(join(cwd, 'short.txt'), 'a\nb');
    const { code, err } = await run(
      `eval fewshot --features good.safetensors --labels ${labels} --ways 2 --queries 1 --episodes 4 ${more}`.trim(),
    );
    expect(code).not.toBe(0);
    expect(err).toMatch(message);
  });
});
