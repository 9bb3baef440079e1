/** Reads run folders into the report's view model. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PARTS_FOLDER } from '../../runs/runFiles';
import { readRun } from '../../runs/runStore';
import { UserError } from '../../shared/errors';
import type { Experiment } from '../../shared/experiment/schema';
import type { TableSettings } from '../../shared/experiment/tableFields';
import type { LoadRow } from '../../shared/results/runManifest';
import { parseLoadRow } from '../../shared/views/run/runLoad';
import { createCosts, type PretrainingCost } from '../../shared/views/report/costs';
import { JoinedRun } from '../../shared/views/report/joinedRun';
import { createTransferReport, type TransferReport } from '../../shared/views/report/transferReport';

/** `out` is the `.transferscope` folder; paths are shown relative to the folder it lies in. */
export function loadReport(out: string, run: string): TransferReport {
  const { manifest, records, state, status, folder, problems } = readRun(out, run);
  if (!manifest) {
    const reason = problems[0] ?? 'its manifest is missing';
    throw new UserError(
      'storage',
      `the run ${run} cannot be reported: ${reason}; resume it or launch the experiment again`,
    );
  }
  const { about, tables, pretrainings } = readExperiment(path.join(folder, 'experiment.json'));
  const home = path.dirname(path.resolve(out));
  return createTransferReport({
    run,
    state,
    manifest,
    records,
    folder: showPath(home, folder),
    file: showPath(home, manifest.file),
    load: readLoad(folder),
    problems: [...(status?.message === undefined ? [] : [status.message]), ...problems],
    ...(about !== undefined && { about }),
    tables,
    ...(pretrainings && { launched: { pretrainings } }),
  });
}

/** What the pretrainings of a run cost, without the rest of its report, which takes far longer. */
export function loadCosts(out: string, run: string): readonly PretrainingCost[] {
  const { manifest, records, folder } = readRun(out, run);
  return manifest ? createCosts(new JoinedRun(manifest.stages, records), [readLoad(folder)]) : [];
}

/** Of a run with several workers nothing is read: what one of them held says little of a stage that another computed. */
function readLoad(folder: string): LoadRow[] {
  if (existsSync(path.join(folder, PARTS_FOLDER))) return [];
  try {
    const text = readFileSync(path.join(folder, 'load.jsonl'), 'utf8');
    return text.split('\n').flatMap((line) => parseLoadRow(line) ?? []);
  } catch {
    // Short runs leave none.
    return [];
  }
}

/** A shared report need not tell where its writer keeps things. */
function showPath(home: string, file: string): string {
  const relative = path.relative(home, file);
  const isOutside = relative.startsWith('..') || path.isAbsolute(relative);
  return (isOutside ? path.basename(file) : relative).split(path.sep).join('/');
}

interface AskedFor {
  readonly about?: string;
  readonly tables: readonly TableSettings[];
  /** Their order decides looks. */
  readonly pretrainings?: Experiment['pretrainings'];
}

/** What the experiment says of its report; written by the worker from a checked file, before there were tables without them. */
function readExperiment(file: string): AskedFor {
  try {
    const { about, tables = [], pretrainings } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Experiment>;
    return {
      ...(about !== undefined && about.trim() !== '' && { about: about.trim() }),
      tables,
      ...(pretrainings && { pretrainings }),
    };
  } catch {
    // An experiment without a description still has results.
    return { tables: [] };
  }
}
