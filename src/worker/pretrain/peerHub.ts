/**
 * The processes that train along, seen from the one that has the stage: it starts them, meets them, hears of their warnings
 * and their end. They write nothing, so that ending them at any moment is safe; they end by themselves when it is gone.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { UserError } from '../../shared/errors';
import type { FromPeer, PeerPlan, ToPeer } from './peerMessages';

export interface PeerHubOptions {
  /** For messages. */
  readonly id: string;
  readonly entry: string;
  readonly warn: (message: string) => void;
  /** How long one may say nothing while it is waited for; 10 minutes when absent. */
  readonly silenceMs?: number;
}

/** What a process is started with besides its plan. */
export interface PeerStart {
  readonly plan: PeerPlan;
  readonly env: NodeJS.ProcessEnv;
}

interface Waiting {
  resolve(): void;
  reject(cause: Error): void;
}

export class PeerHub {
  private readonly children = new Map<number, ChildProcess>();
  /** Who has come to the present point, and to which. */
  private readonly arrived = new Map<number, string>();
  private readonly ended = new Set<number>();
  private waiting: Waiting | undefined;
  private silenceTimer: NodeJS.Timeout | undefined;
  private failure: Error | undefined;
  private isClosing = false;

  constructor(private readonly options: PeerHubOptions) {}

  start({ plan, env }: PeerStart): void {
    const { rank } = plan;
    // Not inherited: whoever launched this process waits for the end of what it holds.
    const stdio: ('ignore' | 'pipe' | 'ipc')[] = ['ignore', 'pipe', 'pipe', 'ipc'];
    const child = fork(this.options.entry, ['peer'], { env, stdio, serialization: 'advanced' });
    this.children.set(rank, child);
    for (const stream of [child.stdout, child.stderr]) stream?.pipe(process.stderr, { end: false });
    child.on('message', (message) => this.receive(rank, message as FromPeer));
    child.on('error', (cause) => this.fail(this.deathOf(rank, cause.message)));
    child.on('exit', (code, signal) => {
      if (this.isClosing || this.ended.has(rank)) return;
      this.fail(this.deathOf(rank, signal ? `died (signal ${signal})` : `ended with exit code ${code}`));
    });
    this.send(rank, { type: 'plan', plan });
  }

  /** Waits until every process has come to `point`. Rejects as soon as one cannot. */
  async meet(point: string): Promise<void> {
    if (this.failure) throw this.failure;
    const met = new Promise<void>((resolve, reject) => (this.waiting = { resolve, reject }));
    const { silenceMs = 600_000 } = this.options;
    this.silenceTimer = setTimeout(() => this.fail(this.silence(silenceMs)), silenceMs);
    try {
      this.arrive(0, point);
      await met;
    } finally {
      clearTimeout(this.silenceTimer);
      this.waiting = undefined;
    }
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    this.isClosing = true;
    const living = [...this.children.values()].filter(({ exitCode, signalCode }) => exitCode === null && !signalCode);
    await Promise.all(
      living.map(async (child) => {
        const exit = once(child, 'exit');
        if (child.kill('SIGKILL')) await exit;
      }),
    );
  }

  /** As if a process had failed with this. */
  fail(cause: Error): void {
    this.failure ??= cause;
    this.waiting?.reject(this.failure);
  }

  private receive(rank: number, message: FromPeer): void {
    if (message.type === 'arrived') this.arrive(rank, message.point);
    else if (message.type === 'preparing') this.silenceTimer?.refresh();
    else if (message.type === 'warned') this.options.warn(message.message);
    else if (message.type === 'ended') this.ended.add(rank);
    else this.fail(this.failureOf(rank, message));
  }

  private arrive(rank: number, point: string): void {
    this.arrived.set(rank, point);
    if (this.arrived.size <= this.children.size) return;
    const points = new Set(this.arrived.values());
    this.arrived.clear();
    if (points.size > 1) return this.fail(new Error(`internal: the processes are at ${[...points].join(' and at ')}`));
    for (const other of this.children.keys()) this.send(other, { type: 'met' });
    this.waiting?.resolve();
  }

  private send(rank: number, message: ToPeer): void {
    // A failure to send means that the process is gone, which its exit tells.
    this.children.get(rank)?.send(message, () => {});
  }

  private nameOf(rank: number): string {
    return `process ${rank + 1} of ${this.children.size + 1} of "${this.options.id}"`;
  }

  private deathOf(rank: number, how: string): UserError {
    const message = `${this.nameOf(rank)} ${how}, perhaps for want of memory; resume the run to go on from the last checkpoint, with fewer \`processes\` if it happens again`;
    return new UserError('worker', message);
  }

  private silence(milliseconds: number): UserError {
    const missing = [...this.children.keys()].filter((rank) => !this.arrived.has(rank));
    const message = `${missing.map((rank) => this.nameOf(rank)).join(' and ')} said nothing for ${milliseconds / 1000} s; resume the run to go on from the last checkpoint`;
    return new UserError('worker', message);
  }

  private failureOf(rank: number, { code, message, stack }: Extract<FromPeer, { type: 'failed' }>): Error {
    const said = `${this.nameOf(rank)}: ${message}`;
    if (code !== undefined) return new UserError(code, said);
    const bug = new Error(said);
    if (stack !== undefined) bug.stack = stack;
    return bug;
  }
}
