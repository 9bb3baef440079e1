/** The fault campaign (`npm run campaign`) in its short form. */
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { damageStages } from '../../scripts/campaign/damage';
import { killLocally, killOnCluster } from '../../scripts/campaign/kills';
import { makeRichStudy } from '../../scripts/campaign/richStudy';
import { makeStudy, type Study } from '../../scripts/campaign/study';
import { openWindows } from '../../scripts/campaign/windows';
import { fuzzReader } from '../../scripts/fuzz/fuzzReaders';
import { createReaders } from '../../scripts/fuzz/readers';

const root = resolve(import.meta.dirname, '..', '..');
const LIMIT_MS = 240_000;
let study: Study;

beforeAll(async () => void (study = await makeStudy(root)));
afterAll(() => study.remove());

it('every reader of files opens damaged ones or says what is wrong', async () => {
  for (const reader of await createReaders(root)) {
    const { inputs, crashes } = await fuzzReader(reader, 60, 7);
    expect({ inputs, crashes }).toEqual({ inputs: 60, crashes: [] });
  }
});

it(
  'killed workers, helpers and commands lose nothing',
  async () => {
    expect(await killLocally(study, 3, 1)).toMatchObject({ faults: 3, recovered: 3, lost: 0, crashes: 0 });
  },
  LIMIT_MS,
);

it(
  'damaged files of runs lose nothing',
  async () => {
    const rich = await makeRichStudy(study);
    const faults = { faults: 2, recovered: 2, lost: 0, crashes: 0 };
    expect(await damageStages(study, rich, { faults: 2, seed: 1 })).toMatchObject(faults);
  },
  LIMIT_MS,
);

it(
  'windows on one folder, one of them killed, lose no run and no note',
  async () => {
    const outcome = await openWindows(study, { windows: 3, kills: 1, seed: 1, root });
    expect(outcome).toMatchObject({ faults: 1, recovered: 1, lost: 0, crashes: 0 });
  },
  LIMIT_MS,
);

it(
  'killed submitters and jobs lose nothing; nothing left the machine',
  async () => {
    expect(await killOnCluster(study, 2, { seed: 1, root })).toMatchObject({
      faults: 2,
      recovered: 2,
      lost: 0,
      crashes: 0,
    });
    expect(study.hosts()).toEqual([]);
  },
  LIMIT_MS,
);
