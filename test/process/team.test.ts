/** The built command with several workers: the same results as with one, whatever becomes of the helpers. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunStatus } from '../../src/shared/results/runManifest';
import { comparable, experimentText, leftovers, lines, readStatus, writeTinyImages } from '../pipeline/tinyRun';
import { makeFolder } from '../pipeline/tinyWorld';
import { copyProgram, type Program } from './realProgram';

let program: Program;
let folder: ReturnType<typeof makeFolder>;
let expected: Record<string, unknown>;

beforeAll(async () => {
  program = copyProgram();
  folder = makeFolder();
  await writeTinyImages(join(folder.path, 'images'), 6);
  const pretrainings = [lines.moco(28), lines.supervised(16), lines.random];
  writeFileSync(join(folder.path, 'tiny.transfer.yaml'), experimentText({ pretrainings, transfers: [lines.probe] }));
  expect((await program.run(folder.path, ['run', 'tiny.transfer.yaml', '--json', '--out', 'one'])).code).toBe(0);
  expected = comparable(join(folder.path, 'one'), 'tiny-1');
});
afterAll(() => {
  program.remove();
  folder.remove();
});

const out = (name: string): string => join(folder.path, name);
const start = (name: string, file = 'tiny.transfer.yaml') =>
  program.start(folder.path, ['run', file, '--workers', '2', '--json', '--out', name]);

function helperStatus(name: string): RunStatus | undefined {
  const parts = join(out(name), 'runs', 'tiny-1', 'parts');
  try {
    const [file] = readdirSync(parts).filter((entry) => entry.endsWith('.json'));
    return JSON.parse(readFileSync(join(parts, file!), 'utf8')) as RunStatus;
  } catch {
    return undefined;
  }
}

it('two workers compute what one does, each stage once', async () => {
  const { code, out: text } = await start('two').ended;
  expect(code).toBe(0);
  expect(comparable(out('two'), 'tiny-1')).toEqual(expected);
  expect(leftovers(out('two'))).toEqual([]);
  const events = text.split('\n').filter((line) => line.includes('"state":"running"'));
  expect(events).toHaveLength(12);
  expect(text).toContain('"counts":{"done":12,"reused":0,"failed":0,"skipped":0}');
});

it('a helper that is killed changes nothing but the time', async () => {
  const job = start('killed');
  for (;;) {
    const helper = helperStatus('killed');
    if (helper && Object.values(helper.stages).some(({ state }) => state === 'running')) {
      process.kill(helper.pid, 'SIGKILL');
      break;
    }
    if (job.child.exitCode !== null) throw new Error('the run ended before its helper had begun anything');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect((await job.ended).code).toBe(0);
  expect(comparable(out('killed'), 'tiny-1')).toEqual(expected);
  expect(leftovers(out('killed'))).toEqual([]);
});

it('a failed branch stops what needs it and nothing else', async () => {
  const pretrainings = [lines.supervised(60, 1000), lines.random];
  const text = experimentText({ pretrainings, transfers: [lines.probe] });
  writeFileSync(join(folder.path, 'wild.transfer.yaml'), text);
  const { code } = await start('wild', 'wild.transfer.yaml').ended;
  expect(code).toBe(3);
  const { state, stages } = readStatus(out('wild'), 'tiny-1');
  expect(state).toBe('failed');
  expect(stages).toMatchObject({
    'supervised/seed-0': { state: 'failed' },
    'supervised/seed-0/probe': { state: 'skipped' },
    'random/seed-0/probe': { state: 'done' },
  });
});
