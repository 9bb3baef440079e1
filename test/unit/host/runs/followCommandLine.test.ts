/** A long command of the command line program, followed by its lines: told, failed, cancelled. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { followCommandLine } from '../../../../src/host/runs/workerProgram';
import { Cancelled } from '../../../../src/shared/errors';

const root = mkdtempSync(path.join(tmpdir(), 'transferscope-follow-'));
const settings = { root, nodePath: '', memoryMb: 512, allowOutsidePaths: false };

beforeAll(() => {
  mkdirSync(path.join(root, 'dist'));
  // Stands in for dist/cli.js: says what it was asked, and ends as its second argument says.
  const program = `
    process.stderr.write('fetching: 10 %\\nfetching: 20 %\\n');
    if (process.argv[3] === 'fails') { process.stderr.write('error: no compiler was found\\n'); process.exit(1); }
    if (process.argv[3] === 'waits') setInterval(() => {}, 1000);
    else process.stdout.write('looking\\ninstalled ' + process.argv[4] + '\\n');`;
  writeFileSync(path.join(root, 'dist', 'cli.js'), program);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const follow = (how: string, signal = new AbortController().signal) => {
  const lines: string[] = [];
  const said = followCommandLine(settings, ['runtimes', how, 'tensorflow'], {
    onLine: (line) => lines.push(line),
    signal,
  });
  return { said, lines };
};

describe('a followed command', () => {
  it('tells its lines and its last word', async () => {
    const { said, lines } = follow('install');
    expect(await said).toBe('installed tensorflow');
    expect(lines).toEqual(['fetching: 10 %', 'fetching: 20 %']);
  });

  it('fails with its own sentence', async () => {
    await expect(follow('fails').said).rejects.toThrow(/^no compiler was found$/);
  });

  it('ends when it is cancelled', async () => {
    const stopping = new AbortController();
    const { said, lines } = follow('waits', stopping.signal);
    while (lines.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    stopping.abort();
    await expect(said).rejects.toBeInstanceOf(Cancelled);
  });
});
