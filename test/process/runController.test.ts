/**
 * What a window does with runs, without the window: the controller with real workers on a tiny experiment, forked and
 * detached; stopping, death, resuming; a run that outlives whoever launched it; and that nobody blocks meanwhile.
 */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRunController, type Launch, type RunController } from '../../src/host/runs/runController';
import { createResultsReader } from '../../src/host/runs/resultsReader';
import { createRunLibrary, type RunLibrary } from '../../src/host/runs/runLibrary';
import { createDetachedExecutor } from '../../src/runs/engines/detached';
import { createLocalExecutor } from '../../src/runs/engines/local';
import { requestRunStop } from '../../src/runs/requestStop';
import { pairKey } from '../../src/shared/views/results/experimentTree';
import { comparable, experimentText, lines, readStatus, writeTinyImages } from '../pipeline/tinyRun';
import { makeFolder } from '../pipeline/tinyWorld';
import { bundleProgram, makeProgramFolder } from './bundleForTest';
import { copyProgram, type Program } from './realProgram';

let program: Program;
let folder: ReturnType<typeof makeFolder>;
let file: string;
let longFile: string;

beforeAll(async () => {
  program = copyProgram();
  folder = makeFolder();
  file = join(folder.path, 'tiny.transfer.yaml');
  longFile = join(folder.path, 'long.transfer.yaml');
  await writeTinyImages(join(folder.path, 'images'), 6);
  const transfers = [lines.probe];
  writeFileSync(file, experimentText({ pretrainings: [lines.random, lines.supervised(16)], transfers }));
  writeFileSync(longFile, experimentText({ pretrainings: [lines.supervised(240)], transfers, name: 'long' }));
});
afterAll(() => {
  program.remove();
  folder.remove();
});

interface Window {
  readonly controller: RunController;
  readonly library: RunLibrary;
  readonly out: string;
  /** Resolves at the first change for which the condition holds. */
  until(isThere: (launch: Launch) => boolean): Promise<Launch>;
  untilRuns(isThere: () => boolean): Promise<void>;
}

const openWindows: Window[] = [];
afterAll(async () => {
  for (const { controller, library } of openWindows) {
    for (const { id } of controller.launches()) controller.kill(id);
    await library.dispose();
  }
});

function openWindow(out: string, engine: 'local' | 'detached'): Window {
  const listeners = new Set<(launch: Launch) => void>();
  const runListeners = new Set<() => void>();
  const place = join(folder.path, out);
  const controller = createRunController({
    createExecutor: () =>
      Promise.resolve(
        engine === 'local'
          ? createLocalExecutor({ entry: join(program.folder, 'worker.js'), memoryMb: 1024 })
          : createDetachedExecutor({
              entry: join(program.folder, 'cli.js'),
              memoryMb: 1024,
              requestStop: requestRunStop,
            }),
      ),
    onChange: (launch) => listeners.forEach((listener) => listener(launch)),
    onLog: () => {},
  });
  const library = createRunLibrary({
    usePolling: () => false,
    onChange: () => runListeners.forEach((listener) => listener()),
    onError: (error) => expect.fail(String(error)),
  });
  library.setFolders([place]);
  const window: Window = {
    controller,
    library,
    out: place,
    until: (isThere) => new Promise((done) => listeners.add((launch) => isThere(launch) && done(launch))),
    untilRuns: (isThere) =>
      new Promise((done) => {
        const look = (): void => void (isThere() && done());
        runListeners.add(look);
        look();
      }),
  };
  openWindows.push(window);
  return window;
}

const isTraining = ({ progress }: Launch): boolean =>
  [...progress.stages.values()].some(({ state, done }) => state === 'running' && done > 2);

describe.each(['local', 'detached'] as const)('a window with the %s engine', (engine) => {
  it('runs to the end without blocking, then reuses, and shows results', async () => {
    const { controller, library, out, untilRuns } = openWindow(`${engine}-whole`, engine);
    await library.ready();
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const first = controller.launch({ file, out });
    const second = controller.launch({ file, out, only: ['supervised'] });
    expect(controller.launches().map(({ state }) => state)).toEqual(['running', 'planned']);
    const ended = await controller.ended(first.id);
    delay.disable();
    expect(ended).toMatchObject({ state: 'done', outcome: { run: 'tiny-1', counts: { failed: 0 } } });
    // Blocking for a run would be seconds; the processor is shared with the worker, and with whatever else there is.
    expect(delay.percentile(99) / 1e6).toBeLessThan(250);
    console.log(`${engine}: event loop delay during a run, 99 %: ${(delay.percentile(99) / 1e6).toFixed(1)} ms`);
    const outcome = (await controller.ended(second.id)).outcome;
    expect(outcome).toMatchObject({ run: 'tiny-2', counts: { done: 0 } });
    await untilRuns(() => library.runs().filter(({ state }) => state === 'done').length === 2);
    const results = await createResultsReader(library).read(file, undefined);
    expect(results.get(pairKey('supervised', 'probe'))?.measurement?.mean).toBeGreaterThan(0.2);
  });

  it('stops at a checkpoint and resumes', async () => {
    const { controller, library, out, until, untilRuns } = openWindow(`${engine}-stop`, engine);
    const { id } = controller.launch({ file: longFile, out });
    await until(isTraining);
    controller.stop(id);
    const stopped = await controller.ended(id);
    expect(stopped).toMatchObject({ state: 'stopped', outcome: { run: 'long-1' } });
    await untilRuns(() => library.find(out, 'long-1')?.state === 'stopped');
    const again = controller.launch({ file: longFile, out, resume: 'long-1' });
    expect(await controller.ended(again.id)).toMatchObject({ state: 'done', outcome: { run: 'long-1' } });
  });

  it('outlives the death of a worker', async () => {
    const { controller, library, out, until, untilRuns } = openWindow(`${engine}-death`, engine);
    const { id } = controller.launch({ file: longFile, out });
    await until(isTraining);
    process.kill(readStatus(out, 'long-1').pid, 'SIGKILL');
    const ended = await controller.ended(id);
    expect(ended.state).toBe('interrupted');
    expect(ended.failure).toMatch(/^the worker process died \(signal SIGKILL/);
    expect(ended.failure).not.toContain('transferscope resume');
    // Nobody wrote that: the process is gone, which the window finds out by itself.
    await untilRuns(() => library.find(out, 'long-1')?.state === 'interrupted');
    const again = controller.launch({ file: longFile, out, resume: 'long-1' });
    expect(await controller.ended(again.id)).toMatchObject({ state: 'done' });
  });

  it('says in a sentence why it could not begin', async () => {
    const { controller, out } = openWindow(`${engine}-bad`, engine);
    const { id } = controller.launch({ file: join(folder.path, 'none.transfer.yaml'), out });
    expect(await controller.ended(id)).toMatchObject({
      state: 'failed',
      failure: expect.stringMatching(/no such file/) as string,
    });
  });
});

it('a detached run goes on when its window is gone, is found by its heartbeat, and can be stopped from elsewhere', async () => {
  const leaver = makeProgramFolder();
  await bundleProgram({ entry: 'test/process/fakes/launchAndLeave.ts', outfile: join(leaver, 'leave.js') });
  const { library, out, untilRuns } = openWindow('left', 'detached');
  const { status, stderr } = spawnSync(process.execPath, [
    join(leaver, 'leave.js'),
    join(program.folder, 'cli.js'),
    longFile,
    out,
  ]);
  expect([status, stderr.toString()]).toEqual([0, '']);
  await untilRuns(() => library.find(out, 'long-1')?.state === 'running');
  await requestRunStop(out, 'long-1');
  await untilRuns(() => library.find(out, 'long-1')?.state === 'stopped');
  const reference = openWindow('detached-death', 'detached');
  const again = openWindow('left', 'local');
  const { id } = again.controller.launch({ file: longFile, out, resume: 'long-1' });
  expect(await again.controller.ended(id)).toMatchObject({ state: 'done' });
  expect(comparable(out, 'long-1')).toEqual(comparable(reference.out, 'long-1'));
  rmSync(leaver, { recursive: true, force: true });
});
