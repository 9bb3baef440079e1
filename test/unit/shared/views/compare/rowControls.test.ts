/** Which rows of the Compare panel are marked as controls, and of what. */
import { expect, it } from 'vitest';
import type { PretrainingSettings } from '../../../../../src/shared/experiment/schema';
import { createRunRows } from '../../../../../src/shared/views/compare/compareModel';
import { describeRowControls } from '../../../../../src/shared/views/compare/rowControls';
import { comparedRun } from '../../../../support/compareFixture';

const base = { data: 'emoji', split: 'train', augment: 'weak', steps: 100, batch: 32, imageSize: 32 };
const rows = (...all: readonly (readonly [id: string, settings: object])[]): PretrainingSettings[] =>
  all.map(([id, settings]) => ({ id, ...base, ...settings }) as unknown as PretrainingSettings);
const random = ['random', { method: 'random' }] as const;
const supervised = ['supervised', { method: 'supervised' }] as const;
const moco = ['moco', { method: 'moco', augment: 'strong', steps: 200 }] as const;

it('random weights are the control of all others, where there are some', () => {
  const said = 'Control of all others: random weights of the same network.';
  expect([...describeRowControls(rows(random, supervised, moco))]).toEqual([['random', said]]);
  expect(describeRowControls(rows(random)).size).toBe(0);
});

it('a row between two methods says what it differs in from each', () => {
  const between = ['supervised-strong', { method: 'supervised', augment: 'strong', steps: 200 }] as const;
  expect([...describeRowControls(rows(supervised, between, moco))]).toEqual([
    ['supervised-strong', 'Control: it differs from supervised in augmentation and length, and from moco in method.'],
  ]);
  // Neither it, nor those that differ in one thing only, need one.
  expect(describeRowControls(rows(between, moco)).size).toBe(0);
});

it('a row that tells method and data apart is no recipe control', () => {
  const between = ['moco-emoji', { method: 'moco' }] as const;
  const elsewhere = ['moco-scenes', { method: 'moco', data: 'scenes' }] as const;
  expect([...describeRowControls(rows(supervised, between, elsewhere))]).toEqual([
    ['moco-emoji', 'Control: it differs from supervised in method, and from moco-scenes in data.'],
  ]);
});

it('rows of a run carry what its own pretrainings are', () => {
  const whole = comparedRun({ run: 'which-1' });
  const controls = (run: typeof whole) =>
    Object.fromEntries(createRunRows(run).rows.map(({ pretraining, control }) => [pretraining, control]));
  expect(controls(whole)).toEqual({
    random: 'Control of all others: random weights of the same network.',
    supervised: undefined,
    moco: undefined,
  });
  const alone = whole.manifest.stages.filter(({ pretraining }) => pretraining === 'random');
  expect(controls({ ...whole, manifest: { ...whole.manifest, stages: alone } })).toEqual({ random: undefined });
});
