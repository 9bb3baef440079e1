/**
 * The panel's end of its workers. A page may only start workers from blob: URLs here, so their script is fetched first.
 * Intervals run in a worker of their own: they take seconds, and sliders must not wait for them.
 */
import type { EngineCall, EngineCalls, EngineReply } from './engineMessages';

export interface Engine {
  call<Call extends EngineCall>(call: Call, ask: EngineCalls[Call]['ask']): Promise<EngineCalls[Call]['reply']>;
  dispose(): void;
}

export async function startEngine(script: string): Promise<Engine> {
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
