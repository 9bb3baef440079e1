/** The stages of a file that can be looked into, and what is said of one. */
import { describe, expect, it } from 'vitest';
import type { BatchSession } from '../../../../../src/shared/results/batchInspection';
import { batchFacts, describeStep, entryOfStage, offerStages } from '../../../../../src/shared/views/batch/batchPanel';

const outline = {
  ...{ file: '/w/a.transfer.yaml', name: 'a', errors: 0, seeds: 2 },
  pretrainings: [
    { id: 'random', written: 'random', line: 4 },
    { id: 'moco[augment=f]', written: 'moco', line: 5 },
    { id: 'moco[augment=fr]', written: 'moco', line: 5 },
  ],
  transfers: [{ id: 'probe', written: 'probe', line: 9, of: ['random', 'moco[augment=f]'] }],
};

const session: BatchSession = {
  ...{ stage: 'moco/seed-0', label: 'moco, seed 0', kind: 'pretraining', method: 'moco', seed: 0, runtime: 'wasm' },
  ...{ steps: 2000, batch: 64, accumulate: 4, startedAt: 120, weights: '', isTrained: true },
  images: { data: 'imagenet', split: 'train' },
};

describe('stages to look into', () => {
  it('offers each pretraining and each transfer of it, by the ids of the plan', () => {
    expect(offerStages(outline, 3).map(({ stage }) => stage)).toEqual([
      ...['random', 'moco[augment=f]', 'moco[augment=fr]'],
      ...['random/seed-3/probe', 'moco[augment=f]/seed-3/probe'],
    ]);
  });

  it('offers only those of an entry as it is written', () => {
    expect(offerStages(outline, 0, 'moco').map(({ label }) => label)).toEqual(['moco[augment=f]', 'moco[augment=fr]']);
    expect(offerStages(outline, 0, 'probe').map(({ label }) => label)).toEqual([
      'random → probe',
      'moco[augment=f] → probe',
    ]);
  });

  it('knows the entry of a stage', () => {
    expect(entryOfStage('moco')).toEqual({ pretraining: 'moco' });
    expect(entryOfStage('moco/seed-0')).toEqual({ pretraining: 'moco' });
    expect(entryOfStage('moco/seed-0/probe')).toEqual({ pretraining: 'moco', transfer: 'probe' });
    expect(entryOfStage('moco/seed-0/features/emoji:train')).toEqual({ pretraining: 'moco' });
  });

  it('says what an update consists of and where it is', () => {
    const facts = Object.fromEntries(batchFacts(session).map(({ label, value }) => [label, value]));
    expect(facts).toMatchObject({ Batch: '4 parts of 64 images', Updates: '2,000, looked at from 121' });
    expect(describeStep(session, 120)).toBe('Update 121 of 2,000');
    expect(describeStep({ ...session, isTrained: false }, 1)).toBe('Batch 2');
  });
});
