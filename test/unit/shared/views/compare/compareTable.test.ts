/** The Compare panel's table: rows and columns of real runs, filters, sorting, groups, and honest differences. */
import { describe, expect, it } from 'vitest';
import { holmAdjusted } from '../../../../../src/shared/math/manyComparisons';
import { pairedDifference } from '../../../../../src/shared/math/statistics';
import type { AnalysisResult, StageRecord } from '../../../../../src/shared/results/records';
import {
  defaultCompareView,
  type CompareModel,
  type CompareView,
} from '../../../../../src/shared/protocol/panels/comparePanel';
import {
  renderCompareCsv,
  renderCompareLatex,
  renderCompareMarkdown,
} from '../../../../../src/shared/views/compare/compareFiles';
import { applyMark, noMarks, type CompareMarks } from '../../../../../src/shared/views/compare/compareMarks';
import { createCompareTables, describeComparison } from '../../../../../src/shared/views/compare/compareTable';
import { createPlotView, createParallelView } from '../../../../../src/shared/views/compare/compareCharts';
import { createImportedRun } from '../../../../../src/shared/exchange/importedRun';
import { createRunRows, joinRunRows } from '../../../../../src/shared/views/compare/compareModel';
import { createRecord, planStage } from '../../../../support/reportFixture';
import { comparedRun, compareModel, manyRuns, twoRuns } from '../../../../support/compareFixture';

const idOf = (run: string, pretraining: string, transfer: string): string =>
  `/w/.transferscope\n${run}/${pretraining}/${transfer}`;
const baseline = idOf('which-1', 'random', 'probe');

function tableOf(view: Partial<CompareView> = {}, marks: Partial<CompareMarks> = {}, specs = twoRuns) {
  const model: CompareModel = compareModel(specs, { marks: { ...noMarks, ...marks } });
  const table = createCompareTables(model)({ ...defaultCompareView, ...view });
  const row = (run: string, pretraining: string, transfer: string): number =>
    model.rows.findIndex(({ id }) => id === idOf(run, pretraining, transfer));
  const keys = table.lines.map((line) =>
    line.kind === 'group' ? `# ${line.label} ${line.count}` : line.key.split('\n').slice(1).join(' '),
  );
  return { model, table, row, keys };
}

describe('rows of runs', () => {
  it('are one for each pretraining and transfer, with the values of all seeds', () => {
    const { model, row } = tableOf();
    expect(model.rows).toHaveLength(12);
    const own = model.rows[row('which-1', 'moco', 'probe')]!;
    expect(own).toMatchObject({ run: 'which-1', pretraining: 'moco', measure: 'probe', task: 'linear-probe', look: 2 });
    expect(own.seeds).toEqual([0, 1, 2]);
    expect(own.values.accuracy).toHaveLength(3);
    expect(own.headline).toBe('accuracy');
  });

  it('have columns for settings with their effective values only', () => {
    const { model, table, row } = tableOf();
    const l2 = table.offered.find(({ id }) => id === 'transfer.l2')!;
    expect(l2.number(row('which-1', 'moco', 'probe'))).toBe(0.001);
    expect(l2.number(row('which-2', 'moco', 'probe'))).toBe(0.01);
    expect(l2.text(row('which-1', 'moco', 'neighbours'))).toBe('');
    expect(model.parameters.map(({ id }) => id)).not.toContain('transfer.id');
    const data = table.offered.find(({ id }) => id === 'data.kind')!;
    expect(data.text(row('which-1', 'moco', 'probe'))).toBe('emoji');
  });

  it('have what detectors do wrong, and their own times', () => {
    const run = comparedRun({ run: 'which-1' });
    const stage = planStage({ kind: 'analysis', pretraining: 'moco', analysis: 'detection-errors', seed: 0 });
    const result = {
      ...{ kind: 'analysis', analysis: 'detection-errors', images: 8, layers: [], notes: [] },
      errors: { tide: { ap: 0.5, loc: 0.2 }, hoiem: { bg: 0.1 } },
    } as unknown as AnalysisResult;
    const records = new Map([...run.records, [stage.key, createRecord({ stage, result })] as const]);
    const manifest = { ...run.manifest, stages: [...run.manifest.stages, stage] };
    const { rows, metrics } = createRunRows({ ...run, manifest, records });
    const own = rows.find(({ kind }) => kind === 'analysis')!;
    expect(own).toMatchObject({ task: 'detection-errors', headline: 'detection-errors.tide.ap' });
    expect(own.values['detection-errors.tide.loc']).toEqual([0.2]);
    expect(own.values['cost.analysis.seconds']).toEqual([0.4]);
    const named = [
      'detection-errors.tide.ap',
      'detection-errors.tide.loc',
      'detection-errors.hoiem.bg',
      'cost.analysis.seconds',
    ];
    expect(named.map((id) => metrics.get(id)?.name)).toEqual([
      ...['AP', 'AP gained, badly placed', 'Hoiem, nothing there', 'time of the analysis'],
    ]);
  });

  it('leave out the time of a snapshot, which is the copying', () => {
    const run = comparedRun({ run: 'which-1' });
    const copied = [...run.records].map(([key, record]): [string, StageRecord] => {
      const { result } = record;
      if (result.kind !== 'pretraining' || result.steps === 0) return [key, record];
      return [key, { ...record, result: { ...result, takenOf: { key: 'whole', total: 100 } } }];
    });
    expect(createRunRows(run).metrics.has('cost.pretraining.seconds')).toBe(true);
    expect(createRunRows({ ...run, records: new Map(copied) }).metrics.has('cost.pretraining.seconds')).toBe(false);
  });

  it('have what their stages cost in columns of their own, energy where the load of the run tells', () => {
    const run = comparedRun({ run: 'which-1' });
    const at = (second: number): string => new Date(Date.UTC(2026, 0, 1) + 1000 * second).toISOString();
    const backbone = { name: 'resnet18', width: 64, stem: 'imagenet', dilate: [false, false, false] };
    const records = [...run.records].map(([key, record]): [string, StageRecord] => {
      const [start, end] = record.kind === 'pretraining' ? [100 * record.seed, 100 * record.seed + 60] : [900, 902];
      const made = { ...record.made, startedAt: at(start), finishedAt: at(end), seconds: end - start };
      return [key, { ...record, made, settings: { backbone, pretraining: { imageSize: 224 } } }];
    });
    // 5 W of the processors, 200 W of the graphics processor.
    const load = Array.from({ length: 100 }, (_, i) => ({
      ...{ at: at(10 * i), cores: 1, rss: 1000 + i, heap: 1, free: 1 },
      ...{ joules: 50 * i, gpuJoules: 2000 * i },
    }));
    const { rows, metrics } = createRunRows({ ...run, records: new Map(records), load });
    const { values } = rows.find(({ pretraining, measure }) => pretraining === 'moco' && measure === 'probe')!;
    const { parameters } = records.flatMap(([, { result }]) => (result.kind === 'pretraining' ? [result] : []))[0]!;
    expect(values).toMatchObject({
      'cost.parameters': [parameters, parameters, parameters],
      // PyTorch's count (test/golden/make/resnet.py).
      'cost.multiplyAdds': [1_813_561_344, 1_813_561_344, 1_813_561_344],
      'cost.pretraining.seconds': [60, 60, 60],
      'cost.perStep': [1, 1, 1],
      'cost.pretraining.joules': [300, 300, 300],
      'cost.pretraining.gpuJoules': [12_000, 12_000, 12_000],
      'cost.pretraining.bytes': [1006, 1016, 1026],
      'cost.measure.joules': [10, 10, 10],
    });
    expect([...createRunRows(run).metrics.keys()].filter((id) => /oules|bytes/.test(id))).toEqual([]);
    expect(metrics.get('cost.measure.joules')?.name).toBe('energy of the transfer');
    const model = { ...joinRunRows([createRunRows({ ...run, records: new Map(records), load })]), marks: noMarks };
    const table = createCompareTables({ ...model, runs: 1, problems: [] })(defaultCompareView);
    const costs = table.offered.filter(({ group }) => group === 'Costs');
    expect(table.columns.filter(({ group }) => group === 'Costs')).toEqual([]);
    const place = rows.findIndex(({ pretraining }) => pretraining === 'moco');
    const text = (id: string): string | undefined => costs.find((column) => column.id === id)?.text(place);
    expect(text('cost.pretraining.gpuJoules')).toBe('3.3 Wh');
    expect(text('cost.pretraining.joules')).toBe('300 J');
    expect(text('cost.multiplyAdds')).toBe('1.8 billion');
  });

  it('are marked where results were made elsewhere', () => {
    const { model } = tableOf({}, {}, [{ run: 'which-1', isImported: true }]);
    expect(model.rows.every(({ isImported }) => isImported)).toBe(true);
  });
});

describe('filter, order and groups', () => {
  it.each([
    ['moco', 4],
    ['moco probe', 2],
    ['-moco', 8],
    ['task = knn', 6],
    ['task != knn', 6],
    ['transfer.k >= 5', 6],
    ['imageSize=64', 3],
    ['score > 0', 12],
    ['accuracy > 100', 0],
    ['"which-2" pretraining = random', 2],
    ['run ~ -2', 6],
  ])('%s', (query, count) => {
    expect(tableOf({ query }).table.shown).toHaveLength(count);
  });

  it('compares percentages as they are written', () => {
    const { table, model } = tableOf({ query: 'accuracy > 20' });
    const mean = (row: number): number =>
      model.rows[row]!.values.accuracy!.reduce<number>((sum, value) => sum + value!, 0) / 3;
    expect(table.shown).toEqual(model.rows.flatMap((_, row) => (mean(row) > 0.2 ? [row] : [])));
  });

  it('says what it cannot understand, and lets everything through', () => {
    const { table } = tableOf({ query: 'colour = red' });
    expect(table.problems).toEqual(['no column is called “colour”; the column chooser lists all of them']);
    expect(table.shown).toHaveLength(12);
    expect(tableOf({ query: 'score > high' }).table.problems[0]).toContain('“high” is no number');
    expect(tableOf({ query: 'x = "' }).table.problems).toHaveLength(1);
  });

  it('sorts by several columns, rows without a value last in either direction', () => {
    const sort = [
      { column: 'transfer.l2', isDescending: true },
      { column: 'score', isDescending: false },
    ];
    const { table, model } = tableOf({ sort });
    const order = table.lines.map((line) => model.rows[(line as { row: number }).row]!);
    expect(order.map(({ run, measure }) => `${run} ${measure}`).slice(0, 7)).toEqual([
      ...Array<string>(3).fill('which-2 probe'),
      ...Array<string>(3).fill('which-1 probe'),
      expect.stringContaining('neighbours') as string,
    ]);
    expect(order[0]!.pretraining).toBe('random');
  });

  it('groups, folds, opens seeds, pins and hides', () => {
    const star = idOf('which-1', 'moco', 'probe');
    const pin = idOf('which-2', 'moco', 'neighbours');
    const hidden = idOf('which-1', 'random', 'neighbours');
    const marks = { rows: { [star]: { star: true }, [pin]: { pin: true }, [hidden]: { hidden: true } } } as const;
    const view = { group: 'transfer', folded: ['transfer\nneighbours'], expanded: [star] } as const;
    const { keys, table } = tableOf(view, marks);
    expect(keys.slice(0, 3)).toEqual(['# probe 6', 'which-1/random/probe', 'which-1/supervised/probe']);
    expect(keys.slice(3, 7)).toEqual(['which-1/moco/probe', ...[0, 1, 2].map((seed) => `which-1/moco/probe ${seed}`)]);
    expect(keys.at(-1)).toBe('# neighbours 4');
    expect(table.pinned.map(({ key }) => key)).toEqual([pin]);
    expect(table.hidden).toBe(1);
    expect(tableOf({ onlyStarred: true }, marks).table.shown).toHaveLength(1);
    expect(tableOf({ showHidden: true }, marks).table.shown).toHaveLength(12);
  });

  it('shows only what differs', () => {
    const { table } = tableOf({ onlyDiffering: true, query: 'probe -neighbours -random' });
    const ids = table.columns.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['run', 'transfer.l2', 'transfer.imageSize', 'pretraining.method']));
    expect(ids).not.toContain('measure');
    expect(ids).not.toContain('backbone.name');
  });
});

describe('differences to the baseline', () => {
  it('are paired over seeds and corrected for all comparable rows, whatever is filtered', () => {
    const { table, model, row } = tableOf({ query: 'moco' }, { baseline });
    const comparable = [row('which-1', 'supervised', 'probe'), row('which-1', 'moco', 'probe')];
    const values = (place: number): number[] => model.rows[place]!.values.accuracy!.map((value) => value!);
    const expected = comparable.map((place) =>
      pairedDifference(values(place), values(row('which-1', 'random', 'probe'))),
    );
    const adjusted = holmAdjusted(expected.map(({ pValue }) => pValue!));
    comparable.forEach((place, i) => {
      expect(table.comparisons![place]!.unfair).toEqual([]);
      expect(table.comparisons![place]!.difference).toEqual({ ...expected[i], adjustedP: adjusted[i] });
    });
    expect(table.comparisons!.filter(({ difference }) => difference)).toHaveLength(2);
  });

  it('are not made of unfair comparisons, which say why', () => {
    const { table, row } = tableOf({}, { baseline });
    const other = row('which-2', 'moco', 'probe');
    expect(table.comparisons![other]).toEqual({
      unfair: [
        { field: 'transfer.imageSize', topic: 'image size', own: 64, other: 32 },
        { field: 'transfer.l2', topic: 'setting', own: 0.01, other: 0.001 },
      ],
    });
    expect(describeComparison(table, other)).toBe(
      'Not comparable with random · probe: image size: imageSize 64, not 32; setting: l2 0.01, not 0.001.',
    );
    const difference = table.offered.find(({ id }) => id === 'difference')!;
    expect(difference.text(other)).toBe('not comparable (image size)');
    expect(tableOf({ onlyFair: true }, { baseline }).table.shown).toHaveLength(3);
  });

  it('are made all the same where the user says so, for a pair or for fields', () => {
    const other = idOf('which-2', 'moco', 'probe');
    const pair = tableOf({}, { baseline, same: { fields: [], pairs: [[baseline, other]] } });
    expect(pair.table.comparisons![pair.row('which-2', 'moco', 'probe')]!.difference?.n).toBe(3);
    expect(pair.table.comparisons![pair.row('which-2', 'random', 'probe')]!.unfair).toHaveLength(2);
    const fields = tableOf({}, { baseline, same: { fields: ['image size', 'transfer.l2'], pairs: [] } });
    expect(fields.table.comparisons![fields.row('which-2', 'random', 'probe')]!.unfair).toEqual([]);
  });

  it('are judged against the selected row where there is no baseline, without differences', () => {
    const { table, row } = tableOf({ current: baseline });
    expect(table.baseline).toBeUndefined();
    expect(table.comparisons![row('which-2', 'moco', 'probe')]!.unfair).toHaveLength(2);
    expect(table.comparisons!.some(({ difference }) => difference)).toBe(false);
  });

  it('are not tested where results were made elsewhere, and judged by what those say', () => {
    const specs = [twoRuns[0]!, { ...twoRuns[1]!, isImported: true }];
    const { table, model, row } = tableOf({}, { baseline }, specs);
    const place = row('which-2', 'moco', 'probe');
    expect(table.comparisons![place]!.unfair).toHaveLength(2);
    const said = tableOf({}, { baseline, same: { fields: ['image size', 'transfer.l2'], pairs: [] } }, specs);
    const comparison = said.table.comparisons![place]!;
    expect(comparison.difference).toBeUndefined();
    const mean = (at: number): number =>
      model.rows[at]!.values.accuracy!.reduce<number>((sum, value) => sum + value!, 0) / 3;
    expect(comparison.untested).toBeCloseTo(mean(place) - mean(row('which-1', 'random', 'probe')), 12);
    expect(describeComparison(said.table, place)).toBe(
      'Made elsewhere, so its difference to random · probe is not tested.',
    );
  });

  it('stand beside imported results as `transferscope import` leaves them', () => {
    const results = {
      source: 'a paper',
      results: [
        {
          pretraining: 'moco',
          transfer: 'probe',
          metric: 'accuracy',
          values: [0.4],
          seeds: [0],
          settings: { steps: 5 },
        },
      ],
    };
    const place = {
      run: 'paper-1',
      name: 'paper',
      file: '/w/paper.json',
      baseDir: '/w',
      version: '1',
      now: '2026-01-01',
    };
    const { manifest, records } = createImportedRun(results, place);
    const byKey = new Map(records.map((record) => [record.key, record]));
    const own = {
      out: '/w/.transferscope',
      run: 'paper-1',
      state: 'done',
      manifest,
      experiment: undefined,
      records: byKey,
    };
    const joined = joinRunRows([createRunRows(comparedRun({ run: 'which-1' })), createRunRows(own)]);
    const model = { ...joined, marks: { ...noMarks, baseline }, runs: 2, problems: [] };
    const table = createCompareTables(model)(defaultCompareView);
    const row = model.rows.findIndex(({ isImported }) => isImported);
    expect(model.rows[row]).toMatchObject({ run: 'paper-1', pretraining: 'moco', measure: 'probe', seeds: [0] });
    expect(table.comparisons![row]!.unfair).toEqual([]);
    expect(table.offered.find(({ id }) => id === 'difference')!.text(row)).toMatch(/^\+\d+\.\d, not tested$/);
    expect(table.offered.find(({ id }) => id === 'transfer.steps')!.text(row)).toBe('5');
  });

  it('say plainly when there are not enough runs', () => {
    const one = [{ run: 'which-1', seeds: [0] }];
    const { table, row } = tableOf({}, { baseline }, one);
    const place = row('which-1', 'moco', 'probe');
    expect(table.comparisons![place]!.verdict).toBe('unclear');
    expect(describeComparison(table, place)).toBe(
      'Not enough runs to tell it from random · probe (over 1 shared seed, corrected for all comparable rows).',
    );
    const others = [
      { run: 'which-1', seeds: [0, 1] },
      { run: 'which-2', seeds: [2, 3] },
    ];
    const apart = tableOf({}, { baseline }, others);
    expect(describeComparison(apart.table, apart.row('which-2', 'moco', 'probe'))).toBe(
      'No seed in common with random · probe, so there is no paired difference.',
    );
  });
});

describe('files', () => {
  it('hold each seed as CSV with the reason why a row is grey', () => {
    const { model, table } = tableOf({}, { baseline });
    const lines = renderCompareCsv(model, table, 'score').trimEnd().split('\r\n');
    expect(lines[0]).toBe(
      'name,run,pretraining,transfer,task,origin,seed,metric,value,score,to baseline,seeds,not comparable because',
    );
    expect(lines).toHaveLength(1 + 12 * 3);
    const own = model.rows.find(({ id }) => id === baseline)!;
    expect(lines[1]).toContain(
      `random · probe,which-1,random,probe,linear-probe,run here,0,top-1 accuracy,${own.values.accuracy![0]}`,
    );
    expect(lines.some((line) => line.endsWith('"image size: imageSize 64, not 32; setting: l2 0.01, not 0.001"'))).toBe(
      true,
    );
  });

  it('are tables for papers, grey rows explained below', () => {
    const { model, table } = tableOf({ query: 'probe moco' }, { baseline });
    const markdown = renderCompareMarkdown(model, table);
    expect(markdown.split('\n')[0]).toBe('|  | score | to baseline | run | pretraining | transfer | seeds |');
    expect(markdown.split('\n')[1]).toBe('| --- | ---: | ---: | --- | --- | --- | ---: |');
    expect(markdown).toContain('- Score: top-1 accuracy.');
    expect(markdown).toContain('moco · probe is not comparable with random · probe: image size');
    const latex = renderCompareLatex(model, table);
    expect(latex).toContain('\\toprule');
    expect(latex).toContain('\\begin{tabular}{lrrlllr}');
    expect(latex).toContain('over seeds. Score: top-1 accuracy.');
    expect(latex).toMatch(
      /moco · probe & \$[\d.]+ \\pm [\d.]+\$ & \$\\uparrow\$ \$\+[\d.]+ \\pm [\d.]+\$ & which-1 & moco & probe & \$3\$/,
    );
  });
});

describe('charts', () => {
  it('have axes of what varies, and a line for each row', () => {
    const { model, table } = tableOf();
    const input = { model, table, inside: new Set([0]), metric: 'score', current: undefined };
    const { axes, lines } = createParallelView(input);
    expect(axes.map(({ id }) => id)).toEqual(expect.arrayContaining(['pretraining', 'measure']));
    expect(axes.at(-1)!.id).toBe('score');
    expect(lines).toHaveLength(12);
    expect(lines.filter(({ isIn }) => isIn)).toHaveLength(1);
    const plot = createPlotView(input, 'transfer.l2')!;
    expect(plot.x.domain).toEqual([0.001, 0.01]);
    expect(plot.points).toHaveLength(6);
    expect(plot.points.every(({ y, halfWidth }) => y > 1 && halfWidth! > 0)).toBe(true);
  });
});

describe('a thousand rows', () => {
  it('make a table with settings as few different values', () => {
    const { model, table } = tableOf({ sort: [{ column: 'score', isDescending: true }] }, { baseline }, manyRuns(1000));
    expect(model.rows.length).toBeGreaterThanOrEqual(1000);
    expect(table.lines.length + table.pinned.length).toBe(model.rows.length);
    expect(model.parameters.find(({ id }) => id === 'transfer.l2')!.values.length).toBeLessThan(8);
  });
});

describe('marks', () => {
  it('change by what was changed', () => {
    const starred = applyMark(noMarks, { type: 'row', row: 'a/b/c', set: { star: true, tags: ['x'] } });
    expect(starred.rows).toEqual({ 'a/b/c': { star: true, tags: ['x'] } });
    const both = applyMark(starred, { type: 'row', row: 'a/b/c', set: { star: null, note: 'why' } });
    expect(both.rows).toEqual({ 'a/b/c': { tags: ['x'], note: 'why' } });
    expect(applyMark(both, { type: 'row', row: 'a/b/c', set: { tags: [], note: '' } }).rows).toEqual({});
    const same = applyMark(noMarks, { type: 'samePair', pair: ['b', 'a'], isSame: true });
    expect(same.same.pairs).toEqual([['a', 'b']]);
    expect(applyMark(same, { type: 'samePair', pair: ['a', 'b'], isSame: false })).toEqual(noMarks);
    expect(applyMark(applyMark(noMarks, { type: 'baseline', row: 'a' }), { type: 'baseline', row: undefined })).toEqual(
      noMarks,
    );
  });
});
