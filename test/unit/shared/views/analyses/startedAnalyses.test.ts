import { describe, expect, it } from 'vitest';
import type { PlannedStage, StageState } from '../../../../../src/shared/results/runManifest';
import { createStarted, type AnalysisLaunch } from '../../../../../src/shared/views/analyses/startedAnalyses';
import type { RunView } from '../../../../../src/shared/views/results/runTree';

const counts = { waiting: 0, running: 0, done: 0, reused: 0, failed: 0, skipped: 0 };

function view(
  state: RunView['state'],
  states: Readonly<Record<string, StageState>>,
  more: Partial<RunView> = {},
): RunView {
  const stages = Object.keys(states).map((id): PlannedStage => ({
    id,
    key: id,
    kind: 'analysis',
    label: id,
    pretraining: id,
    analysis: 'b',
    seed: 0,
  }));
  const statuses = Object.fromEntries(Object.entries(states).map(([id, one]) => [id, { state: one }]));
  const run = { out: '/o', run: 'why-2', state, file: '/a', problems: [], counts, total: stages.length };
  return { ...run, stages, statuses, ...more };
}
const launch = (id: number, state: AnalysisLaunch['state'], failure?: string): AnalysisLaunch => ({
  ...{ id, analyses: ['inversion-2'], state },
  ...(failure !== undefined && { failure }),
});

describe('analyses that were started', () => {
  it('are told as far as they are, by another process as well', () => {
    const progress = { fraction: 0.5, stage: 'random', done: 1, total: 4, unit: 'images', secondsLeft: 61 };
    const going = view('running', { moco: 'done', random: 'running' }, { progress });
    expect(createStarted([{ view: going, analyses: ['inversion-2'] }], [])).toEqual([
      {
        ...{ id: 'run:why-2', title: 'inversion-2', state: 'running', fraction: 0.625 },
        ...{ text: 'random · about 1:01 left', run: { out: '/o', run: 'why-2' } },
      },
    ]);
  });

  it('are told once: as a launch until there is a run', () => {
    const going = { view: view('running', { moco: 'running' }), analyses: ['inversion-2'], launch: 3 };
    const [first, second, ...rest] = createStarted([going], [launch(3, 'running'), launch(4, 'planned')]);
    expect([first!.id, second!.id, rest]).toEqual(['launch:3', 'launch:4', []]);
    expect(second).toMatchObject({ state: 'waiting', text: 'waits for its turn' });
    expect(createStarted([], [launch(3, 'running')])[0]).toMatchObject({ id: 'launch:3', text: 'preparing …' });
  });

  it('are gone when they are done, and stay when they have failed', () => {
    const done = { view: view('done', { moco: 'done' }), analyses: ['inversion-2'] };
    const found = createStarted([done], [launch(1, 'failed', 'moco has no layer9')]);
    expect(found).toEqual([{ id: 'launch:1', title: 'inversion-2', state: 'failed', text: 'moco has no layer9' }]);
  });
});
