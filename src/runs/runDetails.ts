/** What a run has left besides manifest and status: log, load, settings, which stages have curves. Never blocks. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Experiment } from '../shared/experiment/schema';
import type { LoadRow, LogLine, PlannedStage } from '../shared/results/runManifest';
import { parseLoadRow } from '../shared/views/run/runLoad';
import { parseLogLine } from '../shared/views/run/runLog';
import { followLines } from './appendedLines';
import { readEnd } from './readEnd';
import { isSafeKey, PARTS_FOLDER } from './runFiles';

const LOG_LINES = 200;
const LOG_BYTES = 128 * 1024;
/** Logs of parts that are read at once; of more, the newest. */
const MOST_LOGS = 200;

/** The last lines of the run's log and of its parts' logs, oldest first. */
export async function readLogTail(folder: string): Promise<LogLine[]> {
  const lines = (await readLog(folder, LOG_BYTES)).split('\n');
  return lines.flatMap((line) => parseLogLine(line) ?? []).slice(-LOG_LINES);
}

/** The ends of log.jsonl and of the parts' logs as one text in the order of time; of each at most `mostBytes`. */
export async function readLog(folder: string, mostBytes: number): Promise<string> {
  const own = await readEnd(join(folder, 'log.jsonl'), mostBytes);
  const parts = join(folder, PARTS_FOLDER);
  const names = (await readdir(parts).catch(() => [])).filter((name) => name.endsWith('.log.jsonl'));
  if (names.length === 0) return own;
  const texts = await Promise.all(names.slice(-MOST_LOGS).map((name) => readEnd(join(parts, name), mostBytes)));
  const lines = [own, ...texts].flatMap((text) => text.split('\n')).filter((line) => line !== '');
  // A line begins with its time; sorting keeps the order of equal ones.
  const timed = lines.map((line) => ({ line, at: /"at":"([^"]*)"/.exec(line)?.[1] ?? '' }));
  return timed
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .map(({ line }) => `${line}\n`)
    .join('');
}

export interface LoadReader {
  read(): Promise<readonly LoadRow[]>;
}

/** load.jsonl of one run, read on as it grows. */
export function followLoad(folder: string): LoadReader {
  let rows: LoadRow[] = [];
  const lines = followLines(join(folder, 'load.jsonl'), {
    restart: () => (rows = []),
    line: (text) => {
      const row = parseLoadRow(text);
      if (row) rows.push(row);
    },
  });
  return {
    read: async () => {
      await lines.read();
      return rows;
    },
  };
}

/** All of load.jsonl as it is now. Of a run with several workers nothing: what one held says little of a stage that another computed. */
export async function readLoad(folder: string): Promise<readonly LoadRow[]> {
  const isShared = await stat(join(folder, PARTS_FOLDER)).then(
    () => true,
    () => false,
  );
  return isShared ? [] : followLoad(folder).read();
}

/** Keys of the pretrainings that have logged curves. */
export async function findCurveKeys(out: string, stages: readonly PlannedStage[]): Promise<Set<string>> {
  // Features leave none; of transfers, those that train the backbone further do.
  const keys = stages.filter(({ kind, key }) => kind !== 'features' && isSafeKey(key)).map(({ key }) => key);
  const sizes = await Promise.all(
    keys.map((key) =>
      stat(join(out, 'stages', key, 'metrics.jsonl')).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return new Set(keys.filter((_, i) => sizes[i]! > 0));
}

/** The experiment as launched, lists that its file lacks empty; undefined when it cannot be read. */
export async function readLaunchedExperiment(folder: string): Promise<Experiment | undefined> {
  try {
    const value = JSON.parse(await readFile(join(folder, 'experiment.json'), 'utf8')) as Partial<Experiment>;
    if (!Array.isArray(value.pretrainings) || !Array.isArray(value.transfers)) return undefined;
    const { analyses, data } = value;
    return {
      ...(value as Experiment),
      analyses: Array.isArray(analyses) ? analyses : [],
      data: typeof data === 'object' && data !== null ? data : {},
    };
  } catch {
    return undefined;
  }
}
