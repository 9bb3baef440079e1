/**
 * Keeps a run index current: chokidar tells of changes in run folders, whoever makes them (this window, another one,
 * the command line, a job on another machine). Workers rewrite status.json every two seconds, so changes are gathered
 * for a moment. Runs that claim to go on are looked at again from time to time: a process that dies writes nothing.
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, join, normalize, relative, sep } from 'node:path';
import type { RunIndex } from './runIndex';
import { ENGINE_FOLDER, isUnderWay, partName, PARTS_FOLDER } from './runFiles';

export interface WatchOptions {
  readonly index: RunIndex;
  /** Look by polling: network file systems send no notice of changes. */
  readonly usePolling: boolean;
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

export interface RunWatcher {
  /** Resolves when the first look is over and later changes will be noticed. */
  readonly ready: Promise<void>;
  dispose(): Promise<void>;
}

const GATHER_MS = 150;
const POLL_MS = 500;
const LIFE_CHECK_MS = 5_000;

const WATCHED_FILES: ReadonlySet<string> = new Set(['status.json', 'manifest.json', 'report.json']);
const WATCHED_FOLDERS: readonly string[] = [PARTS_FOLDER, ENGINE_FOLDER];

export function watchRuns(options: WatchOptions): RunWatcher {
  const { index, onChange, onError } = options;
  const changed = new Set<string>();
  let gathering: NodeJS.Timeout | undefined;
  let close: (() => Promise<void>) | undefined;
  let isDisposed = false;

  const act = (look: Promise<boolean>): Promise<void> =>
    look.then((isChanged) => void (isChanged && !isDisposed && onChange())).catch(onError);
  const gather = (run: string): void => {
    changed.add(run);
    gathering ??= setTimeout(() => {
      gathering = undefined;
      const runs = [...changed];
      changed.clear();
      void act(index.update(runs));
    }, GATHER_MS);
  };
  const life = setInterval(() => {
    const open = index.runs().filter(({ state }) => isUnderWay(state));
    if (open.length > 0) void act(index.update(open.map(({ run }) => run)));
  }, LIFE_CHECK_MS);
  life.unref();

  const start = async (): Promise<void> => {
    await act(index.refresh());
    if (isDisposed) return;
    close = await openWatcher(options, gather);
    // What happened between the first look and now.
    await act(index.refresh());
  };
  const ready = start().catch(onError);
  return {
    ready,
    dispose: async () => {
      isDisposed = true;
      clearTimeout(gathering);
      clearInterval(life);
      await ready;
      await close?.();
    },
  };
}

/**
 * Resolves when chokidar has looked at everything once. It watches from the folder that holds the results on, because
 * that one is there before the first run, and stays when somebody deletes all results.
 */
async function openWatcher(
  { index, usePolling, onError }: WatchOptions,
  onRun: (run: string) => void,
): Promise<() => Promise<void>> {
  const { watch } = await import('chokidar');
  const runs = join(index.out, 'runs');
  const base = await findExisting(dirname(index.out));
  const isOnTheWay = (path: string): boolean => path === runs || runs.startsWith(path + sep);
  const watcher = watch(base, {
    // Down to the files of the parts of a run.
    depth: relative(base, runs).split(sep).length + 2,
    usePolling,
    interval: POLL_MS,
    ignoreInitial: true,
    ignorePermissionErrors: true,
    ignored: (given, stats) => {
      // Given with slashes on Windows too.
      const path = normalize(given);
      return path.startsWith(runs + sep) ? isIdle(relative(runs, path), stats?.isFile()) : !isOnTheWay(path);
    },
  });
  watcher.on('all', (_event, path) => {
    if (!path.startsWith(runs + sep)) return;
    const [run] = relative(runs, path).split(sep);
    if (run !== undefined) onRun(run);
  });
  watcher.on('error', onError);
  await new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
  return () => watcher.close();
}

/** Files and folders of a run (paths below `runs`) whose changes say nothing of how it stands. */
function isIdle(path: string, isFile: boolean | undefined): boolean {
  const [, second = '', ...rest] = path.split(sep);
  if (isFile === undefined) return false;
  if (!isFile) return rest.length > 0 || (second !== '' && !WATCHED_FOLDERS.includes(second));
  const isPart = second === PARTS_FOLDER && partName(rest[0] ?? '') !== undefined;
  return !isPart && !WATCHED_FILES.has(basename(path));
}

/** The folder itself or the nearest one above it that is there. */
async function findExisting(folder: string): Promise<string> {
  for (let place = folder; ; place = dirname(place)) {
    const info = await stat(place).catch(() => undefined);
    if (info?.isDirectory() || dirname(place) === place) return place;
  }
}
