/** Bytes of exports against the trackers' own writers (test/golden/make/trackers.py), and against published vectors. */
import { describe, expect, it } from 'vitest';
import golden from '../../../golden/data/trackers.json';
import { joinBytes, ProtoMessage } from '../../../../src/shared/exchange/protobuf';
import { eventFile, frame } from '../../../../src/shared/exchange/tensorboard';
import type { TrackedRun } from '../../../../src/shared/exchange/trackedRuns';
import { transactionLog } from '../../../../src/shared/exchange/wandb';
import { sha256Hex } from '../../../../src/shared/hash';
import { crc32, crc32c } from '../../../../src/shared/weights/crc32';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('checksums', () => {
  it('are those of RFC 3720, appendix B.4, and of the usual check text', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
    expect(crc32c(text('123456789'))).toBe(0xe3069283);
    expect(crc32(text('123456789'))).toBe(0xcbf43926);
  });

  it('go on where they left off', () => {
    expect(crc32c(text('456789'), crc32c(text('123')))).toBe(0xe3069283);
  });
});

describe('protocol buffers', () => {
  it('are the examples of the encoding guide', () => {
    expect(hex(new ProtoMessage().whole(1, 150).bytes())).toBe('089601');
    expect(hex(new ProtoMessage().text(2, 'testing').bytes())).toBe('120774657374696e67');
    const inner = new ProtoMessage().whole(1, 150);
    expect(hex(new ProtoMessage().message(3, inner).bytes())).toBe('1a03089601');
  });

  it('hold whole numbers beyond 32 bits', () => {
    expect(hex(new ProtoMessage().whole(1, Number.MAX_SAFE_INTEGER).bytes())).toBe('08ffffffffffffff0f');
    expect(() => new ProtoMessage().whole(1, -1)).toThrow('no varint');
  });
});

describe('event files', () => {
  it('are those of TensorBoard byte for byte', () => {
    const run: TrackedRun = {
      ...{ name: 'a/seed-0', pretraining: 'a', seed: 0, stages: [], params: new Map(), metrics: new Map() },
      curves: [{ scope: 'pretraining', metric: 'loss', steps: [300], values: [1.5], times: [1_700_000_001_500] }],
      ...{ startedAt: 1_700_000_000_250, finishedAt: 1_700_000_002_000 },
    };
    const events = splitFrames(eventFile(run));
    // Between them stand the settings, which TensorBoard reads in test/process/trackers.test.ts.
    expect(hex(joinBytes([events[0]!, events[3]!]))).toBe(golden.events);
  });

  it('frame nothing, too', () => {
    expect(frame(new Uint8Array())).toHaveLength(16);
  });
});

describe('transaction logs', () => {
  it('are those of wandb byte for byte, across blocks', () => {
    const { lengths, bytes, sha256, start } = golden.log;
    const log = transactionLog(
      lengths.map((length, number) => Uint8Array.from({ length }, (_, i) => (number + i) % 251)),
    );
    expect(hex(log.subarray(0, 32))).toBe(start);
    expect(log).toHaveLength(bytes);
    expect(sha256Hex(log)).toBe(sha256);
  });
});

function splitFrames(file: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(new DataView(file.buffer, file.byteOffset + at).getBigUint64(0, true)) + 16;
    frames.push(file.subarray(at, at + length));
    at += length;
  }
  return frames;
}
