/**
 * The worker as a child process: fork, handshake, typed requests, the last lines it said, and a watch over its
 * heartbeat. Whatever happens to the process, every pending request is answered: a death becomes a UserError with the
 * signal or exit code and the last lines of stderr. Left out: restarting (a run is resumed by a new worker).
 */
import { fork, type ChildProcess } from 'node:child_process';
import { createChannel, type Channel, type Transport } from '../shared/protocol/channel';
import { WORKER_PROTOCOL_VERSION, type WorkerEvent, type WorkerRequests } from '../shared/protocol/worker';
import { UserError } from '../shared/errors';
import { watchHeartbeat } from './heartbeat';
import { createLineTail, type LineTail } from './lineTail';

export interface WorkerOptions {
  /** Path of the bundled worker program (dist/worker.js). */
  readonly entry: string;
  /** Limit of the JavaScript heap in MiB; tensors live outside it. */
  readonly memoryMb?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** The Node program to run the worker with; this one when absent. */
  readonly execPath?: string;
  readonly onEvent?: (event: WorkerEvent) => void;
  /** Lines the worker printed, ignored messages, and warnings about its heartbeat. */
  readonly onLog?: (line: string) => void;
  /** How long the worker may take to say ready; 30 s when absent. */
  readonly handshakeMs?: number;
  /** Silence after which the worker is reported as hanging (60 s) and after which it is killed (10 minutes). */
  readonly silence?: { readonly reportMs: number; readonly killMs: number };
}

export interface WorkerProcess {
  readonly pid: number;
  request<Name extends keyof WorkerRequests>(
    name: Name,
    params: WorkerRequests[Name]['params'],
    signal?: AbortSignal,
  ): Promise<WorkerRequests[Name]['answer']>;
  /** Disconnects: the worker checkpoints and exits; killed when it has not after `graceMs` (25 s). */
  stop(graceMs?: number): Promise<void>;
  /** Ends the process at once; what is pending rejects. */
  kill(): void;
  /** Resolves when the process is gone. */
  readonly exited: Promise<WorkerExit>;
}

export interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lastLines: readonly string[];
}

const DEFAULT_SILENCE = { reportMs: 60_000, killMs: 600_000 };
const KEPT_LINES = 50;

/** Starts a worker and waits for its handshake; throws UserError('worker') when it does not come up. */
export async function startWorker(options: WorkerOptions): Promise<WorkerProcess> {
  const worker = new ChildWorker(options);
  await worker.handshake(options.handshakeMs ?? 30_000);
  return worker;
}

class ChildWorker implements WorkerProcess {
  readonly exited: Promise<WorkerExit>;
  private readonly child: ChildProcess;
  private readonly channel: Channel<WorkerRequests, never>;
  private readonly stderr: LineTail;
  private readonly heartbeat: { beat(): void; stop(): void };
  /** Learnt from `runPlanned`, for the advice when the worker dies. */
  private run: string | undefined;
  private killReason: string | undefined;
  private isStopping = false;

  constructor(private readonly options: WorkerOptions) {
    const log = (line: string): void => options.onLog?.(line);
    this.child = forkWorker(options);
    this.stderr = createLineTail({
      lines: KEPT_LINES,
      onLine: (line) => {
        // All of it has ended by then, and whoever attached may never go.
        if (line.startsWith(NODE_WAITS)) this.killFor('ended while a debugger was attached');
        else log(line);
      },
    });
    this.child.stderr?.on('data', (chunk: Buffer) => this.stderr.push(chunk));
    const stdout = createLineTail({ lines: 1, onLine: log });
    this.child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
    this.exited = waitForExit(this.child, this.stderr);
    this.channel = createChannel<WorkerRequests, WorkerEvent, never>(this.transport(), {
      version: WORKER_PROTOCOL_VERSION,
      handshake: 'await',
      onEvent: (event) => this.receiveEvent(event),
      onLog: log,
    });
    this.heartbeat = watchHeartbeat({
      ...(options.silence ?? DEFAULT_SILENCE),
      onSilence: (seconds) => log(`the worker (process ${this.pid}) has said nothing for ${seconds} s; still waiting`),
      onDead: (seconds) => this.killFor(`it said nothing for ${seconds} s and was ended`),
    });
    void this.exited.then(() => this.heartbeat.stop());
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async handshake(timeoutMs: number): Promise<void> {
    const timer = setTimeout(() => {
      this.killFor(`it did not say ready within ${timeoutMs / 1000} s and was ended`);
    }, timeoutMs);
    try {
      await this.channel.ready;
    } catch (error) {
      this.kill();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  request<Name extends keyof WorkerRequests>(
    name: Name,
    params: WorkerRequests[Name]['params'],
    signal?: AbortSignal,
  ): Promise<WorkerRequests[Name]['answer']> {
    // A debugger may hold the worker still for as long as somebody thinks.
    if (name === 'openInspector') this.heartbeat.stop();
    return this.channel.request(name, params, signal);
  }

  async stop(graceMs = 25_000): Promise<void> {
    this.isStopping = true;
    if (this.child.connected) this.child.disconnect();
    const timer = setTimeout(() => this.kill(), graceMs);
    await this.exited;
    clearTimeout(timer);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private killFor(reason: string): void {
    this.killReason ??= reason;
    this.kill();
  }

  private receiveEvent(event: WorkerEvent): void {
    if (event.type === 'runPlanned') this.run = event.run;
    if (event.type !== 'heartbeat') this.options.onEvent?.(event);
  }

  private transport(): Transport {
    return {
      send: (message) => {
        if (!this.child.connected) throw new UserError('worker', 'the worker process is not connected any more');
        this.child.send(message as object, (error) => {
          // Asynchronous failures mean a broken pipe: the exit that follows rejects what is pending.
          if (error) this.options.onLog?.(`could not send to the worker: ${error.message}`);
        });
      },
      onMessage: (listener) => {
        this.child.on('message', (message) => {
          this.heartbeat.beat();
          listener(message);
        });
      },
      onClose: (listener) => void this.exited.then((exit) => listener(this.describeExit(exit))),
    };
  }

  private describeExit(exit: WorkerExit): UserError {
    if (this.isStopping) return new UserError('worker', 'the worker process was stopped');
    const parts = [`the worker process ${this.killReason ?? describeEnd(exit)}`];
    // Stack traces and what the engine dumps when its heap is full are for the log, which has every line.
    const lines = exit.lastLines
      .filter((line) => !noise.test(line))
      .slice(-8)
      .join('\n  ');
    parts.push(lines ? `last lines:\n  ${lines}\n` : 'it left no message');
    if (this.run) parts.push(`resume with: transferscope resume ${this.run}`);
    return new UserError('worker', parts.join('; ').replaceAll('\n; ', '\n'));
  }
}

/** What Node says at its exit when a debugger is attached; it ends when that goes. */
const NODE_WAITS = 'Waiting for the debugger to disconnect';

/** Frames of JavaScript and of C++, and V8's notes on its last garbage collections. */
const noise = /^\s+at |^\s*\d+: 0x|^<--- |^\[\d+:0x|^-{3,}/;

function forkWorker(options: WorkerOptions): ChildProcess {
  const execArgv = ['--enable-source-maps'];
  if (options.memoryMb) execArgv.push(`--max-old-space-size=${options.memoryMb}`);
  return fork(options.entry, [], {
    execPath: options.execPath ?? process.execPath,
    execArgv,
    env: options.env ?? process.env,
    // The default JSON mode would turn typed arrays into objects.
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

/**
 * Resolves after the process has ended and its pipes were read to the end, so that an answer sent just before the exit
 * still counts. Grandchildren may hold the pipes open, hence the limit on that wait.
 */
function waitForExit(child: ChildProcess, stderr: LineTail): Promise<WorkerExit> {
  const disconnected = new Promise<void>((done) => child.once('disconnect', () => done()));
  const drained = Promise.all([whenClosed(child.stdout), whenClosed(child.stderr), disconnected]);
  return new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, lastLines: [error.message] });
    });
    child.once('exit', (code, signal) => {
      const finish = (): void => resolve({ code, signal, lastLines: stderr.lines() });
      const timer = setTimeout(finish, 1000);
      void drained.then(() => {
        clearTimeout(timer);
        finish();
      });
    });
  });
}

/** Not the process's `close` event: that one does not come after a disconnect from this side (Node 20). */
function whenClosed(stream: NodeJS.ReadableStream | null): Promise<void> {
  return new Promise((done) => (stream ? stream.once('close', () => done()) : done()));
}

function describeEnd(exit: WorkerExit): string {
  const isHeapFull = exit.lastLines.some((line) => line.includes('JavaScript heap out of memory'));
  if (isHeapFull) return 'ran out of JavaScript memory (give it more with TRANSFERSCOPE_MEMORY_MB=8192)';
  if (exit.signal === 'SIGKILL') return 'died (signal SIGKILL, perhaps out of memory)';
  if (exit.signal) return `died (signal ${exit.signal})`;
  if (exit.code === null) return 'could not be started';
  if (exit.code === 0) return 'ended without an answer (exit code 0)';
  return `died (exit code ${exit.code})`;
}
