/** The Results view as data: states, figures, best of a column, stale marks, buttons, progress, live curves, in words. */
import { describe, expect, it } from 'vitest';
import { readOutline } from '../../../../../src/host/runs/outline';
import { parseExperiment } from '../../../../../src/shared/experiment/parse';
import type { ResultsCell, ShownResults } from '../../../../../src/shared/protocol/panels/resultsPanel';
import { mean } from '../../../../../src/shared/math/statistics';
import type { TransferResult } from '../../../../../src/shared/results/records';
import { entriesAtLine } from '../../../../../src/shared/views/results/entriesAtLine';
import { shortenMiddle } from '../../../../../src/shared/views/results/resultsGrid';
import { createRunLine, explainButtons, selectButtons } from '../../../../../src/shared/views/run/runLine';
import { advanceProgress, emptyProgress } from '../../../../../src/shared/views/run/runProgress';
import { createResultsModel } from '../../../../../src/shared/views/results/resultsPanel';
import { createRun, fourPretrainings, fourTransfers } from '../../../../support/reportFixture';
import {
  createFullFixture,
  createResultsFixture,
  createResultsInput,
  underWay,
} from '../../../../support/resultsFixture';

function cellOf(model: ShownResults, pretraining: string, transfer: string): ResultsCell {
  return model.rows.find(({ id }) => id === pretraining)!.cells.find((cell) => cell.transfer === transfer)!;
}

describe('cells', () => {
  it('hold the mean over seeds in percent, with its interval', () => {
    const { records } = createRun({ run: 'quickstart-1', layers: ['layer3', 'layer4'] });
    const values = records
      .filter(({ id }) => /^moco\/seed-\d\/probe$/.test(id))
      .map(({ result }) => (result as TransferResult).headline.value);
    const cell = cellOf(createResultsFixture(), 'moco', 'probe');
    expect(values).toHaveLength(3);
    expect(Number(cell.value)).toBeCloseTo(100 * mean(values), 1);
    // Student's t with two degrees of freedom: 4.303.
    const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / 2);
    expect(Number(cell.interval!.slice(2))).toBeCloseTo((100 * 4.303 * sd) / Math.sqrt(3), 1);
    expect(cell).toMatchObject({
      state: 'done',
      opens: 'transfer',
      target: { out: '/w/.transferscope', run: 'quickstart-1' },
    });
    expect(cell.count).toBeUndefined();
  });

  it('mark the highest mean of a column, and nothing where nothing is compared', () => {
    const model = createResultsFixture();
    for (const { id } of model.columns) {
      const column = model.rows.map((row) => cellOf(model, row.id, id));
      const best = Math.max(...column.map(({ value }) => Number(value)));
      expect(column.filter(({ isBest }) => isBest).map(({ value }) => Number(value))).toEqual([best]);
    }
    const alone = createResultsFixture({ pretrainings: fourPretrainings.slice(1, 2) });
    expect(alone.rows[0]!.cells.map(({ isBest }) => isBest)).toEqual([false, false, false, false]);
  });

  it('leave stale figures out of the comparison, unless all are stale', () => {
    const part = createResultsFixture({ changed: ['supervised'] });
    expect(cellOf(part, 'supervised', 'probe')).toMatchObject({ isStale: true, isBest: false });
    expect(part.rows.flatMap(({ cells }) => cells).filter(({ isBest }) => isBest)).toHaveLength(4);
    expect(cellOf(part, 'supervised', 'probe').title).toContain(
      'stale: the file has changed since; run again to renew',
    );
    expect(part.stale).toBe('4 results are stale: the file has changed since. Run to renew them.');
    const all = createResultsFixture({ changed: ['probe'] });
    expect(cellOf(all, 'supervised', 'probe')).toMatchObject({ isStale: true, isBest: true });
  });

  it('tell what goes on, in part and in words', () => {
    const model = createResultsFixture({ state: 'running', statuses: underWay });
    expect(cellOf(model, 'random', 'probe').state).toBe('reused');
    // Two of three seeds are done; how far the third is, the status file does not say.
    const running = cellOf(model, 'supervised', 'same-emoji');
    expect(running).toMatchObject({ state: 'running', count: 'n = 2', opens: 'transfer' });
    expect(running.fraction).toBeCloseTo((1 + 1) / 3, 10);
    expect(running.title).toMatch(/2 seeds.*running, 66 % done/);
    expect(cellOf(model, 'moco', 'probe')).toMatchObject({ state: 'skipped', opens: 'log' });
    expect(cellOf(model, 'moco', 'probe').title).toContain('moco/seed-1 failed');
    expect(cellOf(model, 'exemplar', 'probe')).toMatchObject({ state: 'waiting', opens: 'nothing' });
    const moco = model.rows.find(({ id }) => id === 'moco')!;
    expect(moco.state).toBe('running');
    expect(
      createResultsFixture({ state: 'failed', statuses: underWay }).rows.find(({ id }) => id === 'moco'),
    ).toMatchObject({
      state: 'failed',
      title: 'moco: failed\nthe loss became NaN at step 340; lower learningRate (0.6)',
    });
  });

  it('keep apart what is not planned from what was not run', () => {
    const input = createResultsInput();
    const transfers = input.outline.transfers.map((transfer, i) =>
      i === 0 ? { ...transfer, of: ['moco'] } : transfer,
    );
    const extra = { id: 'later', written: 'later', line: 60, of: ['moco'] };
    const model = createResultsModel({ ...input, outline: { ...input.outline, transfers: [...transfers, extra] } });
    expect(cellOf(model, 'random', 'probe')).toMatchObject({ state: 'apart', opens: 'nothing' });
    expect(cellOf(model, 'moco', 'later')).toMatchObject({ state: 'none', opens: 'nothing' });
    expect(cellOf(model, 'moco', 'later').title).toBe('moco, later: not run');
  });

  it('are found for twelve pretrainings, eight transfers and thirty seeds in reasonable time', () => {
    const spec = createFullFixture();
    expect(spec.rows).toHaveLength(12);
    expect(spec.rows.every(({ cells }) => cells.length === 8 && cells.every(({ value }) => value !== undefined))).toBe(
      true,
    );
    expect(spec.columns[1]!.short.length).toBeLessThanOrEqual(28);
    expect(spec.columns[1]!.title).toContain('neighbours-with-a-name-that-somebody-thought-was-clear-1');
  });
});

it('findings speak of the figures in the grid', () => {
  const model = createResultsFixture();
  expect(model.findings.map(({ transfer }) => transfer)).toEqual(fourTransfers.map(({ id }) => id));
  const { value, interval } = cellOf(model, 'supervised', 'probe');
  expect(model.findings[0]!.sentence).toContain(`supervised is best at layer4, ${value} ${interval} %`);
});

it('shortens names in the middle, because families differ at their ends', () => {
  expect(shortenMiddle('short', 5)).toBe('short');
  expect(shortenMiddle('exemplar-take-07', 9)).toBe('exem…e-07');
});

describe('the head', () => {
  const line = (spec: Parameters<typeof createResultsInput>[0]) => createResultsFixture(spec).run;

  it('says how the last run stands', () => {
    expect(line({})).toMatchObject({ state: 'done', summary: '72 stages · 5 min ago' });
    expect(line({}).fraction).toBeUndefined();
    const running = line({ state: 'running', statuses: underWay });
    // All 18 stages of random, 17 of supervised; of moco 0.68 of a training, one failure and the 5 that it skips.
    expect(running.fraction).toBeCloseTo((18 + 17 + 0.68 + 1 + 5) / 72, 10);
    expect(line({ state: 'interrupted' }).message).toBe('Its worker is gone; resume to go on where it was.');
  });

  it('says the time that a run of another process tells', () => {
    const input = createResultsInput({ state: 'running', statuses: underWay });
    const told = (secondsLeft?: number) => {
      const last = { ...input.last!, progress: { fraction: 0.5, ...(secondsLeft !== undefined && { secondsLeft }) } };
      return createRunLine({ ...input, last }).left;
    };
    expect(told(74)).toBe('about 1:14 left');
    expect(told()).toBeUndefined();
  });

  it('goes by the worker of this window where there is one', () => {
    const input = createResultsInput({ seeds: [0], state: 'running', statuses: () => ({ state: 'waiting' }) });
    const runtime = { name: 'wasm', available: true, reason: '', device: '', threads: 1, version: '' };
    let progress = emptyProgress(0);
    const planned = {
      type: 'runPlanned',
      run: 'quickstart-1',
      runFolder: '',
      stages: input.last!.stages,
      runtime,
    } as const;
    progress = advanceProgress(progress, planned as unknown as Parameters<typeof advanceProgress>[1], 0);
    for (const [done, at] of [
      [0, 0],
      [300, 30_000],
    ] as const)
      progress = advanceProgress(
        progress,
        { type: 'stageProgressed', id: 'moco/seed-0', done, total: 1200, unit: 'steps' },
        at,
      );
    const model = createResultsModel({ ...input, last: { ...input.last!, live: { progress, isStopping: false } } });
    expect(model.live).toMatchObject([
      { id: 'moco/seed-0', fraction: 0.25, text: '300/1200 steps · 1:30 left', look: 2 },
    ]);
    expect(model.rows[2]).toMatchObject({ id: 'moco', state: 'running', fraction: 0.25 });
    const stopping = createResultsModel({ ...input, last: { ...input.last!, live: { progress, isStopping: true } } });
    expect(stopping.run.state).toBe('stopping');
    expect(stopping.buttons.map(({ label }) => label)).toEqual(['End at Once…']);
  });

  it('tells of a launch that waits or prepares', () => {
    const { last, now } = createResultsInput();
    const pending = (state: 'planned' | 'running' | 'stopping') =>
      createRunLine({ last, pending: { state, run: '' }, now }).state;
    expect([pending('planned'), pending('running'), pending('stopping')]).toEqual(['queued', 'preparing', 'stopping']);
  });
});

describe('buttons', () => {
  const actions = (state: Parameters<typeof selectButtons>[0]['state'], place = {}) =>
    selectButtons({ state, isTrusted: true, isOnDisk: true, ...place }).map(({ action }) => action);

  it.each([
    ['none', ['run']],
    ['done', ['run']],
    ['running', ['stop']],
    ['preparing', ['stop']],
    ['queued', ['stop']],
    ['stopping', ['stop']],
    ['stopped', ['resume', 'run']],
    ['interrupted', ['resume', 'run']],
    ['failed', ['resume', 'run']],
    ['unreadable', ['run']],
  ] as const)('%s: %j', (state, expected) => {
    expect(actions(state)).toEqual(expected);
  });

  it('start nothing where nothing may run, and say why', () => {
    expect(actions('done', { isTrusted: false })).toEqual(['trust']);
    expect(actions('running', { isTrusted: false })).toEqual(['stop', 'trust']);
    expect(actions('done', { isOnDisk: false })).toEqual([]);
    expect(explainButtons({ state: 'done', isTrusted: false, isOnDisk: true })).toMatch(/not trusted/);
    expect(explainButtons({ state: 'done', isTrusted: true, isOnDisk: false })).toMatch(/virtual folder/);
  });
});

describe('live curves', () => {
  const model = createResultsFixture({ state: 'running', statuses: underWay, isTraining: true });

  it('show loss and nearest-neighbour accuracy of what trains', () => {
    expect(model.live.map(({ id }) => id)).toEqual(['moco/seed-0', 'supervised/seed-2/same-emoji']);
    const [loss, accuracy] = model.live[0]!.curves;
    expect(loss).toMatchObject({ metric: 'loss', last: '1.25' });
    expect(accuracy).toMatchObject({ metric: 'knn', last: '41.4 %' });
    expect(loss!.points.at(-1)![0]).toBe(800);
    expect(model.live[1]!.curves).toEqual([]);
  });

  it('are gone when nothing runs', () => {
    expect(createResultsFixture({ state: 'stopped', statuses: underWay, isTraining: true }).live).toEqual([]);
  });
});

it('says when the file has errors and shows what it said before', () => {
  expect(createResultsFixture({ input: { isEarlier: true } }).hint).toMatch(/^The file has errors/);
  expect(createResultsFixture().hint).toBeUndefined();
});

it('counts problems in words', () => {
  const text = (errors: number, warnings: number) =>
    createResultsFixture({ input: { problems: { errors, warnings } } }).problems?.text;
  expect([text(0, 0), text(1, 0), text(2, 1)]).toEqual([undefined, '1 error', '2 errors, 1 warning']);
});

describe('highlight', () => {
  const source = `name: tiny
seeds: [0]
imageSize: 32
backbone: { name: resnet18, width: 16, stem: small }
data:
  emoji: { kind: emoji }
pretrainings:
  - { id: random }

  - id: moco
    method: moco
    data: emoji
    steps: 100
    queue: 512
    matrix: { temperature: [0.1, 0.2] }
transfers:
  - { id: probe, task: linear-probe, data: emoji, layers: all }
`;
  const at = (text: string, line: number): string[] => {
    const parsed = parseExperiment(text, { fileName: 'a', recipes: new Map() });
    return entriesAtLine(parsed, readOutline('/w/a.transfer.yaml', parsed), line);
  };

  it('finds the entries at a line, all of a matrix, and none between them', () => {
    const found = (line: number) => at(source, line);
    expect([found(1), found(8), found(9), found(10), found(15), found(16), found(17)]).toEqual([
      [],
      ['random'],
      [],
      ['moco[0.1]', 'moco[0.2]'],
      ['moco[0.1]', 'moco[0.2]'],
      [],
      ['probe'],
    ]);
  });

  it('finds them in a file with errors, and nothing in nonsense', () => {
    expect(at(source.replace('steps: 100', 'steps: -1'), 10)).toEqual(['moco']);
    expect(at('pretrainings: 3\n', 1)).toEqual([]);
    expect(at('', 1)).toEqual([]);
    expect(at('- a\n', 1)).toEqual([]);
  });

  it('follows the cursor, else what the panels share', () => {
    const highlight = (input: object) => createResultsFixture({ input }).highlight;
    expect(highlight({ selection: { pretraining: 'moco', transfer: 'probe' } })).toEqual({
      pretrainings: ['moco'],
      transfers: ['probe'],
    });
    expect(highlight({ selection: { pretraining: 'moco' }, cursor: ['probe'] })).toEqual({
      pretrainings: [],
      transfers: ['probe'],
    });
    expect(highlight({ selection: { pretraining: 'gone' } })).toEqual({ pretrainings: [], transfers: [] });
  });
});
