/**
 * Energy that the processor packages take, from the counters of Linux's power capping framework (Intel and AMD). Many machines
 * keep them from users, and virtual ones have none: then nothing is told. Graphics processors have their own meter (gpuEnergyMeter.ts).
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const COUNTERS = '/sys/class/powercap';

interface Counter {
  readonly file: string;
  /** Microjoules at which it begins again at 0. */
  readonly range: number;
  last: number;
}

/** Joules since this was made at each call; undefined where there is no counter that can be read. */
export function createEnergyMeter(folder = COUNTERS): () => number | undefined {
  const counters = openCounters(folder);
  let joules = 0;
  return () => {
    if (counters.length === 0) return undefined;
    for (const counter of counters) {
      const now = readCounter(counter.file);
      if (now === undefined) continue;
      const grown = now - counter.last;
      joules += (grown < 0 ? grown + counter.range : grown) / 1e6;
      counter.last = now;
    }
    return joules;
  };
}

/** Packages are `intel-rapl:0`; their parts, `intel-rapl:0:1`, are in them already. */
function openCounters(folder: string): Counter[] {
  try {
    return readdirSync(folder).flatMap((name) => {
      if (!/^intel-rapl:\d+$/.test(name)) return [];
      const file = path.join(folder, name, 'energy_uj');
      const [last, range] = [readCounter(file), readCounter(path.join(folder, name, 'max_energy_range_uj'))];
      return last === undefined || range === undefined ? [] : [{ file, range, last }];
    });
  } catch {
    // Another system than Linux, or one without counters.
    return [];
  }
}

function readCounter(file: string): number | undefined {
  try {
    const value = Number(readFileSync(file, 'utf8').trim());
    return Number.isFinite(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
