/** Joins an experiment file with what its runs have left: states, headline figures, and what the file has moved on from. */
import path from 'node:path';
import { readLaunchedExperiment } from '../../runs/runDetails';
import type { Experiment } from '../../shared/experiment/schema';
import type { StageRecord } from '../../shared/results/records';
import { selectChangedEntries } from '../../shared/views/changedEntries';
import {
  createResults,
  selectRecordKeys,
  selectSources,
  type ExperimentResults,
  type PastRun,
} from '../../shared/views/experimentTree';
import type { LibraryRun, RunLibrary } from './runLibrary';

export interface ResultsReader {
  /** `experiment` is the file as it is now; without it (errors in the file) nothing counts as changed. */
  read(file: string, experiment: Experiment | undefined): Promise<ExperimentResults>;
}

export function createResultsReader(library: RunLibrary): ResultsReader {
  /** experiment.json by folder: written once when a run is made. */
  const launched = new Map<string, Promise<Experiment | undefined>>();
  const readLaunched = (run: LibraryRun): Promise<Experiment | undefined> => {
    const known = launched.get(run.folder) ?? readLaunchedExperiment(run.folder);
    launched.set(run.folder, known);
    return known;
  };
  return {
    read: async (file, experiment) => {
      const runs = runsOf(library, file);
      const sources = selectSources(runs.map(toPastRun));
      const records = new Map<string, StageRecord>();
      for (const out of new Set(runs.map((run) => run.out)))
        for (const [key, record] of await library.records(out, selectRecordKeys(sources))) records.set(key, record);
      const used = new Set([...sources.values()].map(({ newest, measured }) => (measured ?? newest).run));
      const changed = new Map<string, ReadonlySet<string>>();
      for (const run of runs.filter((candidate) => used.has(candidate.run))) {
        const before = experiment && (await readLaunched(run));
        if (experiment && before) changed.set(run.run, selectChangedEntries(experiment, before));
      }
      return createResults({ sources, records, changedSince: ({ run }) => changed.get(run) ?? new Set() });
    },
  };
}

/** Runs launched from the file, newest first. */
export function runsOf(library: RunLibrary, file: string): LibraryRun[] {
  return library.runs().filter((run) => isSamePath(run.file, file));
}

function toPastRun({ run, out, state, manifest, status }: LibraryRun): PastRun {
  return { run, out, state, stages: manifest?.stages ?? [], statuses: status?.stages ?? {} };
}

function isSamePath(a: string, b: string): boolean {
  if (a === '' || b === '') return false;
  const [left, right] = [path.normalize(a), path.normalize(b)];
  return process.platform === 'win32' ? left.toLowerCase() === right.toLowerCase() : left === right;
}
