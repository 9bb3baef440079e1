/** `runtimes install` and `remove`: arguments, and what is said when it cannot be done. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program';
import { createFakeSurroundings } from './fakeSurroundings';

let cache = '';
beforeEach(() => void (cache = mkdtempSync(join(tmpdir(), 'cli-'))));
afterEach(() => rmSync(cache, { recursive: true, force: true }));

async function run(args: string): Promise<{ code: number; out: string; err: string }> {
  const fake = createFakeSurroundings({ env: { TRANSFERSCOPE_CACHE: cache } });
  const code = await runCli(args.split(' '), fake.around);
  return { code, out: fake.stdout(), err: fake.stderr() };
}

describe('runtimes install', () => {
  it.each([
    ['runtimes install wasm', /Allowed choices are tensorflow-gpu, tensorflow, webgpu/],
    ['runtimes install', /missing required argument 'name'/],
    ['runtimes install tensorflow --within soon', /Give seconds, more than 0/],
  ])('%s: exit 2 and a hint', async (args, message) => {
    const { code, err } = await run(args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  it('gives up within the time it is given, with one sentence', async () => {
    const { code, err } = await run('runtimes install tensorflow --within 0.001');
    expect(code).toBe(3);
    expect(err).toContain('tensorflow could not be installed within 0.001 s');
    expect(readdirSync(join(cache, 'runtimes'))).toEqual(['downloads']);
  });

  it('removes what is there and says when nothing was', async () => {
    mkdirSync(join(cache, 'runtimes', 'tensorflow'), { recursive: true });
    expect((await run('runtimes remove tensorflow')).out).toBe('tensorflow was removed\n');
    expect((await run('runtimes remove tensorflow')).out).toBe('tensorflow was not installed\n');
    expect(readdirSync(join(cache, 'runtimes'))).toEqual([]);
  });
});
