/** How much of the machine this process takes, and what is left of it. */
import os from 'node:os';
import { createEnergyMeter } from './energyMeter';
import { createGpuEnergyMeter, type GpuEnergyMeter } from './gpuEnergyMeter';
import type { LoadRow } from '../shared/results/runManifest';

export interface LoadMeter {
  /** Measures the time since the call before; the first since this was made. */
  measure(): LoadRow;
  /** From now on what graphics processors take is told, too: of use where the runtime computes on one. */
  watchGpu(): void;
  stop(): void;
}

export function createLoadMeter(): LoadMeter {
  const readEnergy = createEnergyMeter();
  let cpu = process.cpuUsage();
  let at = performance.now();
  let gpu: GpuEnergyMeter | undefined;
  const measure = (): LoadRow => {
    const now = performance.now();
    const used = process.cpuUsage(cpu);
    const milliseconds = Math.max(1, now - at);
    [cpu, at] = [process.cpuUsage(), now];
    const [joules, gpuJoules] = [readEnergy(), gpu?.read()];
    const { rss, heapUsed } = process.memoryUsage();
    return {
      at: new Date().toISOString(),
      cores: Number(((used.user + used.system) / 1000 / milliseconds).toFixed(3)),
      rss,
      heap: heapUsed,
      free: os.freemem(),
      ...(joules !== undefined && { joules: Number(joules.toFixed(1)) }),
      ...(gpuJoules !== undefined && { gpuJoules: Number(gpuJoules.toFixed(1)) }),
    };
  };
  return {
    measure,
    watchGpu: () => (gpu ??= createGpuEnergyMeter({ devices: process.env.CUDA_VISIBLE_DEVICES })),
    stop: () => gpu?.stop(),
  };
}
