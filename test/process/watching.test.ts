/**
 * A window watches what the real command does in another process: the run appears and follows its status within a second,
 * with notices of the file system and by polling; its progress shows in `ls`; and what deleted or blocked folders do to it.
 */
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRunLibrary, type LibraryRun, type RunLibrary } from '../../src/host/runs/runLibrary';
import type { RunSummary } from '../../src/runs/runFiles';
import { experimentText, lines, readStatus, writeTinyImages } from '../pipeline/tinyRun';
import { makeFolder } from '../pipeline/tinyWorld';
import { copyProgram, type Job, type Program } from './realProgram';

/** A second is promised; the machine of the tests may be busy, and polling looks every half second. */

let program: Program;
let folder: ReturnType<typeof makeFolder>;
const here = (...parts: string[]) => join(folder.path, ...parts);

beforeAll(async () => {
  program = copyProgram();
  folder = makeFolder();
  await writeTinyImages(here('images'), 6);
  const text = experimentText({
    pretrainings: [lines.supervised(100_000)],
    transfers: [lines.neighbours],
    name: 'long',
  });
  writeFileSync(here('long.transfer.yaml'), text);
});
afterAll(() => {
  program.remove();
  folder.remove();
});

const start = (out: string): Job => program.start(folder.path, ['run', 'long.transfer.yaml', '--out', out, '--json']);
const stop = async (job: Job) => {
  job.child.kill('SIGTERM');
  return job.ended;
};

interface Seen {
  readonly library: RunLibrary;
  /** Resolves with the ms from `since` (ms since 1970) until a change after which the run is as wanted. */
  until(isWanted: (run: LibraryRun) => boolean, since: () => number): Promise<number>;
}

function watch(out: string, usePolling: boolean): Seen {
  const listeners = new Set<() => void>();
  const library = createRunLibrary({
    usePolling: () => usePolling,
    onChange: () => listeners.forEach((listener) => listener()),
    onError: (error) => expect.fail(String(error)),
  });
  library.setFolders([here(out)]);
  return {
    library,
    until: (isWanted, since) =>
      new Promise((done) => {
        const look = (): void => {
          if (library.runs().some(isWanted)) done(Date.now() - since());
        };
        listeners.add(look);
        look();
      }),
  };
}

describe.each([
  ['notices of the file system', false],
  ['polling', true],
])('by %s', (_, usePolling) => {
  const out = usePolling ? 'polled' : 'noticed';

  it('a run of another process shows and moves on', async () => {
    const { library, until } = watch(out, usePolling);
    await library.ready();
    const writtenAt = (): number => statSync(here(out, 'runs', 'long-1', 'status.json')).birthtimeMs;
    const appeared = until(({ state }) => state === 'running', writtenAt);
    const job = start(out);
    await job.seen('"stageProgressed"', 5);
    const first = await appeared;
    // The status is written every two seconds; its own time tells how old it is when it is seen.
    const heartbeat = (run: LibraryRun): number => Date.parse(run.heartbeatAt ?? '');
    const delays: number[] = [];
    for (let beat = 0; beat < 3; beat++) {
      const from = heartbeat(library.runs()[0]!);
      await until((run) => heartbeat(run) > from, Date.now);
      delays.push(Date.now() - heartbeat(library.runs()[0]!));
    }
    await stop(job);
    await until(({ state }) => state === 'stopped', Date.now);
    process.stdout.write(
      `${usePolling ? 'polling' : 'notices'}: a run shows after ${first.toFixed(0)} ms, changes after ${delays.join(', ')} ms\n`,
    );
    await library.dispose();
  });
});

describe('the progress of a run', () => {
  it('is in its status and shown by ls, and gone when it ends', async () => {
    const job = start('progress');
    await job.seen('"stageProgressed"', 12);
    const list = async (): Promise<RunSummary> => {
      const { out } = await program.run(folder.path, ['ls', '--out', 'progress', '--json']);
      return (JSON.parse(out) as RunSummary[])[0]!;
    };
    await expect.poll(async () => (await list()).progress?.done ?? 0, { timeout: 20_000 }).toBeGreaterThan(0);
    const { progress } = await list();
    expect(progress).toMatchObject({ stage: 'supervised/seed-0', total: 100_000, unit: 'steps' });
    expect(progress!.fraction).toBeCloseTo(progress!.done! / 100_000 / 4, 8);
    const table = await program.run(folder.path, ['ls', '--out', 'progress']);
    expect(table.out).toMatch(/long-1 +running .* 0 % · supervised/);
    await stop(job);
    expect(readStatus(here('progress'), 'long-1').progress).toBeUndefined();
  });
});

describe('a run that is asked to stop after its stage', () => {
  it('finishes that stage, begins no other, and resumes', async () => {
    const text = experimentText({
      pretrainings: [lines.supervised(300)],
      transfers: [lines.neighbours],
      name: 'staged',
    });
    writeFileSync(here('staged.transfer.yaml'), text);
    const job = program.start(folder.path, ['run', 'staged.transfer.yaml', '--out', 'staged', '--json']);
    await job.seen('"stageProgressed"', 3);
    const asked = await program.run(folder.path, ['stop', 'staged', '--out', 'staged', '--after-stage']);
    expect(asked.out).toMatch(/asked staged-1 to stop after the stage under way/);
    expect((await job.ended).code).toBe(75);
    const states = (): string[] =>
      Object.values(readStatus(here('staged'), 'staged-1').stages).map(({ state }) => state);
    expect(states()).toEqual(['done', 'waiting', 'waiting', 'waiting']);
    const resumed = await program.run(folder.path, ['resume', 'staged-1', '--out', 'staged']);
    expect([resumed.code, states()]).toEqual([0, ['reused', 'done', 'done', 'done']]);
  });
});

describe('while a run is under way', () => {
  it('a deleted results folder ends it with a sentence, and the next run begins anew', async () => {
    const job = start('deleted');
    await job.seen('"stageProgressed"', 3);
    rmSync(here('deleted'), { recursive: true, force: true, maxRetries: 20, retryDelay: 20 });
    const { code, out, err } = await job.ended;
    expect(code).toBe(3);
    expect(`${out}${err}`).toMatch(/deleted\S* (is|was) gone|cannot write \S*deleted/);
    expect(`${out}${err}`).not.toMatch(/unexpected|\n\s+at \S+ \(/);
    const again = start('deleted');
    await again.seen('"stageProgressed"', 3);
    expect((await stop(again)).code).toBe(75);
  });

  it('a renamed experiment file makes no difference, and resuming goes by the file as launched', async () => {
    const text = experimentText({ pretrainings: [lines.supervised(100_000)], name: 'moved' });
    writeFileSync(here('moved.transfer.yaml'), text);
    const job = program.start(folder.path, ['run', 'moved.transfer.yaml', '--out', 'moved', '--json']);
    await job.seen('"stageProgressed"', 3);
    rmSync(here('moved.transfer.yaml'));
    expect((await stop(job)).code).toBe(75);
    const resumed = program.start(folder.path, ['resume', 'moved-1', '--out', 'moved', '--json']);
    await resumed.seen('"stageProgressed"', 3);
    expect((await stop(resumed)).code).toBe(75);
  });

  it('a folder in the place of its status does not end it', async () => {
    const job = start('blocked');
    await job.seen('"stageProgressed"', 3);
    const status = here('blocked', 'runs', 'long-1', 'status.json');
    rmSync(status);
    mkdirSync(status);
    await job.seen('"stageProgressed"', 12);
    rmSync(status, { recursive: true });
    expect((await stop(job)).code).toBe(75);
    expect(readStatus(here('blocked'), 'long-1').state).toBe('stopped');
  });
});
