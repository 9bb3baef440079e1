/** Reads the runs that a Compare panel shows, a few at a time: what has been read is drawn, and a run that stays as it is is not read again. */
import { readLoad } from '../../runs/runDetails';
import type { CompareTarget } from '../../shared/protocol/panels/comparePanel';
import type { RunManifest } from '../../shared/results/runManifest';
import { createRunRows, type RunRows } from '../../shared/views/compare/compareModel';
import type { LibraryRun } from '../runs/runLibrary';
import type { RunServices } from '../runs/runServices';

export interface CompareData {
  /** What is known of the runs now, newest first; reading goes on, and `onMore` tells of it. */
  read(): Promise<KnownRuns>;
  /** Of a row's run. */
  find(out: string, run: string): LibraryRun | undefined;
  dispose(): void;
}

export interface KnownRuns {
  readonly rows: readonly RunRows[];
  readonly reading?: { readonly done: number; readonly total: number };
  readonly problems: readonly string[];
}

/** Runs read at once: records of a run are many small files. */
const PARALLEL = 4;
/** The panel hears of progress no more often than this. */
const TELL_MS = 1000;
/** Before the first model: long enough for a workspace of everyday size to come at once. */
const FIRST_MS = 250;

interface Kept {
  readonly run: LibraryRun;
  /** Undefined where reading it failed: it is read again when it changes. */
  readonly rows: RunRows | undefined;
  readonly problem?: string;
}

export function createCompareData(services: RunServices, target: CompareTarget, onMore: () => void): CompareData {
  const { library, results, log } = services;
  const kept = new Map<string, Kept>();
  let isDisposed = false;
  let isReading = false;
  let told = 0;
  const wanted = (): readonly LibraryRun[] => {
    if (!target.runs) return library.runs();
    return target.runs.flatMap(({ out, run }) => library.find(out, run) ?? []);
  };
  const isKnown = (run: LibraryRun): boolean => {
    const known = kept.get(keyOf(run))?.run;
    return (
      known !== undefined && known.manifest === run.manifest && known.status === run.status && known.state === run.state
    );
  };
  const readRows = async (run: LibraryRun, manifest: RunManifest): Promise<RunRows> => {
    const { out, state } = run;
    const keys = manifest.stages.flatMap(({ kind, key }) => (kind === 'features' ? [] : [key]));
    const [{ records }, { launched: experiment }, load] = await Promise.all([
      library.records(out, keys),
      results.readOrigin(run, undefined),
      readLoad(run.folder),
    ]);
    return createRunRows({ out, run: run.run, state, manifest, experiment, records, load });
  };
  const readOne = async (run: LibraryRun): Promise<void> => {
    if (!run.manifest) return;
    try {
      kept.set(keyOf(run), { run, rows: await readRows(run, run.manifest) });
    } catch (error) {
      log.error(`reading ${run.run} to compare`, error);
      const why = error instanceof Error ? error.message : String(error);
      kept.set(keyOf(run), { run, rows: undefined, problem: `${run.run} cannot be read: ${why}` });
    }
  };
  const readAll = async (): Promise<void> => {
    const waiting = wanted().filter((run) => run.manifest && !isKnown(run));
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < waiting.length && !isDisposed) {
        await readOne(waiting[next++]!);
        const now = performance.now();
        if (now - told < TELL_MS) continue;
        told = now;
        onMore();
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, lane));
  };
  const start = async (): Promise<void> => {
    isReading = true;
    told = performance.now();
    await readAll();
    isReading = false;
    if (!isDisposed) onMore();
  };
  return {
    find: (out, run) => library.find(out, run),
    dispose: () => (isDisposed = true),
    read: async () => {
      target.runs?.forEach(({ out }) => library.addFolder(out));
      await library.ready();
      const runs = wanted();
      const gone = new Set(kept.keys());
      runs.forEach((run) => gone.delete(keyOf(run)));
      gone.forEach((key) => kept.delete(key));
      if (!isReading && runs.some((run) => run.manifest && !isKnown(run)))
        await Promise.race([start(), new Promise((resolve) => setTimeout(resolve, FIRST_MS))]);
      const readable = runs.filter(({ manifest }) => manifest);
      const done = readable.flatMap((run) => kept.get(keyOf(run)) ?? []);
      const rows = done.flatMap((one) => one.rows ?? []);
      const problems = runs.flatMap((run) => {
        if (run.manifest) return kept.get(keyOf(run))?.problem ?? [];
        return [`${run.run} cannot be read: ${run.problems[0] ?? 'its manifest is missing'}`];
      });
      const isPartial = done.length < readable.length;
      return { rows, problems, ...(isPartial && { reading: { done: done.length, total: readable.length } }) };
    },
  };
}

function keyOf({ out, run }: LibraryRun): string {
  return `${out}\n${run}`;
}
