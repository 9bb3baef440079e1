/** Joins an experiment file with what its runs have left: states, headline figures, and what the file has moved on from. */
import path from 'node:path';
import { readLaunchedExperiment, readLoad } from '../../runs/runDetails';
import type { Experiment } from '../../shared/experiment/schema';
import type { StageRecord } from '../../shared/results/records';
import { selectChangedEntries } from '../../shared/views/results/changedEntries';
import {
  createResults,
  selectRecordKeys,
  selectSources,
  type ExperimentOutline,
  type ExperimentResults,
  type PastRun,
} from '../../shared/views/results/experimentTree';
import type { Finding } from '../../shared/views/report/findings';
import type { PretrainingCost } from '../../shared/views/report/costs';
import {
  costsOfMeasured,
  describeMeasured,
  selectFeatureStages,
  selectMeasuredStages,
} from '../../shared/views/report/measuredReport';
import type { LibraryRun, RunLibrary } from './runLibrary';

export interface ResultsReader {
  /** `experiment` is the file as it is now; without it (errors in the file) nothing counts as changed. */
  read(file: string, experiment: Experiment | undefined): Promise<ExperimentResults>;
  /** What the measured figures say, one sentence a transfer, and what they cost. */
  figures(outline: ExperimentOutline): Promise<MeasuredFigures>;
  /** What a run was launched with, and which ids `experiment` has changed since. */
  readOrigin(run: LibraryRun, experiment: Experiment | undefined): Promise<RunOrigin>;
}

export interface MeasuredFigures {
  readonly findings: readonly Finding[];
  readonly costs: readonly PretrainingCost[];
}

export interface RunOrigin {
  /** Undefined when the run folder does not say. */
  readonly launched: Experiment | undefined;
  readonly changed: ReadonlySet<string>;
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
    readOrigin: async (run, experiment) => {
      const before = await readLaunched(run);
      return { launched: before, changed: experiment && before ? selectChangedEntries(experiment, before) : new Set() };
    },
    read: async (file, experiment) => {
      const runs = runsOf(library, file);
      const sources = selectSources(runs.map(toPastRun));
      const { records, damaged } = await readRecords(library, runs, selectRecordKeys(sources));
      const used = new Set([...sources.values()].map(({ newest, measured }) => (measured ?? newest).run));
      const changed = new Map<string, ReadonlySet<string>>();
      for (const run of runs.filter((candidate) => used.has(candidate.run))) {
        const before = experiment && (await readLaunched(run));
        if (experiment && before) changed.set(run.run, selectChangedEntries(experiment, before));
      }
      return createResults({ sources, records, damaged, changedSince: ({ run }) => changed.get(run) ?? new Set() });
    },
    figures: async (outline) => {
      const runs = runsOf(library, outline.file);
      const sources = selectSources(runs.map(toPastRun));
      const stages = selectMeasuredStages(outline, sources);
      const manifest = runs.find((run) => run.manifest)?.manifest;
      if (stages.length === 0 || !manifest) return { findings: [], costs: [] };
      const all = [...stages, ...selectFeatureStages(outline, sources)];
      const [{ records }, loads] = await Promise.all([
        readRecords(
          library,
          runs,
          all.map(({ key }) => key),
        ),
        Promise.all(runs.map(({ folder }) => readLoad(folder))),
      ]);
      const found = [...records.values()];
      return { findings: describeMeasured(stages, found, manifest), costs: costsOfMeasured(all, found, loads) };
    },
  };
}

async function readRecords(
  library: RunLibrary,
  runs: readonly LibraryRun[],
  keys: readonly string[],
): Promise<{ records: Map<string, StageRecord>; damaged: Map<string, string> }> {
  const records = new Map<string, StageRecord>();
  const damaged = new Map<string, string>();
  for (const out of new Set(runs.map((run) => run.out))) {
    const found = await library.records(out, keys);
    for (const [key, record] of found.records) records.set(key, record);
    for (const [key, reason] of found.damaged) damaged.set(key, reason);
  }
  return { records, damaged };
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
