/**
 * Weights & Biases, offline: for each pretraining and seed a folder offline-run-<time>-<id> with the transaction log
 * run-<id>.wandb, which `wandb sync` uploads. The log is LevelDB's record format (blocks of 32 KiB; type, length and CRC-32
 * before each piece) after a header of 7 bytes; its records are protobufs. Field numbers are those of wandb_internal.proto.
 */
import { sha256Hex } from '../hash';
import { crc32 } from '../weights/crc32';
import type { ExportFile } from './exportFiles';
import { joinBytes, ProtoMessage } from './protobuf';
import { fileName } from './safeNames';
import type { TrackedCurve, TrackedRun, TrackedStudy } from './trackedRuns';

const BLOCK = 32_768;
/** CRC-32: uint32, length: uint16, type: uint8. */
const PIECE_HEADER = 7;
/** Types of pieces. */
const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;
/** `:W&B`, 0xBEE1, version 0; little-endian. */
const FILE_HEADER = Uint8Array.of(0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0);

export function wandbFiles(study: TrackedStudy): ExportFile[] {
  return study.runs.map((run) => {
    const id = sha256Hex(`${study.manifest.run} ${run.name} ${study.manifest.createdAt}`).slice(0, 8);
    const time = new Date(run.startedAt).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '_');
    return { path: `offline-run-${time}-${id}/run-${id}.wandb`, content: transactionLog(runRecords(study, run, id)) };
  });
}

/** The file that holds these messages. */
export function transactionLog(messages: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [FILE_HEADER];
  let at = FILE_HEADER.length;
  const add = (bytes: Uint8Array): void => {
    parts.push(bytes);
    at += bytes.length;
  };
  for (const message of messages) {
    let rest = message;
    let isFirst = true;
    do {
      // No piece begins where its header would not fit.
      const space = BLOCK - (at % BLOCK);
      if (space < PIECE_HEADER) add(new Uint8Array(space));
      const room = BLOCK - (at % BLOCK) - PIECE_HEADER;
      const piece = rest.subarray(0, room);
      rest = rest.subarray(piece.length);
      const isLast = rest.length === 0;
      add(pieceHeader(piece, isFirst ? (isLast ? FULL : FIRST) : isLast ? LAST : MIDDLE));
      add(piece);
      isFirst = false;
    } while (rest.length > 0);
  }
  return joinBytes(parts);
}

function pieceHeader(piece: Uint8Array, type: number): Uint8Array {
  const header = new Uint8Array(PIECE_HEADER);
  const view = new DataView(header.buffer);
  view.setUint32(0, crc32(piece, crc32(Uint8Array.of(type))), true);
  view.setUint16(4, piece.length, true);
  header[6] = type;
  return header;
}

function runRecords({ manifest }: TrackedStudy, run: TrackedRun, id: string): Uint8Array[] {
  const config = new ProtoMessage();
  for (const [key, value] of run.params)
    config.message(1, new ProtoMessage().text(1, key).text(16, JSON.stringify(value)));
  const started = new ProtoMessage()
    .whole(1, Math.floor(run.startedAt / 1000))
    .whole(2, (run.startedAt % 1000) * 1_000_000);
  const described = new ProtoMessage()
    .text(1, id)
    .text(3, fileName(manifest.name))
    .message(4, config)
    .text(6, run.pretraining)
    .text(8, `${manifest.run} ${run.name}`)
    .text(10, `seed-${run.seed}`)
    .message(17, started);
  const runtime = Math.round((run.finishedAt - run.startedAt) / 1000);
  const version = new ProtoMessage().text(1, manifest.versions.transferscope ?? '').text(2, '0.12.0');
  const bodies: (readonly [field: number, body: ProtoMessage])[] = [
    [21, new ProtoMessage().message(1, version)],
    [17, described],
    ...scopesOf(run).map((scope) => [12, stepMetric(scope)] as const),
    ...historyRows(run).map((row) => [2, row] as const),
    [3, summary(run)],
    [18, new ProtoMessage().whole(1, 0).whole(2, runtime)],
  ];
  return bodies.map(([field, body], i) =>
    new ProtoMessage()
      .whole(1, i + 1)
      .message(field, body)
      .bytes(),
  );
}

function scopesOf({ curves }: TrackedRun): string[] {
  return [...new Set(curves.map(({ scope }) => scope))];
}

/** Curves of a stage are drawn over its own steps. */
function stepMetric(scope: string): ProtoMessage {
  return new ProtoMessage().text(2, `${scope}/*`).text(4, `${scope}/step`);
}

/** A row for each step of each stage, in the order of time. */
function historyRows(run: TrackedRun): ProtoMessage[] {
  const rows = scopesOf(run).flatMap((scope) => rowsOf(run.curves.filter((curve) => curve.scope === scope)));
  const sorted = rows.sort((a, b) => a.time - b.time);
  return sorted.map(({ time, values }, number) => {
    const row = new ProtoMessage();
    const marks = { _step: number, _timestamp: time / 1000, _runtime: (time - run.startedAt) / 1000 };
    for (const [key, value] of [...values, ...Object.entries(marks)]) {
      row.message(1, new ProtoMessage().text(2, key).text(16, JSON.stringify(value)));
    }
    return row.message(2, new ProtoMessage().whole(1, number));
  });
}

interface HistoryRow {
  readonly time: number;
  readonly values: Map<string, number>;
}

function rowsOf(curves: readonly TrackedCurve[]): HistoryRow[] {
  const rows = new Map<number, HistoryRow>();
  for (const { scope, metric, steps, values, times } of curves) {
    for (const [i, step] of steps.entries()) {
      const row = rows.get(step) ?? { time: times[i]!, values: new Map([[`${scope}/step`, step]]) };
      row.values.set(`${scope}/${metric}`, values[i]!);
      rows.set(step, row);
    }
  }
  return [...rows.values()];
}

/** The last value of each curve, and the final numbers. */
function summary(run: TrackedRun): ProtoMessage {
  const message = new ProtoMessage();
  const last = run.curves.map(({ scope, metric, values }) => [`${scope}/${metric}`, values.at(-1)] as const);
  for (const [key, value] of [...last, ...run.metrics]) {
    if (value !== undefined) message.message(1, new ProtoMessage().text(1, key).text(16, JSON.stringify(value)));
  }
  return message;
}
