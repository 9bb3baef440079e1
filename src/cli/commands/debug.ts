/** `debug`: asks a worker for single updates of a stage and prints what they were like. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { UserError } from '../../shared/errors';
import type { BatchInspection, BatchSession } from '../../shared/results/batchInspection';
import { makeFolder } from '../../runs/makeFolder';
import type { WorkerProcess } from '../../runs/workerProcess';
import { EXIT, type ExitCode } from '../exitCodes';
import { readExperimentText } from '../experimentText';
import { printInspection, printSession } from '../debug/printInspection';
import { selectPalette, type Surroundings } from '../terminal';

export interface DebugOptions {
  readonly stage: string;
  readonly steps: number;
  readonly seed?: number;
  readonly runtime?: string;
  readonly fromCheckpoint: boolean;
  /** The folder of runs and stages. */
  readonly results: string;
  /** Where images are kept. */
  readonly out?: string;
  readonly isInspected: boolean;
  readonly isJson: boolean;
}

export async function debugCommand(file: string, options: DebugOptions, around: Surroundings): Promise<ExitCode> {
  const { stage, steps, seed, runtime, fromCheckpoint, results, out, isInspected, isJson } = options;
  const experiment = path.resolve(around.cwd, file);
  // The worker reads the file itself; this is for a quick answer when it cannot be one.
  readExperimentText(experiment, file);
  const folder =
    out === undefined ? mkdtempSync(path.join(os.tmpdir(), 'transferscope-debug-')) : await makeEmpty(out, around);
  const stop = new AbortController();
  let worker: WorkerProcess | undefined;
  const ignore = around.onInterrupt(() => {
    stop.abort();
    // A batch on a processor can take minutes, and nothing of it is kept.
    worker?.kill();
  });
  const printer = isJson ? jsonPrinter(around) : textPrinter(around, out);
  try {
    worker = await around.startWorker(() => {});
    if (isInspected) await waitForDebugger(worker, around);
    const request = {
      ...{ file: experiment, out: path.resolve(around.cwd, results), stage, fromCheckpoint, folder },
      ...(seed !== undefined && { seed }),
      ...(runtime !== undefined && { runtime }),
    };
    printer.session(await worker.request('openBatch', request, stop.signal));
    for (let step = 0; step < steps; step++) printer.update(await worker.request('inspectBatch', {}, stop.signal));
    return EXIT.done;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return EXIT.interrupted;
  } finally {
    ignore();
    if (!stop.signal.aborted) await worker?.stop();
    if (out === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

async function waitForDebugger(worker: WorkerProcess, around: Surroundings): Promise<void> {
  const { url } = await worker.request('openInspector', { waits: true });
  around.stderr.write(`waiting for a debugger at ${url}\n`);
}

async function makeEmpty(out: string, around: Surroundings): Promise<string> {
  const folder = path.resolve(around.cwd, out);
  await makeFolder(folder, 'name another with --out');
  const [found] = readdirSync(folder);
  if (found === undefined) return folder;
  throw new UserError('config', `${out} is not empty, it holds ${found}; name a new folder with --out`);
}

interface Printer {
  session(session: BatchSession): void;
  update(inspection: BatchInspection): void;
}

function jsonPrinter({ stdout }: Surroundings): Printer {
  const print = (value: unknown): void => void stdout.write(`${JSON.stringify(value)}\n`);
  return { session: (session) => print({ session }), update: (inspection) => print({ inspection }) };
}

function textPrinter(around: Surroundings, out: string | undefined): Printer {
  const palette = selectPalette(around.stdout, around.env);
  let opened: BatchSession | undefined;
  return {
    session: (session) => {
      opened = session;
      around.stdout.write(`${printSession(session, palette)}\n`);
    },
    update: (inspection) => {
      around.stdout.write(`\n${printInspection(inspection, opened!, palette)}\n`);
      if (out !== undefined) around.stdout.write(`${inspection.images.length} images are in ${out}\n`);
    },
  };
}
