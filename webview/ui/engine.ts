/**
 * A panel's end of its workers, which read, judge and draw beside its main thread: one reply for each request, by number.
 * A page may only start workers from blob: URLs here, so their script is fetched first.
 */

/** Requests and their replies, by name. */
export type CallTable<Calls> = { readonly [Call in keyof Calls]: { readonly ask: unknown; readonly reply: unknown } };

export interface Engine<Calls extends CallTable<Calls>> {
  call<Call extends keyof Calls>(call: Call, ask: Calls[Call]['ask']): Promise<Calls[Call]['reply']>;
  dispose(): void;
}

/** What the worker does for each request. */
export type Handlers<Calls extends CallTable<Calls>> = {
  readonly [Call in keyof Calls]: (ask: Calls[Call]['ask']) => Calls[Call]['reply'] | Promise<Calls[Call]['reply']>;
};

interface EngineRequest {
  readonly id: number;
  readonly call: string;
  readonly ask: unknown;
}

type EngineReply =
  | { readonly id: number; readonly value: unknown }
  /** A sentence for the user. */
  | { readonly id: number; readonly error: string };

export async function startEngine<Calls extends CallTable<Calls>>(script: string): Promise<Engine<Calls>> {
  const url = URL.createObjectURL(await (await fetchOf(script)).blob());
  const worker = new Worker(url);
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let count = 0;
  worker.addEventListener('message', ({ data }: MessageEvent<EngineReply>) => {
    const waiter = waiting.get(data.id);
    waiting.delete(data.id);
    if ('error' in data) waiter?.reject(new Error(data.error));
    else waiter?.resolve(data.value as never);
  });
  worker.addEventListener('error', ({ message }) => {
    for (const { reject } of waiting.values()) reject(new Error(message));
    waiting.clear();
  });
  return {
    call: (call, ask) =>
      new Promise((resolve, reject) => {
        const id = count++;
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, call, ask });
      }),
    dispose: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}

/** Starts the engine with the first call and keeps it; one that did not start is started anew by the next. */
export function createEngineOnce<Calls extends CallTable<Calls>>(
  start: (script: string) => Promise<Engine<Calls>> = startEngine,
): (script: string) => Promise<Engine<Calls>> {
  let engine: Promise<Engine<Calls>> | undefined;
  return (script) => {
    const own = engine ?? start(script);
    engine = own;
    own.catch(() => {
      if (engine === own) engine = undefined;
    });
    return own;
  };
}

/** The worker's end. Bitmaps in a reply are handed over, not copied. */
export function answerCalls<Calls extends CallTable<Calls>>(handlers: Handlers<Calls>): void {
  // `self` is typed as a window; in a worker posting takes no origin.
  const scope = globalThis as unknown as {
    postMessage(message: EngineReply, transfer: Transferable[]): void;
    addEventListener(type: 'message', listener: (event: MessageEvent<EngineRequest>) => void): void;
  };
  const answer = async ({ id, call, ask }: EngineRequest): Promise<void> => {
    try {
      const handle = handlers[call as keyof Calls] as (ask: unknown) => unknown;
      const value = await handle(ask);
      scope.postMessage({ id, value }, value instanceof ImageBitmap ? [value] : []);
    } catch (error) {
      scope.postMessage({ id, error: error instanceof Error ? error.message : String(error) }, []);
    }
  };
  scope.addEventListener('message', ({ data }) => void answer(data));
}

/** A response that is there; else a sentence. */
export async function fetchOf(url: string): Promise<Response> {
  const response = await fetch(url).catch(() => undefined);
  if (response?.ok) return response;
  throw new Error(`${nameOf(url)} cannot be read; it may have been moved or deleted.`);
}

function nameOf(url: string): string {
  return url.startsWith('data:') ? 'A file' : decodeURIComponent(url.split('/').at(-1) ?? url);
}

/** Runs the newest of several calls: while one is under way, only the last that came in waits. */
export function createLatest<Input>(run: (input: Input) => Promise<void>): (input: Input) => void {
  let isRunning = false;
  let next: { readonly input: Input } | undefined;
  const start = async (input: Input): Promise<void> => {
    isRunning = true;
    try {
      await run(input);
    } finally {
      isRunning = false;
      const waiting = next;
      next = undefined;
      if (waiting) void start(waiting.input);
    }
  };
  return (input) => {
    if (isRunning) next = { input };
    else void start(input);
  };
}
