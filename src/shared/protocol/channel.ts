/**
 * Typed requests, answers and events over any two-way transport (process IPC, worker threads, webview messages).
 * Order: the serving side announces `ready` with its protocol version; the other side sends nothing before it.
 * Every request is answered exactly once: value, user error, bug or cancelled; a closed transport rejects all that
 * is pending. Both sides may ask and serve. Left out on purpose: framing, retries and flow control (the transport's).
 */
import { Cancelled, UserError } from '../errors';
import {
  describeMessage,
  messageOf,
  parseMessage,
  toError,
  toOutcome,
  type Message,
  type Outcome,
} from './channelMessages';

/** What carries the messages. Messages must survive a structured clone (typed arrays do). */
export interface Transport {
  /** May throw when the message cannot be cloned or the transport is closed. */
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  onClose(listener: (reason: Error) => void): void;
}

/** Shape of a table of requests: name → parameters and answer. */
export type RequestTable<Table> = { [Name in keyof Table]: { params: unknown; answer: unknown } };
export type NoRequests = Record<never, { params: unknown; answer: unknown }>;

type Handlers<Served extends RequestTable<Served>> = {
  [Name in keyof Served]: (params: Served[Name]['params'], signal: AbortSignal) => Promise<Served[Name]['answer']>;
};

export interface ChannelOptions<EventsIn, Served extends RequestTable<Served>> {
  readonly version: number;
  /** `announce`: this side serves and says ready at once; `await`: this side waits for the other's ready. */
  readonly handshake: 'announce' | 'await';
  readonly handlers?: Handlers<Served>;
  readonly onEvent?: (event: EventsIn) => void;
  /** Told about messages that were ignored, and why. */
  readonly onLog?: (message: string) => void;
}

export interface Channel<Requests extends RequestTable<Requests>, EventsOut> {
  /** Resolves when the other side may be spoken to; rejects on a version mismatch or a closed transport. */
  readonly ready: Promise<void>;
  /** Sends once ready. An abort asks the other side to stop; the promise still waits for its one answer. */
  request<Name extends keyof Requests & string>(
    name: Name,
    params: Requests[Name]['params'],
    signal?: AbortSignal,
  ): Promise<Requests[Name]['answer']>;
  /** Fire and forget; dropped when the channel is closed. */
  emit(event: EventsOut): void;
  /** Rejects everything pending, aborts everything being served; later requests reject at once. */
  close(reason?: Error): void;
}

interface Pending {
  readonly name: string;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Opens one end of a channel. `Requests` are asked here, `Served` are answered here. */
export function createChannel<
  Requests extends RequestTable<Requests>,
  EventsIn,
  EventsOut,
  Served extends RequestTable<Served> = NoRequests,
>(transport: Transport, options: ChannelOptions<EventsIn, Served>): Channel<Requests, EventsOut> {
  const end = new ChannelEnd(transport, {
    ...options,
    handlers: new Map(Object.entries(options.handlers ?? {})) as ReadonlyMap<string, Handler>,
    onEvent: (event) => options.onEvent?.(event as EventsIn),
  });
  return {
    ready: end.ready,
    request: (name, params, signal) => end.request(name, params, signal),
    emit: (event) => end.emit(event),
    close: (reason) => end.close(reason ?? new UserError('worker', 'the connection was closed')),
  };
}

type Handler = (params: unknown, signal: AbortSignal) => Promise<unknown>;

interface EndOptions {
  readonly version: number;
  readonly handshake: 'announce' | 'await';
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly onEvent: (event: unknown) => void;
  readonly onLog?: (message: string) => void;
}

/** The untyped inside; `createChannel` puts the types on. */
class ChannelEnd {
  readonly ready: Promise<void>;
  private readonly pending = new Map<number, Pending>();
  private readonly serving = new Map<number, AbortController>();
  private nextId = 1;
  private closedBy: Error | undefined;
  private settleReady: { resolve(): void; reject(error: Error): void } = { resolve: () => {}, reject: () => {} };

  constructor(
    private readonly transport: Transport,
    private readonly options: EndOptions,
  ) {
    this.ready = new Promise((resolve, reject) => (this.settleReady = { resolve, reject }));
    // Who never looks at `ready` must not get an unhandled rejection; who does still sees it.
    this.ready.catch(() => {});
    transport.onMessage((message) => this.receive(message));
    transport.onClose((reason) => this.close(reason));
    if (options.handshake === 'announce') {
      this.send({ type: 'ready', version: options.version });
      this.settleReady.resolve();
    }
  }

  async request<Answer>(name: string, params: unknown, signal?: AbortSignal): Promise<Answer> {
    await untilAborted(this.ready, signal);
    if (this.closedBy) throw this.closedBy;
    if (signal?.aborted) throw new Cancelled();
    const id = this.nextId++;
    const answer = new Promise<unknown>((resolve, reject) => this.pending.set(id, { name, resolve, reject }));
    const cancel = (): void => void this.send({ type: 'cancel', id });
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      this.sendOrThrow({ type: 'request', id, name, params });
      return (await answer) as Answer;
    } finally {
      this.pending.delete(id);
      signal?.removeEventListener('abort', cancel);
    }
  }

  emit(event: unknown): void {
    this.send({ type: 'event', event });
  }

  close(reason: Error): void {
    if (this.closedBy) return;
    this.closedBy = reason;
    this.settleReady.reject(reason);
    for (const pending of this.pending.values()) pending.reject(reason);
    this.pending.clear();
    for (const controller of this.serving.values()) controller.abort();
  }

  private receive(raw: unknown): void {
    if (this.closedBy) return;
    const message = parseMessage(raw);
    if (!message) return this.log(`ignored a message of unknown shape: ${describeMessage(raw)}`);
    switch (message.type) {
      case 'ready':
        return this.receiveReady(message.version);
      case 'request':
        return void this.serve(message.id, message.name, message.params);
      case 'cancel':
        return this.serving.get(message.id)?.abort();
      case 'answer':
        return this.receiveAnswer(message.id, message.outcome);
      case 'event':
        return this.options.onEvent(message.event);
    }
  }

  private receiveReady(version: number): void {
    const mine = this.options.version;
    if (this.options.handshake !== 'await') return this.log('ignored a ready message on the announcing side');
    if (version === mine) return this.settleReady.resolve();
    this.close(
      new UserError(
        'worker',
        `the worker speaks protocol version ${version} and this program version ${mine}; build both from the same sources (npm run build) and start again`,
      ),
    );
  }

  private receiveAnswer(id: number, outcome: Outcome): void {
    const pending = this.pending.get(id);
    if (!pending) return this.log(`ignored an answer to request ${id}, which is not pending`);
    this.pending.delete(id);
    if (outcome.type === 'value') pending.resolve(outcome.value);
    else pending.reject(toError(outcome));
  }

  private async serve(id: number, name: string, params: unknown): Promise<void> {
    if (this.serving.has(id)) return this.log(`ignored a second request with id ${id}`);
    const controller = new AbortController();
    this.serving.set(id, controller);
    let outcome: Outcome;
    try {
      const handler = this.options.handlers.get(name);
      if (!handler) throw new Error(`internal: nobody serves the request "${name}"`);
      outcome = { type: 'value', value: await handler(params, controller.signal) };
    } catch (error) {
      outcome = controller.signal.aborted ? { type: 'cancelled' } : toOutcome(error);
      if (controller.signal.aborted && !(error instanceof Cancelled)) {
        this.log(`request "${name}" was cancelled and then threw: ${messageOf(error)}`);
      }
    }
    this.serving.delete(id);
    if (this.closedBy) return;
    try {
      this.transport.send({ type: 'answer', id, outcome } satisfies Message);
    } catch (error) {
      // The value could not be cloned: the caller must still get its one answer.
      this.send({ type: 'answer', id, outcome: toOutcome(error) });
    }
  }

  private sendOrThrow(message: Message): void {
    if (this.closedBy) throw this.closedBy;
    this.transport.send(message);
  }

  private send(message: Message): void {
    try {
      this.sendOrThrow(message);
    } catch (error) {
      this.log(`could not send a message of type ${message.type}: ${messageOf(error)}`);
    }
  }

  private log(message: string): void {
    this.options.onLog?.(message);
  }
}

/** Waits for the promise, or throws Cancelled as soon as the signal says so. */
async function untilAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return promise;
  if (signal.aborted) throw new Cancelled();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => (onAbort = () => reject(new Cancelled())));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
