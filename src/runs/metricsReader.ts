/**
 * The curves of stages, kept in memory and read on as they grow. One reader serves a panel: a stage is read as long as
 * it is asked for, and forgotten when it is not. Lines that cannot be read are left out; a half-written one is waited for.
 */
import { join } from 'node:path';
import { MetricCurves, parseMetricRow } from '../shared/results/metricCurves';
import { followLines, type AppendedLines } from './appendedLines';
import { isSafeKey } from './runFiles';

/** What does not depend on machine and interruptions, and what does: rates, resumptions. */
const CURVE_FILES = ['metrics.jsonl', 'pace.jsonl'] as const;

export interface StageCurves {
  readonly metrics: MetricCurves;
  readonly pace: MetricCurves;
}

export interface MetricsReader {
  /** The curves of one stage as of now; empty while there are none. */
  read(out: string, key: string): Promise<StageCurves>;
  /** Forgets all stages but these; `keys` as given to `read`. */
  keepOnly(stages: Iterable<{ readonly out: string; readonly key: string }>): void;
}

interface Known extends StageCurves {
  readonly files: readonly AppendedLines[];
}

export function createMetricsReader(): MetricsReader {
  const known = new Map<string, Known>();
  return {
    read: async (out, key) => {
      if (!isSafeKey(key)) throw new Error(`internal: "${key}" is no stage key`);
      const folder = join(out, 'stages', key);
      let stage = known.get(folder);
      if (!stage) known.set(folder, (stage = follow(folder)));
      await Promise.all(stage.files.map((file) => file.read()));
      return stage;
    },
    keepOnly: (stages) => {
      const wanted = new Set([...stages].map(({ out, key }) => join(out, 'stages', key)));
      for (const folder of [...known.keys()]) if (!wanted.has(folder)) known.delete(folder);
    },
  };
}

function follow(folder: string): Known {
  const [metrics, pace] = [new MetricCurves(), new MetricCurves()];
  const files = [metrics, pace].map((curves, i) =>
    followLines(join(folder, CURVE_FILES[i]!), {
      restart: () => curves.clear(),
      line: (text) => {
        const row = parseMetricRow(text);
        if (row) curves.append(row);
      },
    }),
  );
  return { metrics, pace, files };
}
