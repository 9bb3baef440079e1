/** How progress looks at three widths, and the arithmetic of rates and time left. */
import { formatDuration } from '../../../src/shared/views/formatNumbers';
import { describe, expect, it } from 'vitest';
import {
  computeVisibleWidth,
  countRows,
  renderFinishedLine,
  renderLiveBlock,
  renderPlainLine,
} from '../../../src/cli/progress/renderProgress';
import {
  advanceProgress,
  emptyProgress,
  selectOverall,
  selectSecondsLeft,
  type RunProgress,
} from '../../../src/shared/views/run/runProgress';
import { computeWidth, toOneLine, truncate } from '../../../src/cli/progress/textWidth';
import { COLOURS, PLAIN } from '../../../src/cli/terminal';
import type { WorkerEvent } from '../../../src/shared/protocol/worker';
import type { StageKind } from '../../../src/shared/results/records';

const runtime = { name: 'wasm', available: true, reason: '', device: 'CPU', threads: 2, version: '4.22.0' };
const stage = (
  id: string,
  kind: StageKind,
  label = id,
): { id: string; key: string; kind: StageKind; label: string; pretraining: string; seed: number } => {
  return { id, key: id, kind, label, pretraining: id, seed: 0 };
};
const stages = [
  stage('moco', 'pretraining', 'moco v2 · seed 0'),
  stage('exemplar', 'pretraining', '模型 exemplar · seed 0'),
  stage('probe', 'transfer'),
];
const planned: WorkerEvent = {
  type: 'runPlanned',
  run: 'q-1',
  runFolder: '/o/runs/q-1',
  stages,
  runtime,
  warnings: [],
};

/** Folds [seconds, event] pairs. */
function after(...timed: readonly [number, WorkerEvent][]): RunProgress {
  return timed.reduce((progress, [at, event]) => advanceProgress(progress, event, 1000 * at), emptyProgress(0));
}

const middle = after(
  [1, planned],
  [1, { type: 'stageChanged', id: 'moco', state: 'running' }],
  [41, { type: 'stageChanged', id: 'moco', state: 'done', seconds: 40, message: 'loss 5.12, rank 31' }],
  [41, { type: 'stageChanged', id: 'exemplar', state: 'running' }],
  [42, { type: 'stageProgressed', id: 'exemplar', done: 100, total: 400, unit: 'steps' }],
  [
    62,
    {
      type: 'stageProgressed',
      id: 'exemplar',
      done: 150,
      total: 400,
      unit: 'steps',
      detail: 'loss 4.87, alignment 0.41',
    },
  ],
);

describe('the live block', () => {
  it.each([40, 80, 120])('at %i columns', (columns) => {
    const lines = renderLiveBlock(middle, { columns, palette: PLAIN, now: 63_000 });
    for (const line of lines) expect(computeWidth(line)).toBeLessThanOrEqual(columns);
    expect(`\n${lines.join('\n')}\n`).toMatchSnapshot();
  });

  it('takes the same room with colours', () => {
    const options = { columns: 60, now: 63_000 };
    const plain = renderLiveBlock(middle, { ...options, palette: PLAIN });
    const coloured = renderLiveBlock(middle, { ...options, palette: COLOURS });
    expect(coloured.join('')).toContain('\x1b[32m');
    expect(coloured.map(computeVisibleWidth)).toEqual(plain.map(computeWidth));
  });

  it.each([1, 2, 5, 12])('does not break at %i columns', (columns) => {
    for (const line of renderLiveBlock(middle, { columns, palette: PLAIN, now: 0 })) {
      expect(computeWidth(line)).toBeLessThanOrEqual(Math.max(columns, 1));
    }
  });

  it('says that it prepares before the plan is known', () => {
    expect(renderLiveBlock(emptyProgress(0), { columns: 80, palette: PLAIN, now: 2400 })).toEqual(['preparing … 0:02']);
  });
});

describe('lines', () => {
  const finishedLine = (event: WorkerEvent, columns = 60): string => {
    const progress = advanceProgress(middle, event, 70_000);
    const changed = progress.stages.get('exemplar');
    return changed ? renderFinishedLine(changed, { columns, palette: PLAIN }) : '';
  };

  it('names a finished stage with time and headline', () => {
    const done = middle.stages.get('moco');
    expect(done && renderFinishedLine(done, { columns: 80, palette: PLAIN })).toBe(
      '✓ moco v2 · seed 0 · 0:40 · loss 5.12, rank 31',
    );
  });

  it('shows the last metrics when there is no headline', () => {
    const progress = advanceProgress(
      middle,
      { type: 'metricsLogged', id: 'moco', step: 9, metrics: { loss: 1.23456789 } },
      0,
    );
    const bare = progress.stages.get('moco');
    expect(bare && renderFinishedLine({ ...bare, message: '' }, { columns: 80, palette: PLAIN })).toMatch(
      /loss 1\.235$/,
    );
  });

  it('shows reused, skipped and failed stages as such, a failure in full and without escapes', () => {
    expect(finishedLine({ type: 'stageChanged', id: 'exemplar', state: 'reused' })).toBe(
      '= 模型 exemplar · seed 0 · reused',
    );
    const skipped = finishedLine({ type: 'stageChanged', id: 'exemplar', state: 'skipped', message: 'x'.repeat(99) });
    expect(computeWidth(skipped)).toBe(60);
    const failed = finishedLine({
      type: 'stageChanged',
      id: 'exemplar',
      state: 'failed',
      message: `bad\x1b[31m\n${'y'.repeat(99)}`,
    });
    expect(failed).toContain(`bad [31m ${'y'.repeat(99)}`);
  });

  it('tells stages, rate and time left in a log', () => {
    const current = middle.stages.get('exemplar');
    expect(current && renderPlainLine(middle, current)).toBe(
      '1/3 模型 exemplar · seed 0: 150/400 steps · 2.5/s · loss 4.87, alignment 0.41, about 1:40 left, of the run 2:20',
    );
  });

  it('formats durations', () => {
    expect([0, 7.4, 59.6, 760, 3723].map(formatDuration)).toEqual(['0:00', '0:07', '1:00', '12:40', '1:02:03']);
  });
});

describe('time left', () => {
  it('is the rest of this stage at its rate plus measured means for the others', () => {
    // 250 steps at 2.5/s; the waiting transfer has no finished one of its kind: the mean of all, 40 s.
    expect(selectSecondsLeft(middle)).toBeCloseTo(100 + 40, 6);
    expect(selectOverall(middle)).toEqual({ finished: 1, total: 3, fraction: (1 + 150 / 400) / 3 });
  });

  it('does not count steps done before a resume into the rate', () => {
    const resumed = after(
      [0, planned],
      [0, { type: 'stageProgressed', id: 'moco', done: 300, total: 400, unit: 'steps' }],
      [10, { type: 'stageProgressed', id: 'moco', done: 310, total: 400, unit: 'steps' }],
    );
    const current = resumed.stages.get('moco');
    expect(current && renderPlainLine(resumed, current)).toContain('1.0/s, about 1:30 left');
  });

  it('measures anew when the unit changes, and is unknown before anything is measured', () => {
    const changed = after(
      [0, planned],
      [0, { type: 'stageProgressed', id: 'moco', done: 0, total: 400, unit: 'images' }],
      [9, { type: 'stageProgressed', id: 'moco', done: 0, total: 5, unit: 'layers' }],
    );
    expect(selectSecondsLeft(changed)).toBeUndefined();
    const one = advanceProgress(changed, { type: 'stageChanged', id: 'moco', state: 'done', seconds: 4 }, 0);
    expect(selectSecondsLeft(one)).toBe(8);
  });

  it('ignores events about stages it does not know', () => {
    expect(advanceProgress(middle, { type: 'stageChanged', id: 'nobody', state: 'done' }, 0)).toBe(middle);
  });
});

describe('width of text', () => {
  it('counts wide characters as two and marks as none', () => {
    expect(['abc', '模型', '🦊', 'e\u0301', '█░'].map(computeWidth)).toEqual([3, 4, 2, 1, 2]);
  });

  it('cuts to the width with an ellipsis', () => {
    expect(truncate('abcdef', 6)).toBe('abcdef');
    expect(truncate('abcdef', 4)).toBe('abc…');
    expect(truncate('模型模型', 4)).toBe('模…');
    expect(truncate('abc', 0)).toBe('');
    expect(toOneLine(' a\n\tb\x1b[0m ')).toBe('a b [0m');
  });

  it('counts the rows that lines take after the terminal got narrower', () => {
    expect(countRows([80, 0, 41], 40)).toBe(2 + 1 + 2);
  });
});
