/** The queue of launches with an engine played by the test: turns, states, wishes to stop, failures in words. */
import { describe, expect, it } from 'vitest';
import { createRunController, type Launch } from '../../../../src/host/runs/runController';
import type { LocalExecutor } from '../../../../src/runs/engines/local';
import type { JobListener } from '../../../../src/runs/executor';
import { UserError } from '../../../../src/shared/errors';
import type { RunOutcome, RunRequest, WorkerEvent } from '../../../../src/shared/protocol/worker';
import { plannedStage } from '../../../support/runFolders';

interface Job {
  readonly request: RunRequest;
  readonly listener: JobListener;
  end(state: RunOutcome['state'], failures?: readonly string[]): void;
  die(error: Error): void;
  cancels: number;
  kills: number;
}

function setUp(options: { parallel?: number; submit?: () => Promise<void> } = {}) {
  const jobs: Job[] = [];
  const outcomes: Promise<RunOutcome>[] = [];
  const executor: LocalExecutor = {
    engine: 'fake',
    submit: async (request, listener = {}) => {
      await options.submit?.();
      outcomes.push(
        new Promise((resolve, reject) => {
          const counts = { done: 1, reused: 0, failed: 0, skipped: 0 };
          const end: Job['end'] = (state, failures = []) =>
            resolve({ run: 'tiny-1', state, counts, seconds: 1, failures });
          jobs.push({ request, listener, end, die: reject, cancels: 0, kills: 0 });
        }),
      );
      return String(jobs.length - 1);
    },
    poll: () => Promise.resolve(new Map()),
    doctor: () => Promise.resolve([]),
    cancel: (id) => Promise.resolve(void jobs[Number(id)]!.cancels++),
    kill: (id) => void jobs[Number(id)]!.kills++,
    wait: (id) => outcomes[Number(id)]!,
    openInspector: (id) => Promise.resolve(9000 + Number(id)),
  };
  const states: string[] = [];
  const controller = createRunController({
    createExecutor: () => Promise.resolve(executor),
    onChange: ({ id, state }) => {
      if (states.at(-1) !== `${id} ${state}`) states.push(`${id} ${state}`);
    },
    onLog: () => {},
    now: () => 0,
    ...(options.parallel !== undefined && { parallel: options.parallel }),
  });
  const emit = (job: number, event: WorkerEvent): void => jobs[job]!.listener.onEvent?.(event);
  return { jobs, states, controller, emit };
}

const request = (file: string): RunRequest => ({ file, out: '/w/.transferscope' });
const turn = () => new Promise((resolve) => setImmediate(resolve));
const runtime = { name: 'wasm', available: true, reason: '', device: '', threads: 1, version: '' };
const planned = (...ids: string[]): WorkerEvent => ({
  type: 'runPlanned',
  run: 'tiny-1',
  runFolder: '/w/.transferscope/runs/tiny-1',
  stages: ids.map((id) => plannedStage(id)),
  runtime,
  warnings: [],
});

describe('the queue', () => {
  it('works on one launch at a time, in order', async () => {
    const { jobs, states, controller } = setUp();
    controller.launch(request('a'));
    controller.launch({ ...request('b'), only: ['moco'] });
    await turn();
    expect(jobs.map((job) => job.request.file)).toEqual(['a']);
    jobs[0]!.end('done');
    await turn();
    expect(jobs.map((job) => job.request)).toMatchObject([{ file: 'a' }, { file: 'b', only: ['moco'] }]);
    jobs[1]!.end('failed', ['moco/seed-0: no images', 'probe: no features']);
    expect(await controller.ended(2)).toMatchObject({
      state: 'failed',
      failure: 'moco/seed-0: no images (and 1 more)',
    });
    expect(states).toEqual(['1 planned', '1 running', '2 planned', '1 done', '2 running', '2 failed']);
  });

  it('works on several when told so', async () => {
    const { jobs, controller } = setUp({ parallel: 2 });
    for (const file of ['a', 'b', 'c']) controller.launch(request(file));
    await turn();
    expect(jobs).toHaveLength(2);
  });

  it('goes on after a launch that could not start', async () => {
    let first = true;
    const { jobs, controller } = setUp({
      submit: () => {
        if (!first) return Promise.resolve();
        first = false;
        return Promise.reject(new UserError('worker', 'the worker process could not be started'));
      },
    });
    controller.launch(request('a'));
    controller.launch(request('b'));
    expect(await controller.ended(1)).toMatchObject({
      state: 'failed',
      failure: 'the worker process could not be started',
    });
    await turn();
    expect(jobs).toHaveLength(1);
  });
});

describe('stopping', () => {
  it('takes a waiting launch out without starting it', async () => {
    const { jobs, controller } = setUp();
    controller.launch(request('a'));
    const { id } = controller.launch(request('b'));
    controller.stop(id);
    expect(await controller.ended(id)).toMatchObject({ state: 'stopped' });
    await turn();
    jobs[0]!.end('done');
    await turn();
    expect(jobs).toHaveLength(1);
  });

  it('asks the engine and waits for the checkpoint', async () => {
    const { jobs, states, controller } = setUp();
    const { id } = controller.launch(request('a'));
    await turn();
    controller.stop(id);
    expect(jobs[0]!.cancels).toBe(1);
    jobs[0]!.end('stopped');
    expect((await controller.ended(id)).outcome?.run).toBe('tiny-1');
    expect(states).toEqual(['1 planned', '1 running', '1 stopping', '1 stopped']);
  });

  it('reaches a worker that is still being started', async () => {
    let start = (): void => {};
    const { jobs, controller } = setUp({ submit: () => new Promise<void>((resolve) => (start = resolve)) });
    const { id } = controller.launch(request('a'));
    await turn();
    controller.stop(id);
    start();
    await turn();
    expect(jobs[0]!.cancels).toBe(1);
  });

  it('after a stage: lets it finish, whatever was reused before', async () => {
    const { jobs, controller, emit } = setUp();
    const { id } = controller.launch(request('a'));
    await turn();
    emit(0, planned('a', 'b'));
    controller.stopAfterStage(id);
    emit(0, { type: 'stageChanged', id: 'a', state: 'reused' });
    emit(0, { type: 'stageChanged', id: 'b', state: 'running' });
    expect(jobs[0]!.cancels).toBe(0);
    emit(0, { type: 'stageChanged', id: 'b', state: 'done', seconds: 2 });
    expect(jobs[0]!.cancels).toBe(1);
    expect(controller.launches()[0]!.state).toBe('stopping');
  });

  it('at once: the run counts as interrupted when it had begun', async () => {
    const { jobs, controller, emit } = setUp();
    const { id } = controller.launch(request('a'));
    await turn();
    emit(0, planned('a'));
    controller.stop(id);
    controller.kill(id);
    expect(jobs[0]!.kills).toBe(1);
    jobs[0]!.die(new UserError('worker', 'the worker process was stopped'));
    const ended = await controller.ended(id);
    expect(ended.state).toBe('interrupted');
    expect(ended.failure).toBeUndefined();
  });
});

describe('failures', () => {
  const endWith = async (error: Error, events: readonly WorkerEvent[] = []): Promise<Launch> => {
    const { jobs, controller, emit } = setUp();
    const { id } = controller.launch(request('a'));
    await turn();
    for (const event of events) emit(0, event);
    jobs[0]!.die(error);
    return controller.ended(id);
  };

  it('a worker that died can be resumed, and advice fits the window', async () => {
    const message =
      'the worker process ran out of JavaScript memory (give it more with TRANSFERSCOPE_MEMORY_MB=8192); last lines:\n  heap\nresume with: transferscope resume tiny-1';
    const launch = await endWith(new UserError('worker', message), [planned('a')]);
    expect(launch.state).toBe('interrupted');
    expect(launch.failure).toBe(
      'the worker process ran out of JavaScript memory (give it more with the setting transferscope.workerMemoryMb); last lines:\n  heap',
    );
    expect(launch.progress.run).toBe('tiny-1');
  });

  it('a mistake of the user before the plan is a failure', async () => {
    const launch = await endWith(new UserError('config', 'there is no such layer'));
    expect(launch).toMatchObject({ state: 'failed', failure: 'there is no such layer' });
  });

  it('a bug keeps its stack for the log', async () => {
    const bug = new TypeError('x is undefined');
    expect(await endWith(bug)).toMatchObject({ state: 'failed', failure: 'unexpected: x is undefined', bug });
  });
});

describe('a debugger', () => {
  it('reaches the worker of a run that is under way, and of no other', async () => {
    const { jobs, controller } = setUp();
    const { id } = controller.launch(request('a'));
    await turn();
    expect(await controller.openInspector(id)).toBe(9000);
    const waiting = controller.launch(request('b'));
    await expect(controller.openInspector(waiting.id)).rejects.toThrow('has no worker at the moment');
    jobs[0]!.end('done');
    await controller.ended(id);
    await expect(controller.openInspector(id)).rejects.toThrow('has no worker at the moment');
  });
});
