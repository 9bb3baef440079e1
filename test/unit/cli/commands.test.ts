/** The command line with a fake terminal and worker: what is printed, and the exit codes. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program';
import { UserError } from '../../../src/shared/errors';
import type { Problem } from '../../../src/shared/experiment/problem';
import { createFakeSurroundings, type FakeOptions, type FakeSurroundings } from './fakeSurroundings';

let cwd = '';
beforeEach(() => void (cwd = mkdtempSync(join(tmpdir(), 'cli-'))));
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

async function run(
  args: string,
  options: FakeOptions = {},
): Promise<{ code: number; out: string; err: string; fake: FakeSurroundings }> {
  const fake = createFakeSurroundings({ cwd, ...options });
  const code = await runCli(
    args.split(' ').filter((part) => part !== ''),
    fake.around,
  );
  return { code, out: fake.stdout(), err: fake.stderr(), fake };
}

function problem(severity: Problem['severity'], line: number, message: string): Problem {
  const at = { line, column: 3, offset: 10 * line };
  return { severity, code: 'x', message, path: [], range: { start: at, end: at } };
}

const validating = (...problems: Problem[]): FakeOptions => ({ answers: { validate: () => ({ problems }) } });

describe('usage', () => {
  it('lists its commands', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    const names = [
      'run',
      'resume',
      'stop',
      'submit',
      'queue',
      'cancel',
      'doctor',
      'ls',
      'validate',
      'report',
      'runtimes',
      'weights',
      'features',
    ];
    for (const name of [...names, 'eval', 'diagnose', 'data']) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(out).toContain('75 stopped');
  });

  it('prints help when called alone', async () => {
    const { code, out } = await run('');
    expect(code).toBe(0);
    expect(out).toContain('Usage: transferscope');
  });

  it.each([
    ['rnu x', /Did you mean run\?|unknown command/],
    ['run', /missing required argument 'file'/],
    ['run x --sed 1', /unknown option '--sed'/],
    ['run x --runtime cuda', /Allowed choices are auto, tensorflow-gpu, tensorflow, webgpu, wasm/],
    ['run x --seed 1.5', /A seed is a whole number/],
    ['run --seed 1 x.transfer.yaml', /put the file before --seed/],
    ['report x --format pdf', /Allowed choices are md, csv, latex, html, json/],
    ['validate', /missing required argument/],
  ])('%s: exit 2 and a hint', async (args, message) => {
    const { code, out, err } = await run(args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(out).toBe('');
  });
});

describe('validate', () => {
  beforeEach(() => {
    for (const name of ['a', 'b']) writeFileSync(join(cwd, `${name}.transfer.yaml`), 'name: x\n');
  });

  it('prints problems in order of place and exits 1 on errors', async () => {
    const options = validating(
      problem('warning', 9, 'late'),
      problem('error', 2, 'two\nlines'),
      problem('info', 5, 'note'),
    );
    const { code, out, err, fake } = await run('validate a.transfer.yaml', options);
    expect(code).toBe(1);
    expect(out).toBe(
      'a.transfer.yaml:2:3: error: two lines\na.transfer.yaml:5:3: info: note\na.transfer.yaml:9:3: warning: late\n',
    );
    expect(err).toBe('1 file: 1 error, 1 warning\n');
    expect(fake.stoppedWorkers()).toBe(1);
  });

  it('exits 0 on warnings alone and on a clean file', async () => {
    expect((await run('validate a.transfer.yaml', validating(problem('warning', 1, 'w')))).code).toBe(0);
    const clean = await run('validate a.transfer.yaml b.transfer.yaml', validating());
    expect(clean).toMatchObject({ code: 0, out: '', err: '2 files: 0 errors, 0 warnings\n' });
    expect(clean.fake.stoppedWorkers()).toBe(1);
  });

  it('passes --data and the absolute path on', async () => {
    const seen: unknown[] = [];
    const answers = { validate: (params: unknown) => (seen.push(params), { problems: [] }) };
    await run('validate a.transfer.yaml --data', { answers });
    expect(seen).toEqual([{ file: join(cwd, 'a.transfer.yaml'), openData: true }]);
  });

  it('prints JSON', async () => {
    const { code, out } = await run('validate a.transfer.yaml --json', validating(problem('error', 2, 'no')));
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject([{ file: 'a.transfer.yaml', problems: [{ message: 'no' }] }]);
  });

  it('says in a sentence why a file cannot be one, without a worker, and goes on to the others', async () => {
    mkdirSync(join(cwd, 'folder'));
    writeFileSync(join(cwd, 'binary'), Buffer.from([1, 0, 2]));
    writeFileSync(join(cwd, 'wide'), Buffer.from('\ufeffname: x\n', 'utf16le'));
    writeFileSync(join(cwd, 'latin'), Buffer.from([0x6e, 0xe9, 0x0a]));
    writeFileSync(join(cwd, 'huge'), 'a'.repeat(3 << 20));
    const { code, out } = await run('validate gone folder binary wide latin huge folder/x a.transfer.yaml/x');
    expect(code).toBe(1);
    expect(out.trimEnd().split('\n')).toEqual([
      'gone:1:1: error: there is no such file; check the path',
      'folder:1:1: error: this is a folder; give the experiment file inside it (*.transfer.yaml)',
      'binary:1:1: error: this is a binary file; an experiment file is YAML text',
      'wide:1:1: error: this is UTF-16 text; save the experiment file as UTF-8',
      'latin:1:1: error: this is not UTF-8 text; save the experiment file as UTF-8',
      'huge:1:1: error: this has 3.0 MiB, far more than an experiment file; is it the right file?',
      'folder/x:1:1: error: there is no such file; check the path',
      'a.transfer.yaml/x:1:1: error: there is no such file; check the path',
    ]);
  });
});

describe('failures', () => {
  beforeEach(() => writeFileSync(join(cwd, 'a.transfer.yaml'), 'name: x\n'));
  const failing = (error: Error): FakeOptions => ({
    answers: {
      validate: () => {
        throw error;
      },
    },
  });

  it('prints a user error as one sentence with its place', async () => {
    const error = new UserError('data', 'the image is empty', { file: 'x.png', line: 2, column: 5 });
    expect(await run('validate a.transfer.yaml', failing(error))).toMatchObject({
      code: 3,
      err: 'x.png:2:5: error: the image is empty\n',
    });
    const config = new UserError('config', 'no such layer');
    expect(await run('validate a.transfer.yaml', failing(config))).toMatchObject({
      code: 1,
      err: 'error: no such layer\n',
    });
  });

  it('says "unexpected" for a bug, names the log, and shows the stack only when asked', async () => {
    mkdirSync(join(cwd, '.transferscope'));
    const quiet = await run('validate a.transfer.yaml', failing(new Error('internal: oops')));
    expect(quiet.code).toBe(70);
    expect(quiet.err).toMatch(/^error: unexpected: internal: oops; details are in .*logs.error-.*\.log\n$/);
    expect(readdirSync(join(cwd, '.transferscope', 'logs'))).toHaveLength(1);
    const verbose = await run('--verbose validate a.transfer.yaml', failing(new Error('internal: oops')));
    expect(verbose.err).toMatch(/commands\.test\.ts/);
  });
});

describe('ls and stop', () => {
  it('has a sentence for an empty folder, and an empty JSON list', async () => {
    expect((await run('ls')).out).toMatch(/^no runs in .*\.transferscope; start one with/);
    expect((await run('ls --json')).out).toBe('[]\n');
    expect(await run('stop last')).toMatchObject({ code: 1 });
  });

  it('lists runs, an unreadable one with its reason', async () => {
    mkdirSync(join(cwd, 'o', 'runs', 'broken-1'), { recursive: true });
    const { code, out } = await run('ls --out o');
    expect(code).toBe(0);
    expect(out).toMatch(/^RUN {7}STATE {6,}STAGES {2}STARTED\nbroken-1 {2}unreadable {2}0\/0/);
    expect((await run('stop broken --out o')).out).toBe('broken-1 is not running (unreadable); nothing to stop\n');
  });
});

describe('runtimes', () => {
  const wasm = { name: 'wasm', available: true, reason: 'always there', device: 'CPU', threads: 2, version: '4' };
  const gpu = {
    name: 'tensorflow-gpu',
    available: false,
    reason: 'not installed',
    device: '',
    threads: 0,
    version: '',
  };
  const answers = {
    listRuntimes: () => ({ runtimes: [gpu, wasm] }),
    checkRuntime: ({ runtime }: { runtime: string }) => ({
      runtime,
      ok: runtime === 'wasm',
      message: 'm',
      milliseconds: 5,
    }),
  };

  it('lists them with reasons', async () => {
    const { code, out } = await run('runtimes', { answers });
    expect(code).toBe(0);
    expect(out).toMatch(/^tensorflow-gpu {2}no .*not installed$/m);
    expect(JSON.parse((await run('runtimes list --json', { answers })).out)).toEqual([gpu, wasm]);
    expect(JSON.parse((await run('runtimes --json', { answers })).out)).toEqual([gpu, wasm]);
  });

  it('checks the available ones, or the one named; a failed check is exit 3', async () => {
    expect(await run('runtimes check', { answers })).toMatchObject({ code: 0, out: 'wasm works (5 ms): m\n' });
    expect(await run('runtimes check tensorflow-gpu', { answers })).toMatchObject({ code: 3 });
    expect(await run('runtimes check wsam', { answers })).toMatchObject({
      code: 1,
      err: expect.stringContaining('did you mean "wasm"?') as string,
    });
  });
});
