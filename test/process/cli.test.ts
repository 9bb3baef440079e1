/** The bundled command as a real process with a fake worker beside it: exit codes, signals, broken pipes. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleProgram, makeProgramFolder } from './bundleForTest';

const folder = makeProgramFolder();
const cli = join(folder, 'cli.js');

beforeAll(async () => {
  await bundleProgram({ entry: 'src/cli/main.ts', outfile: cli });
  copyFileSync(resolve(import.meta.dirname, 'fakes', 'fakeWorker.mjs'), join(folder, 'worker.js'));
  writeFileSync(join(folder, 'a.transfer.yaml'), 'name: x\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(args: readonly string[], mode: string): { child: ChildProcess; result: Promise<Result>; out(): string } {
  const child = spawn(process.execPath, [cli, ...args], { cwd: folder, env: { ...process.env, FAKE_WORKER: mode } });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const result = new Promise<Result>((done) => child.on('close', (code) => done({ code, out, err })));
  return { child, result, out: () => out };
}

const run = (mode: string, ...args: string[]): Promise<Result> => start(args, mode).result;

async function seen(job: { out(): string }, text: string): Promise<void> {
  while (!job.out().includes(text)) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('the command', () => {
  it('knows its version', async () => {
    expect(await run('good', '--version')).toMatchObject({ code: 0, out: '1.2.3\n' });
  });

  it('runs to the end: exit 0, no words on stderr', async () => {
    const { code, out, err } = await run('good', 'run', 'a.transfer.yaml');
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toMatch(/✓ a · 0:00 · loss 1[^]*fake-1 done in 0.1 s[^]*run folder: \/tmp\/fake-1\n$/);
  });

  it('exits 3 when a stage failed', async () => {
    expect(await run('fails', 'run', 'a.transfer.yaml')).toMatchObject({
      code: 3,
      out: expect.stringContaining('failed: a: no images') as string,
    });
  });

  it.each(['killed', 'dies in the middle', 'dies at once', 'exits silently'])(
    'worker %s: a sentence and exit 3',
    async (mode) => {
      const { code, err } = await run(mode, 'run', 'a.transfer.yaml');
      expect(code).toBe(3);
      expect(err).toMatch(/^error: the worker process (died|ended)/);
    },
  );

  it('first Ctrl-C: stops after the checkpoint, exit 75', async () => {
    const job = start(['run', 'a.transfer.yaml'], 'waits');
    await seen(job, 'run fake-1');
    job.child.kill('SIGINT');
    expect(await job.result).toMatchObject({ code: 75, out: expect.stringContaining('resume fake-1') as string });
  });

  it('second Ctrl-C: ends at once, exit 130', async () => {
    const job = start(['run', 'a.transfer.yaml'], 'waits for ever');
    await seen(job, 'run fake-1');
    job.child.kill('SIGINT');
    await seen(job, 'press Ctrl-C again');
    job.child.kill('SIGINT');
    expect((await job.result).code).toBe(130);
  });

  it('does not mind a reader that goes away', async () => {
    const shell = `"${process.execPath}" "${cli}" --help | head -n 1; echo "code \${PIPESTATUS[0]}"`;
    const { out, err } = await new Promise<{ out: string; err: string }>((done) => {
      execFile('bash', ['-c', shell], (_, out, err) => done({ out, err }));
    });
    expect(out).toBe('Usage: transferscope [options] [command]\ncode 0\n');
    expect(err).toBe('');
  });

  it('refuses a memory limit that is no number', async () => {
    const job = new Promise<Result>((done) => {
      const env = { ...process.env, TRANSFERSCOPE_MEMORY_MB: 'lots' };
      execFile(process.execPath, [cli, 'runtimes'], { env }, (error, out, err) =>
        done({ code: Number(error?.code), out, err }),
      );
    });
    expect(await job).toMatchObject({
      code: 1,
      err: expect.stringContaining('TRANSFERSCOPE_MEMORY_MB is "lots"') as string,
    });
  });

  it('says what to do when the worker was not built', async () => {
    const alone = join(folder, 'alone');
    mkdirSync(alone);
    writeFileSync(join(alone, 'cli.js'), readFileSync(cli));
    const { code, err } = await new Promise<Result>((done) => {
      execFile(process.execPath, [join(alone, 'cli.js'), 'runtimes'], (error, out, err) =>
        done({ code: Number(error?.code), out, err }),
      );
    });
    expect(code).toBe(3);
    expect(err).toMatch(/worker\.js is not there; build it with: npm run build/);
  });
});
