import { expect, it } from 'vitest';
import { describePlanNews } from '../../../../src/host/runs/planNews';
import { firstLineOf, lastLinesOf } from '../../../../src/host/runs/windowMessage';
import { plannedStage } from '../../../support/runFolders';

const ids = ['random/seed-0', 'moco/seed-0', 'random/seed-0/probe', 'moco/seed-0/probe', 'moco/seed-0/knn'];
const stages = ids.map((id) => plannedStage(id));
const news = (...there: string[]) => describePlanNews('tiny-2', stages, ({ id }) => there.includes(id));

it('says what is computed when some of it is there', () => {
  expect(news(...ids.slice(0, 4))).toBe(
    'tiny-2: 1 of 5 stages is computed (moco/seed-0/knn); the others are there already.',
  );
  expect(news('random/seed-0', 'moco/seed-0', 'random/seed-0/probe')).toBe(
    'tiny-2: 2 of 5 stages are computed (moco/seed-0/probe, moco/seed-0/knn); the others are there already.',
  );
});

it('is silent when there is nothing to tell apart', () => {
  expect([news(), news(...ids)]).toEqual([undefined, undefined]);
});

it('keeps the sentence of a death and its last lines apart', () => {
  const message = 'the worker process died (exit code 70); last lines:\n  Error: the disk caught fire\n  bye\n';
  expect(firstLineOf(message)).toBe('the worker process died (exit code 70)');
  expect(lastLinesOf(message)).toEqual(['Error: the disk caught fire', 'bye']);
  expect(lastLinesOf('it left no message')).toEqual([]);
});
