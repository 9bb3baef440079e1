/** `transferscope debug` as built: what it prints and keeps, what it refuses, and a debugger that is waited for. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exitCodes';
import { startWorker } from '../../src/runs/workerProcess';
import type { BatchInspection, BatchSession } from '../../src/shared/results/batchInspection';
import { copyProgram, type Program } from './realProgram';

const experiment = `name: looked
imageSize: 16
runtime: wasm
backbone: { name: resnet18, width: 4, stem: small }
data:
  emoji: { kind: emoji }
pretrainings:
  - { id: supervised, method: supervised, data: emoji, batch: 8, steps: 4 }
transfers:
  - { id: neighbours, task: knn, data: emoji }
`;
let program: Program;
const folder = mkdtempSync(path.join(tmpdir(), 'transferscope-debug-test-'));
const run = (...args: string[]) => program.run(folder, ['debug', 'looked.transfer.yaml', ...args]);

beforeAll(() => {
  program = copyProgram();
  writeFileSync(path.join(folder, 'looked.transfer.yaml'), experiment);
});
afterAll(() => {
  program.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe('transferscope debug', () => {
  it('prints an update and writes nothing', async () => {
    const { code, out, err } = await run('--stage', 'supervised');
    expect(err).toBe('');
    expect(code).toBe(EXIT.done);
    expect(out).toMatch(/^supervised, seed 0: supervised, 4 updates, 8 images a batch, wasm\nDrawn from seed 0\./);
    expect(out).toMatch(/Update 1 of 4: learning rate/);
    expect(out).toMatch(/\nlayer4\.1 +8×1×1×32 /);
    expect(out).toMatch(/\nconv1\.weight /);
    expect(readdirSync(folder)).toEqual(['looked.transfer.yaml']);
  });

  it('gives machines all of it, and keeps the images', async () => {
    const { code, out } = await run('--stage', 'supervised', '--steps', '2', '--seed', '3', '--json', '--out', 'kept');
    expect(code).toBe(EXIT.done);
    const [first, ...updates] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect((first as { session: BatchSession }).session).toMatchObject({ seed: 3, steps: 4, line: 8 });
    const inspections = updates.map((one) => (one as { inspection: BatchInspection }).inspection);
    expect(inspections.map(({ step }) => step)).toEqual([0, 1]);
    const files = inspections.flatMap(({ images }) => images.flatMap((image) => image.files));
    expect(files).toHaveLength(16);
    for (const file of files) expect(existsSync(path.join(folder, 'kept', file))).toBe(true);
    const again = await run('--stage', 'supervised', '--out', 'kept');
    expect(again.code).toBe(EXIT.invalid);
    expect(again.err).toMatch(/kept is not empty/);
  });

  it.each([
    [['--stage', 'neighbours'], /"neighbours" is computed as a whole.*look at "supervised\/seed-0\/features\/emoji:/],
    [['--stage', 'supervised', '--steps', '5'], /ends after 4 updates/],
  ])('refuses %j in a sentence', async (args, message) => {
    const { code, err } = await run(...args);
    expect(code).toBe(EXIT.invalid);
    expect(err).toMatch(message);
  });

  it('waits for a debugger', async () => {
    const job = program.start(folder, ['debug', 'looked.transfer.yaml', '--stage', 'supervised', '--inspect']);
    await attach(await heard(job.child.stderr!, /waiting for a debugger at (ws:\S+)\n/));
    const { code, out } = await job.ended;
    expect(code).toBe(EXIT.done);
    expect(out).toMatch(/Update 1 of 4/);
  });

  it('of a run says where a debugger can attach, and waits for none', async () => {
    const asked = ['run', 'looked.transfer.yaml', '--only', 'supervised', '--inspect', '--out', 'run'];
    const job = program.start(folder, asked);
    const port = await heard(job.child.stdout!, /a JavaScript debugger can attach at 127\.0\.0\.1:(\d+)\n/);
    const listed = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
      webSocketDebuggerUrl: string;
    }[];
    await attach(listed[0]!.webSocketDebuggerUrl);
    const { code, out } = await job.ended;
    expect(code).toBe(EXIT.done);
    expect(out).toMatch(/looked-1 done/);
  });
});

it('a worker opens one port for debuggers, and looks at batches or runs, not both', async () => {
  const worker = await startWorker({ entry: path.join(program.folder, 'worker.js') });
  try {
    const first = await worker.request('openInspector', {});
    expect(first.url).toMatch(new RegExp(`^ws://127\\.0\\.0\\.1:${first.port}/`));
    expect(await worker.request('openInspector', {})).toEqual(first);
    await expect(worker.request('inspectBatch', {})).rejects.toThrow('no stage is open');
    const pictures = mkdtempSync(path.join(folder, 'pictures-'));
    const file = path.join(folder, 'looked.transfer.yaml');
    const out = path.join(folder, 'out');
    const request = { file, out, stage: 'supervised', fromCheckpoint: true, folder: pictures };
    const opening = worker.request('openBatch', request);
    await expect(worker.request('inspectBatch', {})).rejects.toThrow('still being computed');
    expect(await opening).toMatchObject({ stage: 'supervised/seed-0', startedAt: 0 });
    await expect(worker.request('run', { file, out })).rejects.toThrow('looking at batches');
    // In place of the one before, and from its start.
    expect((await worker.request('inspectBatch', {})).step).toBe(0);
    expect((await worker.request('inspectBatch', {})).step).toBe(1);
    await worker.request('openBatch', request);
    expect((await worker.request('inspectBatch', {})).step).toBe(0);
    expect(existsSync(out)).toBe(false);
  } finally {
    await worker.stop();
  }
});

it('a worker does not wait for a debugger to go', async () => {
  const worker = await startWorker({ entry: path.join(program.folder, 'worker.js') });
  await attach((await worker.request('openInspector', {})).url);
  // Longer than a test may take.
  await worker.stop(3_600_000);
});

/** What stands in the brackets, once the stream has said it. */
function heard(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = pattern.exec(said);
      if (found) resolve(found[1]!);
    });
  });
}

/** Says to a waiting program what debuggers say, over a WebSocket made by hand: Node 20 has none. */
function attach(url: string): Promise<void> {
  const { hostname, port, pathname } = new URL(url);
  const key = randomBytes(16).toString('base64');
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(
        `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
      );
    });
    socket.on('error', reject);
    socket.once('data', (answer) => {
      const accepted = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      if (!answer.toString().includes(accepted)) reject(new Error(`no WebSocket: ${answer.toString()}`));
      const letGo = (): void => void socket.write(textFrame('{"id":1,"method":"Runtime.runIfWaitingForDebugger"}'));
      letGo();
      // Said before the worker waits, it is said to nobody.
      const again = setInterval(letGo, 500);
      socket.on('close', () => clearInterval(again));
      resolve();
    });
    // The worker ends, and the connection with it.
    socket.on('data', () => {});
  });
}

/** A masked text frame of fewer than 126 bytes (RFC 6455, section 5.2). */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const mask = randomBytes(4);
  const masked = payload.map((byte, i) => byte ^ mask[i % 4]!);
  return Buffer.concat([Buffer.of(0x81, 0x80 | payload.length), mask, masked]);
}
