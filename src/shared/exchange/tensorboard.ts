/**
 * TensorBoard event files, one for each pretraining and seed: TFRecord frames (length, masked CRC-32C of it, message, masked
 * CRC-32C) that hold `Event` messages with scalars, and the summaries of the HParams dashboard. Field numbers are those of
 * event.proto, summary.proto and plugins/hparams in TensorBoard 2.21. Each has a folder of its own, for TensorBoard joins
 * the files of a folder to one curve.
 */
import type { SettingValue } from '../results/settingValue';
import type { ExportFile } from './exportFiles';
import { joinBytes, ProtoMessage } from './protobuf';
import { fileName } from './safeNames';
import type { TrackedRun, TrackedStudy } from './trackedRuns';
import { crc32c } from '../weights/crc32';

export function tensorboardFiles({ manifest, runs }: TrackedStudy): ExportFile[] {
  return runs.map((run) => ({
    // The same name each time, so that exporting again replaces the file.
    path: `${fileName(manifest.run)}/${fileName(run.pretraining)}/seed-${run.seed}/events.out.tfevents.${seconds(run.startedAt)}.${fileName(manifest.run)}`,
    content: eventFile(run),
  }));
}

/** All events of one tracked run, framed. */
export function eventFile(run: TrackedRun): Uint8Array {
  const start = run.startedAt / 1000;
  const curves = run.curves.flatMap(({ scope, metric, steps, values, times }) =>
    steps.map((step, i) => event(times[i]! / 1000, step, scalar(`${scope}/${metric}`, values[i]!))),
  );
  const finals = [...run.metrics].map(([name, value]) => event(run.finishedAt / 1000, 0, scalar(name, value)));
  const first = new ProtoMessage().double(1, start).text(3, 'brain.Event:2');
  const events = [
    first,
    ...hyperparameters(run),
    ...curves,
    ...finals,
    event(run.finishedAt / 1000, 0, sessionEnd(run)),
  ];
  return joinBytes(events.map((message) => frame(message.bytes())));
}

/** length: uint64, masked CRC of the length: uint32, data, masked CRC of the data: uint32; all little-endian. */
export function frame(data: Uint8Array): Uint8Array {
  const framed = new Uint8Array(data.length + 16);
  const view = new DataView(framed.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(framed.subarray(0, 8)), true);
  framed.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(data), true);
  return framed;
}

/** Rotated right by 15 bits and moved by a constant: a CRC of data that holds CRCs says little. */
function maskedCrc(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function event(wallTime: number, step: number, value: ProtoMessage): ProtoMessage {
  return new ProtoMessage().double(1, wallTime).whole(2, step).message(5, new ProtoMessage().message(1, value));
}

function scalar(tag: string, value: number): ProtoMessage {
  return new ProtoMessage().text(1, tag).float(2, value);
}

/** The experiment (which metrics there are) and the settings of this run. */
function hyperparameters(run: TrackedRun): ProtoMessage[] {
  const start = run.startedAt / 1000;
  const experiment = new ProtoMessage().text(6, '').double(3, start);
  for (const [name, value] of run.params) {
    experiment.message(4, new ProtoMessage().text(1, name).whole(4, dataType(value)));
  }
  for (const name of run.metrics.keys()) {
    experiment.message(5, new ProtoMessage().message(1, new ProtoMessage().text(1, '').text(2, name)));
  }
  const session = new ProtoMessage();
  for (const [name, value] of run.params) {
    session.message(1, new ProtoMessage().text(1, name).message(2, anyValue(value)));
  }
  session.text(4, run.name).double(5, start);
  return [
    event(start, 0, pluginValue('_hparams_/experiment', new ProtoMessage().message(2, experiment))),
    event(start, 0, pluginValue('_hparams_/session_start_info', new ProtoMessage().message(3, session))),
  ];
}

/** STATUS_SUCCESS: only finished stages are exported. */
function sessionEnd({ finishedAt }: TrackedRun): ProtoMessage {
  const end = new ProtoMessage().whole(1, 1).double(2, finishedAt / 1000);
  return pluginValue('_hparams_/session_end_info', new ProtoMessage().message(4, end));
}

function pluginValue(tag: string, content: ProtoMessage): ProtoMessage {
  const plugin = new ProtoMessage().text(1, 'hparams').raw(2, content.bytes());
  return new ProtoMessage().text(1, tag).message(9, new ProtoMessage().message(1, plugin));
}

/** google.protobuf.Value: number 2, string 3, bool 4. */
function anyValue(value: SettingValue): ProtoMessage {
  if (typeof value === 'number') return new ProtoMessage().double(2, value);
  return typeof value === 'string' ? new ProtoMessage().text(3, value) : new ProtoMessage().bool(4, value);
}

/** DATA_TYPE_STRING, _BOOL, _FLOAT64. */
function dataType(value: SettingValue): number {
  return typeof value === 'string' ? 1 : typeof value === 'boolean' ? 2 : 3;
}

function seconds(milliseconds: number): string {
  return String(Math.floor(milliseconds / 1000)).padStart(10, '0');
}
