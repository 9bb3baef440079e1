/** The fault campaign (`npm run campaign`) in its short form. */
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { killLocally, killOnCluster } from '../../scripts/campaign/kills';
import { makeStudy, type Study } from '../../scripts/campaign/study';
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
