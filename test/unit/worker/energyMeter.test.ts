/** Counters of energy: packages are added up, parts are not counted twice, and a counter may begin again. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createEnergyMeter } from '../../../src/worker/energyMeter';

let folder = '';
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'energy-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, microjoules: number): void {
  mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, name, 'energy_uj'), `${microjoules}\n`);
  writeFileSync(path.join(folder, name, 'max_energy_range_uj'), '10000000\n');
}

it('adds packages up, over the end of a counter too', () => {
  write('intel-rapl:0', 1_000_000);
  write('intel-rapl:1', 9_000_000);
  write('intel-rapl:0:0', 0);
  const read = createEnergyMeter(folder);
  expect(read()).toBe(0);
  write('intel-rapl:0', 3_500_000);
  write('intel-rapl:1', 500_000);
  write('intel-rapl:0:0', 8_000_000);
  expect(read()).toBe(2.5 + 1.5);
});

it('tells nothing where there is nothing to read', () => {
  expect(createEnergyMeter(folder)()).toBeUndefined();
  expect(createEnergyMeter(path.join(folder, 'none'))()).toBeUndefined();
});
