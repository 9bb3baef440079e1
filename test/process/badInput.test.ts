/** What people really do wrong, against the built command: exit code, one sentence that names the place, nothing half-written. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { EXIT } from '../../src/cli/exitCodes';
import { encodeSafetensors } from '../../src/shared/weights/safetensors';
import { experimentText, leftovers, lines, listFiles, readRecords, writeTinyImages } from '../pipeline/tinyRun';
import { makeFolder } from '../pipeline/tinyWorld';
import { copyProgram, type Ended, type Program } from './realProgram';

let program: Program;
let folder: ReturnType<typeof makeFolder>;
const here = (...parts: string[]) => join(folder.path, ...parts);

const good = experimentText({ pretrainings: [lines.random, lines.supervised(4)], transfers: [lines.neighbours] });
const onRandom = (transfers: readonly string[] = []) => experimentText({ pretrainings: [lines.random], transfers });
const importing = (weights: string) => experimentText({ pretrainings: [lines.imported(weights)] });

beforeAll(async () => {
  program = copyProgram();
  folder = makeFolder();
  await writeTinyImages(here('images'), 4);
  writeFileSync(here('good.transfer.yaml'), good);
  writeFileSync(here('file'), 'a regular file');
  writeFileSync(here('text.safetensors'), 'this is not a checkpoint of anything');
  const tensors = new Map([['conv1.weight', { dtype: 'F32', shape: [1], data: new Float32Array(1) } as const]]);
  writeFileSync(here('other.safetensors'), encodeSafetensors(tensors));
  // os.system('true') as a pickle of protocol 2.
  writeFileSync(here('evil.pth'), Buffer.from("\x80\x02cos\nsystem\n(S'true'\ntR.", 'latin1'));
  mkdirSync(here('nothing', 'train'), { recursive: true });
  mkdirSync(here('empty'));
});
afterAll(() => {
  program.remove();
  folder.remove();
});

/** Runs an experiment text (or a named file) with an output folder of its own. */
async function attempt(text: string | { file: string }, ...more: string[]): Promise<Ended & { out: string }> {
  const file = typeof text === 'string' ? 'case.transfer.yaml' : text.file;
  if (typeof text === 'string') writeFileSync(here(file), text);
  rmSync(here('out'), { recursive: true, force: true });
  return program.run(folder.path, ['run', file, '--out', 'out', ...more]);
}

/** One line on stderr, no stack trace anywhere, nothing on disk that a later run could trip over. */
function expectSentence({ code, err, out }: Ended, expected: { code: number; sentence: RegExp }): void {
  expect(err.trimEnd().split('\n')).toHaveLength(1);
  expect(err).toMatch(expected.sentence);
  expect(`${err}${out}`).not.toMatch(/\n\s+at \S+ \(|unexpected/);
  expect(code).toBe(expected.code);
}

/** `path:line:column: error: …` where `token` stands in the text. */
function placed(text: string, token: string, rest: string): RegExp {
  if (!text.includes(token)) throw new Error(`the text does not hold ${token}`);
  const before = text.slice(0, text.indexOf(token)).split('\n');
  return new RegExp(`^\\S+/case\\.transfer\\.yaml:${before.length}:${before.at(-1)!.length + 1}: error: ${rest}`);
}

describe('the experiment file', () => {
  it.each([
    ['a wrong type', 'steps: 4', 'steps: many', 'many', '`steps` is "many"; it must be a whole number'],
    ['a number out of range', 'imageSize: 16', 'imageSize: 4', '4\nbackbone', '`imageSize` is 4'],
    ['an unknown key', 'batch: 8', 'bach: 8', 'bach', 'unknown key `bach`; did you mean `batch`'],
    ['an unknown runtime', 'wasm', 'wsam', 'wsam', '`runtime` is "wsam"'],
    ['an unknown layer', 'layer4]', 'layer9]', 'layer9', '.*no layer `layer9`'],
    ['a missing data entry', 'knn, data: tiny', 'knn, data: tina', 'tina', 'there is no data called `tina`'],
    ['a batch larger than the data', 'batch: 8', 'batch: 17', '17', 'the batch of 17 is larger than .* 16 images'],
    ['a key given twice', '\ntransfers', '\nname: again\ntransfers', 'name: again', 'the key `name` is given twice'],
    ['a list that never ends', '[0]', '[0', 'runtime', '.*'],
  ])('with %s', async (_, from, to, token, rest) => {
    const text = good.replace(from, to);
    expectSentence(await attempt(text), { code: EXIT.invalid, sentence: placed(text, token, rest) });
    expect(listFiles(here('out'))).toEqual([]);
  });

  it.each([
    ['a list instead of a mapping', '- 1\n- 2\n'],
    ['nothing in it', ''],
    ['a NUL byte', 'name: a\0b\n'],
  ])('with %s', async (_, text) => {
    const sentence = /^(\S+\/)?case\.transfer\.yaml(:1:1)?: error: /;
    expectSentence(await attempt(text), { code: EXIT.invalid, sentence });
    expect(listFiles(here('out'))).toEqual([]);
  });

  it.each([
    ['that is not there', 'nowhere.transfer.yaml', /^nowhere\.transfer\.yaml: error: there is no such file/],
    ['that is a folder', 'images', /^images: error: this is a folder/],
    ['that is a picture', 'images/train/class0/0.png', /^images\/train\/class0\/0\.png: error: this is a binary file/],
  ])('%s', async (_, file, sentence) => {
    expectSentence(await attempt({ file }), { code: EXIT.invalid, sentence });
  });
});

describe('data', () => {
  const withRoot = (root: string) => good.replace('root: images', `root: ${root}`);

  it.each([
    ['a folder that is not there', 'nowhere', 'the image folder \\S+/nowhere does not exist'],
    ['a file instead of a folder', 'file', 'the image folder \\S+/file is a file'],
    ['an empty split', 'nothing', '\\S+/nothing/train has no images'],
  ])('%s', async (_, root, rest) => {
    const text = withRoot(root);
    expectSentence(await attempt(text), { code: EXIT.failed, sentence: placed(text, `${root} }`, rest) });
    expect(listFiles(here('out'))).toEqual([]);
  });

  it('a folder without splits', async () => {
    const sentence = /case\.transfer\.yaml:\d+:\d+: error: `tiny` has no split `train`/;
    expectSentence(await attempt(withRoot('empty')), { code: EXIT.invalid, sentence });
  });

  it('a corrupt picture among good ones is left out, with a warning and a note in the record', async () => {
    cpSync(here('images'), here('spoilt'), { recursive: true });
    const bad = here('spoilt', 'train', 'class1', '1.png');
    writeFileSync(bad, readFileSync(bad).subarray(0, 60));
    const ended = await attempt(withRoot('spoilt').replace('batch: 8', 'batch: 5'));
    expect(ended).toMatchObject({ code: EXIT.done, err: '' });
    expect(ended.out).toMatch(/warning: .*left out \S*class1\/1\.png/);
    const features = readRecords(here('out'), 'tiny-1').get('random/seed-0/features/tiny:train')!.result;
    expect(features).toMatchObject({
      images: 15,
      problems: [{ file: expect.stringMatching(/class1\/1\.png$/) as string, message: expect.any(String) as string }],
    });
  });

  it('a class with one image runs, with a word about it', async () => {
    cpSync(here('images'), here('single'), { recursive: true });
    for (const name of readdirSync(here('single', 'train', 'class2')).slice(1)) {
      unlinkSync(here('single', 'train', 'class2', name));
    }
    const ended = await attempt(withRoot('single'));
    expect(ended).toMatchObject({ code: EXIT.done, err: '' });
    expect(ended.out).toMatch(/warning: .*class2.*/);
  });

  it('nothing but corrupt pictures is an error', async () => {
    mkdirSync(here('rotten', 'train', 'a'), { recursive: true });
    writeFileSync(here('rotten', 'train', 'a', '1.png'), 'x');
    const text = onRandom(['id: n, task: knn, data: tiny, test: train, k: 1']).replace('root: images', 'root: rotten');
    expectSentence(await attempt(text), {
      code: EXIT.failed,
      sentence: placed(text, 'rotten }', 'none of the 1 images in .* can be decoded'),
    });
  });
});

describe('weights', () => {
  it.each([
    [
      'that are not there',
      'missing.safetensors',
      /:9:\d+: error: cannot read the weights \S+\/missing\.safetensors: there is no such file/,
    ],
    ['that are a folder', 'images', /:9:\d+: error: cannot read the weights \S+\/images: it is a folder/],
  ])('%s are noticed before anything runs', async (_, weights, sentence) => {
    expectSentence(await attempt(importing(weights)), { code: EXIT.failed, sentence });
    expect(listFiles(here('out'))).toEqual([]);
  });

  it.each([
    ['that are none', 'text.safetensors', 'text\\.safetensors is no weight file that is known here'],
    ['of something else', 'other.safetensors', 'other\\.safetensors has names of weights that are not known here'],
    ['that would run code', 'evil.pth', 'evil\\.pth mentions os\\.system, which is not data'],
  ])('%s stop the launch, with their place in the file', async (_, weights, sentence) => {
    const text = importing(weights);
    expectSentence(await attempt(text), { code: EXIT.invalid, sentence: placed(text, weights, sentence) });
    expect(listFiles(here('out'))).toEqual([]);
  });
});

describe('the command line', () => {
  it('refuses a runtime that it does not know', async () => {
    const { code, err } = await attempt({ file: 'good.transfer.yaml' }, '--runtime', 'abacus');
    expect([code, err]).toEqual([
      EXIT.usage,
      expect.stringMatching(/'abacus' is invalid. Allowed choices are auto, .*wasm/),
    ]);
  });

  it('refuses a runtime that is not installed', async () => {
    const ended = await attempt({ file: 'good.transfer.yaml' }, '--runtime', 'tensorflow-gpu');
    expectSentence(ended, {
      code: EXIT.failed,
      sentence: /^error: The runtime tensorflow-gpu cannot be used here \(.*\)/,
    });
  });

  it('refuses an unknown --only', async () => {
    const ended = await attempt({ file: 'good.transfer.yaml' }, '--only', 'nobody');
    expectSentence(ended, {
      code: EXIT.invalid,
      sentence: /^error: .*"nobody"; use one of random, neighbours, supervised/,
    });
    expect(listFiles(here('out'))).toEqual([]);
  });

  it('refuses to resume a run that is not there', async () => {
    rmSync(here('out'), { recursive: true, force: true });
    const ended = await program.run(folder.path, ['resume', 'nobody', '--out', 'out']);
    expectSentence(ended, { code: EXIT.invalid, sentence: /^error: there are no runs in \S+\/out; start one with/ });
  });
});

describe('an output folder that cannot be written', () => {
  const runTo = (out: string) => program.run(folder.path, ['run', 'good.transfer.yaml', '--out', out]);

  it.each([
    ['below a regular file', () => 'file/out', /cannot write \S+: a part of the path is a file/],
    ['that is a regular file', () => 'file', /cannot write \S+: a part of the path is a file/],
    [
      'whose runs are a regular file',
      () => (mkdirSync(here('odd')), writeFileSync(here('odd', 'runs'), ''), 'odd'),
      /cannot write \S+: a file stands where/,
    ],
    ['where the system makes none', () => '/proc/transferscope', /cannot write \S+/],
  ])('%s', async (_, makeOut, sentence) => {
    expectSentence(await runTo(makeOut()), { code: EXIT.failed, sentence });
  });

  it('because it is read-only', async (context: TestContext) => {
    if (process.getuid?.() === 0) return context.skip('root may write everywhere');
    mkdirSync(here('locked'));
    chmodSync(here('locked'), 0o555);
    expectSentence(await runTo('locked'), { code: EXIT.failed, sentence: /cannot write \S+: permission is denied/ });
  });
});

describe('a full disk', () => {
  const disk = () => here('disk');
  const mount = () => {
    mkdirSync(disk(), { recursive: true });
    return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk()]);
  };
  const fill = (kibibytes: number) => writeFileSync(join(disk(), 'ballast'), new Uint8Array(1024 * kibibytes));

  it.for([
    ['from the start', 1024],
    ['after the manifest', 1024 - 48],
    ['in the middle of a stage', 1024 - 160],
  ] as const)('%s: one sentence, nothing half-written, and resume completes', async ([, ballast], context) => {
    const { status, stderr, error } = mount();
    if (status !== 0) {
      return context.skip(`no small file system can be mounted (${error?.message ?? stderr.toString().trim()})`);
    }
    try {
      fill(ballast);
      const ended = await program.run(folder.path, ['run', 'good.transfer.yaml', '--out', 'disk/out']);
      expectSentence(ended, {
        code: EXIT.failed,
        sentence: /^error: cannot write \S+: the disk is full; free some space/,
      });
      expect(leftovers(join(disk(), 'out')).filter((name) => !name.endsWith('training.safetensors'))).toEqual([]);
      for (const name of listFiles(join(disk(), 'out'))) {
        if (name.endsWith('.json')) JSON.parse(readFileSync(join(disk(), 'out', name), 'utf8'));
      }
      unlinkSync(join(disk(), 'ballast'));
      const begun = listFiles(join(disk(), 'out')).some((name) => name.endsWith('manifest.json'));
      const again = begun ? ['resume', 'tiny-1'] : ['run', 'good.transfer.yaml'];
      const ended2 = await program.run(folder.path, [...again, '--out', 'disk/out']);
      expect(ended2).toMatchObject({ code: EXIT.done, err: '' });
      expect(leftovers(join(disk(), 'out'))).toEqual([]);
    } finally {
      spawnSync('umount', [disk()]);
    }
  });
});
