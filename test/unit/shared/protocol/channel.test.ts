/** The channel over an in-memory transport that clones like a real wire. */
import { describe, expect, it } from 'vitest';
import { Cancelled, UserError } from '../../../../src/shared/errors';
import { createChannel, type Channel, type NoRequests, type Transport } from '../../../../src/shared/protocol/channel';
import { RemoteBug } from '../../../../src/shared/protocol/channelMessages';

interface Requests {
  double: { params: { values: Float32Array }; answer: Float32Array };
  wait: { params: null; answer: string };
  fail: { params: { how: 'user' | 'bug' | 'cancelled' | 'uncloneable' }; answer: unknown };
}
type Event = { readonly type: 'said'; readonly text: string; readonly data?: Uint8Array };

/** Two connected ends; messages arrive in a later microtask, as structured clones. `sent` sees what went over the wire. */
function createWire(): {
  caller: Transport;
  server: Transport;
  sent: unknown[];
  inject(raw: unknown): void;
  cut(reason: Error): void;
} {
  type End = { listeners: ((message: unknown) => void)[]; closers: ((reason: Error) => void)[] };
  const ends: [End, End] = [
    { listeners: [], closers: [] },
    { listeners: [], closers: [] },
  ];
  const sent: unknown[] = [];
  const endOf = (mine: End, theirs: End): Transport => ({
    send: (message) => {
      const copy: unknown = structuredClone(message);
      sent.push(copy);
      queueMicrotask(() => theirs.listeners.forEach((listener) => listener(copy)));
    },
    onMessage: (listener) => void mine.listeners.push(listener),
    onClose: (listener) => void mine.closers.push(listener),
  });
  return {
    caller: endOf(ends[0], ends[1]),
    server: endOf(ends[1], ends[0]),
    sent,
    inject: (raw) => ends[0].listeners.forEach((listener) => listener(raw)),
    cut: (reason) => ends.forEach((end) => end.closers.forEach((closer) => closer(reason))),
  };
}

interface Setup {
  readonly wire: ReturnType<typeof createWire>;
  readonly caller: Channel<Requests, Event>;
  readonly server: Channel<NoRequests, Event>;
  readonly events: Event[];
  readonly logs: string[];
  readonly aborted: string[];
}

function connect(versions: { caller: number; server: number } = { caller: 1, server: 1 }): Setup {
  const wire = createWire();
  const events: Event[] = [];
  const logs: string[] = [];
  const aborted: string[] = [];
  const caller = createChannel<Requests, Event, Event>(wire.caller, {
    version: versions.caller,
    handshake: 'await',
    onEvent: (event) => events.push(event),
    onLog: (line) => logs.push(line),
  });
  const server = createChannel<NoRequests, Event, Event, Requests>(wire.server, {
    version: versions.server,
    handshake: 'announce',
    onEvent: (event) => events.push(event),
    onLog: (line) => logs.push(line),
    handlers: {
      double: ({ values }) => Promise.resolve(values.map((value) => 2 * value)),
      wait: (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted.push('wait');
            reject(new Error('the pipe broke while stopping'));
          });
        }),
      fail: ({ how }) => {
        if (how === 'user') throw new UserError('data', 'image 7 is empty; remove it', { file: 'a.png', line: 3 });
        if (how === 'cancelled') throw new Cancelled();
        if (how === 'uncloneable') return Promise.resolve(() => 1);
        throw new RangeError('internal: index 9 of 3');
      },
    },
  });
  return { wire, caller, server, events, logs, aborted };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('channel answers', () => {
  it('brings a value back, typed arrays as typed arrays', async () => {
    const answer = await connect().caller.request('double', { values: new Float32Array([1, 2.5, -3]) });
    expect(answer).toBeInstanceOf(Float32Array);
    expect([...answer]).toEqual([2, 5, -6]);
  });

  it('brings a user error back with code, sentence and place', async () => {
    const error: unknown = await connect()
      .caller.request('fail', { how: 'user' })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({
      code: 'data',
      message: 'image 7 is empty; remove it',
      place: { file: 'a.png', line: 3 },
    });
  });

  it('brings a bug back with its message and stack', async () => {
    const error: unknown = await connect()
      .caller.request('fail', { how: 'bug' })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RemoteBug);
    expect(error).toMatchObject({ message: 'internal: index 9 of 3' });
    expect((error as RemoteBug).remoteStack).toContain('channel.test.ts');
  });

  it('answers a request whose value cannot be cloned with a bug instead of silence', async () => {
    await expect(connect().caller.request('fail', { how: 'uncloneable' })).rejects.toBeInstanceOf(RemoteBug);
  });

  it('rejects at once, and stays usable, when the parameters cannot be cloned', async () => {
    const { caller } = connect();
    const uncloneable = { values: (() => 1) as unknown as Float32Array };
    await expect(caller.request('double', uncloneable)).rejects.toThrow(/could not be cloned/);
    await expect(caller.request('double', { values: new Float32Array([4]) })).resolves.toEqual(new Float32Array([8]));
  });

  it('answers a request that nobody serves with a bug', async () => {
    const { caller } = connect();
    await expect(caller.request('nonsense' as 'double', { values: new Float32Array() })).rejects.toThrow(
      /nobody serves/,
    );
  });

  it('keeps many requests in flight apart', async () => {
    const { caller } = connect();
    const answers = await Promise.all(
      [...Array(50).keys()].map((n) => caller.request('double', { values: new Float32Array([n]) })),
    );
    expect(answers.map((answer) => answer[0])).toEqual([...Array(50).keys()].map((n) => 2 * n));
  });

  it('answers each request exactly once and ignores a second answer', async () => {
    const { wire, caller, logs } = connect();
    await caller.request('double', { values: new Float32Array([1]) });
    const answers = wire.sent.filter((message) => (message as { type: string }).type === 'answer');
    expect(answers).toHaveLength(1);
    wire.inject(answers[0]);
    expect(logs.join()).toMatch(/not pending/);
  });
});

describe('channel cancel', () => {
  it('aborts the handler; what it throws after that is cancelled', async () => {
    const { caller, aborted } = connect();
    const abort = new AbortController();
    const answer = caller.request('wait', null, abort.signal);
    await settle();
    abort.abort();
    await expect(answer).rejects.toBeInstanceOf(Cancelled);
    expect(aborted).toEqual(['wait']);
  });

  it('brings the value back when the handler still returns one', async () => {
    const wire = createWire();
    const caller = createChannel<Requests, Event, Event>(wire.caller, { version: 1, handshake: 'await' });
    createChannel<NoRequests, Event, Event, Pick<Requests, 'wait'>>(wire.server, {
      version: 1,
      handshake: 'announce',
      handlers: {
        wait: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve('checkpointed'))),
      },
    });
    const abort = new AbortController();
    const answer = caller.request('wait', null, abort.signal);
    await settle();
    abort.abort();
    await expect(answer).resolves.toBe('checkpointed');
  });

  it('sends nothing when the signal was aborted before', async () => {
    const { wire, caller } = connect();
    await settle();
    const before = wire.sent.length;
    await expect(caller.request('wait', null, AbortSignal.abort())).rejects.toBeInstanceOf(Cancelled);
    expect(wire.sent).toHaveLength(before);
  });

  it('does not wait for a handshake that never comes', async () => {
    const caller = createChannel<Requests, Event, Event>(createWire().caller, { version: 1, handshake: 'await' });
    const abort = new AbortController();
    const answer = caller.request('wait', null, abort.signal);
    abort.abort();
    await expect(answer).rejects.toBeInstanceOf(Cancelled);
  });
});

describe('channel handshake and close', () => {
  it('sends nothing before the other side is ready', async () => {
    const wire = createWire();
    const caller = createChannel<Requests, Event, Event>(wire.caller, { version: 1, handshake: 'await' });
    void caller.request('wait', null).catch(() => {});
    await settle();
    expect(wire.sent).toEqual([]);
    wire.inject({ type: 'ready', version: 1 });
    await settle();
    expect(wire.sent).toMatchObject([{ type: 'request', name: 'wait' }]);
  });

  it('refuses another protocol version in a clear sentence', async () => {
    const { caller } = connect({ caller: 1, server: 7 });
    await expect(caller.ready).rejects.toThrow(/protocol version 7 and this program version 1/);
    await expect(caller.request('wait', null)).rejects.toThrow(/protocol version 7/);
  });

  it('rejects everything pending when the transport dies, and everything later', async () => {
    const { wire, caller, aborted } = connect();
    const answers = [caller.request('wait', null), caller.request('wait', null)];
    await settle();
    wire.cut(new UserError('worker', 'the worker died (signal SIGKILL)'));
    for (const answer of [...answers, caller.request('wait', null)]) await expect(answer).rejects.toThrow(/SIGKILL/);
    expect(aborted).toEqual(['wait', 'wait']);
  });

  it('ignores garbage and says so', async () => {
    const { wire, caller, logs } = connect();
    await caller.ready;
    const garbage = [
      undefined,
      null,
      7,
      'ready',
      [],
      {},
      { type: 'answer' },
      { type: 'answer', id: 1, outcome: { type: 'x' } },
    ];
    for (const raw of [...garbage, { type: 'request', id: 'a', name: 'double' }, { type: 'ready', version: '1' }])
      wire.inject(raw);
    expect(logs).toHaveLength(10);
    await expect(caller.request('double', { values: new Float32Array([1]) })).resolves.toEqual(new Float32Array([2]));
  });
});

describe('channel events', () => {
  it('carries events both ways, in order', async () => {
    const { caller, server, events } = connect();
    server.emit({ type: 'said', text: 'one', data: new Uint8Array([1, 255]) });
    caller.emit({ type: 'said', text: 'two' });
    server.emit({ type: 'said', text: 'three' });
    await settle();
    expect(events.map((event) => event.text)).toEqual(['one', 'two', 'three']);
    expect(events[0]?.data).toEqual(new Uint8Array([1, 255]));
  });

  it('drops events after close without throwing', async () => {
    const { server, events } = connect();
    server.close();
    server.emit({ type: 'said', text: 'too late' });
    await settle();
    expect(events).toEqual([]);
  });
});
