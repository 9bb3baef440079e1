/**
 * Energy that NVIDIA's graphics processors take: their power as `nvidia-smi` tells it each second, integrated by the trapezoid
 * rule over its own times, since a worker that computes reads late. Where the program is missing, or tells no power, nothing is told.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface GpuEnergyMeter {
  /** Joules of all processors since the first sample; undefined before there were two of one. */
  read(): number | undefined;
  /** Ends the program. */
  stop(): void;
}

export interface GpuEnergyOptions {
  /** Program and the arguments before ours. */
  readonly command?: readonly [string, ...string[]];
  /** CUDA_VISIBLE_DEVICES: numbers and identities, with commas; all processors count when it is absent or empty. */
  readonly devices?: string | undefined;
}

interface PowerSample {
  /** Milliseconds of some clock. */
  readonly at: number;
  readonly index: string;
  readonly uuid: string;
  readonly watts: number;
}

const QUERY = ['--query-gpu=timestamp,index,uuid,power.draw', '--format=csv,noheader,nounits', '--loop-ms=1000'];
/** Between samples further apart nobody knows what was taken: the machine slept, or the clock was set. */
const LONGEST_GAP_MS = 60_000;

/** Starts `nvidia-smi`, which ends with whoever reads it. */
export function createGpuEnergyMeter({ command = ['nvidia-smi'], devices }: GpuEnergyOptions = {}): GpuEnergyMeter {
  const counter = createPowerIntegral(devices);
  const [program, ...first] = command;
  const child = spawn(program, [...first, ...QUERY], { stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true });
  // Not installed, or not to be run: there is no such processor.
  child.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => counter.add(line));
  child.unref();
  // A pipe is a socket, which would hold up the end of the worker.
  (child.stdout as Partial<{ unref(): void }>).unref?.();
  return { read: () => counter.joules(), stop: () => void child.kill() };
}

export interface PowerIntegral {
  /** One line of nvidia-smi's answer; whatever is none is passed over. */
  add(line: string): void;
  /** Undefined before there were two samples of one processor. */
  joules(): number | undefined;
}

/** E = Σ over processors and pairs of samples of (P₁ + P₂) / 2 · (t₂ − t₁), in joules. */
export function createPowerIntegral(devices?: string): PowerIntegral {
  const counted = (devices ?? '').split(',').map((name) => name.trim());
  const isCounted = ({ index, uuid }: PowerSample): boolean =>
    counted.join('') === '' || counted.some((name) => name === index || (name.length > 4 && uuid.startsWith(name)));
  const last = new Map<string, PowerSample>();
  let joules: number | undefined;
  return {
    add: (line) => {
      const sample = parseSample(line);
      if (!sample || !isCounted(sample)) return;
      const before = last.get(sample.uuid);
      last.set(sample.uuid, sample);
      const gap = before && sample.at - before.at;
      if (gap === undefined || gap < 0 || gap > LONGEST_GAP_MS) return;
      joules = (joules ?? 0) + (((before!.watts + sample.watts) / 2) * gap) / 1000;
    },
    joules: () => joules,
  };
}

/** `2026/11/23 17:00:00.123, 0, GPU-5f…, 52.31`; `[N/A]` and warnings are no samples. */
function parseSample(line: string): PowerSample | undefined {
  const [time = '', index = '', uuid = '', power = ''] = line.split(',').map((field) => field.trim());
  const at = Date.parse(time.replaceAll('/', '-').replace(' ', 'T'));
  const watts = /^\d+(\.\d+)?$/.test(power) ? Number(power) : Number.NaN;
  return Number.isFinite(at) && Number.isFinite(watts) && uuid !== '' ? { at, index, uuid, watts } : undefined;
}
