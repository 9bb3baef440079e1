/**
 * Writes a finished or half-finished run as files of a tracker (src/shared/exchange). Never blocks, so that the editor can
 * do it, too. Files have names that depend on the run alone: exporting again replaces them, each as a whole, and leaves
 * others alone.
 */
import { access, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../../shared/errors';
import { exportFiles, type ExportFile, type Tracker } from '../../shared/exchange/exportFiles';
import { createTrackedStudy } from '../../shared/exchange/trackedRuns';
import type { MetricCurves } from '../../shared/results/metricCurves';
import { makeFolder } from '../makeFolder';
import { createMetricsReader } from '../metricsReader';
import { findCurveKeys } from '../runDetails';
import { createRunIndex } from '../runIndex';
import { writeWhole } from '../writeWhole';

export interface ExportRequest {
  /** The `.transferscope` folder. */
  readonly out: string;
  /** Exact name of the run. */
  readonly run: string;
  readonly tracker: Tracker;
  /** Folder to write into; made when it is not there. */
  readonly folder: string;
}

export interface Exported {
  readonly folder: string;
  readonly files: number;
  /** Tracked runs: one for each pretraining and seed. */
  readonly runs: number;
  /** Stages without a result, which are left out. */
  readonly missing: number;
}

/** Throws a UserError when the run has no results, or the folder cannot be written or holds others' files of these names. */
export async function exportRun({ out, run, tracker, folder }: ExportRequest): Promise<Exported> {
  const index = createRunIndex(out);
  await index.update([run]);
  const manifest = index.runs()[0]?.manifest;
  if (!manifest) throw new UserError('storage', `the run ${run} has no manifest that can be read; run it again`);
  const { records } = await index.records(manifest.stages.map(({ key }) => key));
  const study = createTrackedStudy({ manifest, records, curves: await readCurves(out, manifest.stages) });
  if (study.runs.length === 0) {
    throw new UserError('config', `the run ${run} has no results yet; export it when a stage is done`);
  }
  const target = resolve(folder);
  const files = exportFiles(study, tracker, pathToFileURL(target).href);
  await requireOwn(target, files);
  for (const { path, content } of files) await writeInto(join(target, path), content);
  return { folder: target, files: files.length, runs: study.runs.length, missing: study.missing };
}

async function readCurves(
  out: string,
  stages: Parameters<typeof findCurveKeys>[1],
): Promise<Map<string, MetricCurves[]>> {
  const reader = createMetricsReader();
  const curves = new Map<string, MetricCurves[]>();
  for (const key of await findCurveKeys(out, stages)) {
    const { metrics, pace } = await reader.read(out, key);
    curves.set(key, [metrics, pace]);
  }
  return curves;
}

/** Refuses to replace files where the mark does not say that they are of this run. */
async function requireOwn(target: string, files: readonly ExportFile[]): Promise<void> {
  const marked = files.find(({ mark }) => mark !== undefined);
  if (!marked) return;
  const text = await readFile(join(target, marked.path), 'utf8').catch(() => '');
  if (text.split(/\r?\n/, 1)[0] === marked.mark) return;
  for (const { path } of files) {
    const file = join(target, path);
    if (!(await isThere(file))) continue;
    const advice = 'choose another folder, or move that file away';
    throw new UserError('storage', `${file} is there already and is not of this run; ${advice}`);
  }
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function writeInto(file: string, content: string | Uint8Array): Promise<void> {
  await makeFolder(dirname(file));
  await writeWhole(file, content);
}
