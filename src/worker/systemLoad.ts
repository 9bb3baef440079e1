/** How much of the machine this process takes, and what is left of it. */
import os from 'node:os';
import { createEnergyMeter } from './energyMeter';
import type { LoadRow } from '../shared/results/runManifest';

/** Each call measures the time since the one before; the first since this was made. */
export function createLoadMeter(): () => LoadRow {
  const readEnergy = createEnergyMeter();
  let cpu = process.cpuUsage();
  let at = performance.now();
  return () => {
    const now = performance.now();
    const used = process.cpuUsage(cpu);
    const milliseconds = Math.max(1, now - at);
    [cpu, at] = [process.cpuUsage(), now];
    const joules = readEnergy();
    const { rss, heapUsed } = process.memoryUsage();
    return {
      at: new Date().toISOString(),
      cores: Number(((used.user + used.system) / 1000 / milliseconds).toFixed(3)),
      rss,
      heap: heapUsed,
      free: os.freemem(),
      ...(joules !== undefined && { joules: Number(joules.toFixed(1)) }),
    };
  };
}
