/**
 * All runs that the window shows: one index and one watcher for each results folder of the workspace. Knows no VS Code.
 * Experiments outside the workspace bring their folder in when they are launched.
 */
import { createRunIndex, type IndexedRun, type RunIndex, type StageRecords } from '../../runs/runIndex';
import { watchRuns, type RunWatcher } from '../../runs/watchRuns';

export interface LibraryRun extends IndexedRun {
  /** The `.transferscope` folder. */
  readonly out: string;
}

export interface RunLibraryOptions {
  readonly usePolling: () => boolean;
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

export interface RunLibrary {
  /** Newest first, over all folders. */
  runs(): readonly LibraryRun[];
  find(out: string, run: string): LibraryRun | undefined;
  records(out: string, keys: Iterable<string>): Promise<StageRecords>;
  /** Watches exactly these folders. */
  setFolders(outs: readonly string[]): void;
  addFolder(out: string): void;
  /** Reads a run again now, without waiting for the watcher. */
  update(out: string, run: string): Promise<void>;
  /** Resolves when all folders have been read once and are watched. */
  ready(): Promise<void>;
  dispose(): Promise<void>;
}

interface Shelf {
  readonly index: RunIndex;
  readonly watcher: RunWatcher;
}

export function createRunLibrary(options: RunLibraryOptions): RunLibrary {
  const shelves = new Map<string, Shelf>();
  const add = (out: string): void => {
    if (shelves.has(out)) return;
    const index = createRunIndex(out);
    const { onChange, onError } = options;
    shelves.set(out, { index, watcher: watchRuns({ index, usePolling: options.usePolling(), onChange, onError }) });
  };
  const remove = async (out: string): Promise<void> => {
    const shelf = shelves.get(out);
    shelves.delete(out);
    await shelf?.watcher.dispose();
  };
  const listAll = (): LibraryRun[] =>
    [...shelves.values()].flatMap(({ index }) => index.runs().map((run) => ({ ...run, out: index.out })));
  return {
    runs: () => listAll().sort((a, b) => (b.createdAt ?? '').localeCompare(a.createdAt ?? '')),
    find: (out, run) => {
      const found = shelves
        .get(out)
        ?.index.runs()
        .find((candidate) => candidate.run === run);
      return found && { ...found, out };
    },
    records: async (out, keys) =>
      (await shelves.get(out)?.index.records(keys)) ?? { records: new Map(), damaged: new Map() },
    setFolders: (outs) => {
      for (const out of outs) add(out);
      for (const out of [...shelves.keys()]) if (!outs.includes(out)) remove(out).catch(options.onError);
      options.onChange();
    },
    addFolder: add,
    update: async (out, run) => {
      if (await shelves.get(out)?.index.update([run])) options.onChange();
    },
    ready: async () => void (await Promise.all([...shelves.values()].map(({ watcher }) => watcher.ready))),
    dispose: async () => void (await Promise.all([...shelves.keys()].map(remove))),
  };
}
