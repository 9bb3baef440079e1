/** What trackers are told: the errors of a detector, and no setting that nothing reads. */
import { expect, it } from 'vitest';
import { createTrackedStudy } from '../../../../src/shared/exchange/trackedRuns';
import type { ErrorDiagnosis } from '../../../../src/shared/results/errorDiagnosis';
import type { AnalysisResult } from '../../../../src/shared/results/records';
import { createRun, fourPretrainings, fourTransfers } from '../../../support/reportFixture';

const interval = { difference: -0.02, low: -0.1, high: 0.1 };
const parts = ['ap', 'cls', 'loc', 'both', 'dupe', 'bkg', 'miss', 'falsePositive', 'falseNegative'];
const errors = {
  ...{ transfer: 'probe', iouType: 'bbox', foreground: 0.5, background: 0.1, classes: ['cat'] },
  tide: { ap: 0.5, cls: 0.125 },
  counts: { cls: 3, loc: 2, both: 0, dupe: 0, bkg: 1, miss: 4 },
  hoiem: { cor: 0.75 },
  removed: { loc: 0.03 },
  corrected: {},
  growth: [],
  ladders: [{ area: 'small', steps: { c75: 0.25 } }],
  perClass: [{ name: 'cat', objects: 4, hoiem: { cor: 1 }, ladder: {} }],
  pairs: { names: ['cat'], counts: [[1, 0]] },
  difference: {
    ...{ against: 'random', resamples: 10 },
    tide: Object.fromEntries(parts.map((part) => [part, interval])),
    hoiem: { cor: interval },
  },
} as unknown as ErrorDiagnosis;

it('the errors of a detector are numbers of their analysis, and no name is the folder of another', () => {
  const made = createRun({ seeds: [0], pretrainings: [fourPretrainings[3]!], transfers: [fourTransfers[0]!] });
  const id = 'exemplar/seed-0/probe';
  const result: AnalysisResult = {
    ...{ kind: 'analysis', analysis: 'detection-errors', images: 4, layers: [], notes: [] },
    errors,
  };
  const stages = made.manifest.stages.map((stage) => {
    if (stage.id !== id) return stage;
    const { transfer: _none, ...rest } = stage;
    return { ...rest, kind: 'analysis' as const, analysis: 'mistakes' };
  });
  const records = new Map(
    made.records.map((record) => [record.key, record.id === id ? { ...record, result } : record] as const),
  );
  const { runs } = createTrackedStudy({ manifest: { ...made.manifest, stages }, records, curves: new Map() });
  const own = [...runs[0]!.metrics].filter(([name]) => name.startsWith('mistakes/'));
  expect(Object.fromEntries(own)).toMatchObject({
    'mistakes/tide/ap': 0.5,
    'mistakes/tide/cls': 0.125,
    'mistakes/counts/miss': 4,
    'mistakes/hoiem/cor': 0.75,
    'mistakes/removed/loc': 0.03,
    'mistakes/ladder/small/c75': 0.25,
    'mistakes/tide-difference/ap': -0.02,
    'mistakes/hoiem-difference/cor': -0.02,
  });
  expect(own).toHaveLength(2 + 6 + 1 + 1 + 1 + 9 + 1);
  const names = own.map(([name]) => name);
  expect(names.filter((name) => names.some((other) => other.startsWith(`${name}/`)))).toEqual([]);
});

it('settings that a solver, measure or method does not read are not among the parameters', () => {
  const made = createRun({ seeds: [0], pretrainings: [fourPretrainings[3]!], transfers: fourTransfers.slice(0, 2) });
  const paramsOf = (settings: object, more: object = {}): string[] => {
    const records = new Map(
      made.records.map((record) => [
        record.key,
        record.id === 'exemplar/seed-0/probe' ? { ...record, settings, result: { ...record.result, ...more } } : record,
      ]),
    );
    const { runs } = createTrackedStudy({ manifest: made.manifest, records, curves: new Map() });
    return [...runs[0]!.params.keys()].filter((name) => name.startsWith('probe.'));
  };
  const probe = { task: 'linear-probe', layers: ['avgpool'], l2: 0.001, epochs: 100, learningRate: 30, batch: 256 };
  expect(paramsOf({ ...probe, solver: 'lbfgs' })).toEqual(['probe.task', 'probe.layers', 'probe.l2', 'probe.solver']);
  expect(paramsOf({ ...probe, solver: 'sgd' })).toEqual([
    ...['probe.task', 'probe.layers', 'probe.epochs', 'probe.learningRate', 'probe.batch', 'probe.solver'],
  ]);
  const map = { kind: 'embedding', perplexity: 30, minDistance: 0.1, iterations: 500 };
  expect(paramsOf({ ...map, method: 'umap' })).not.toContain('probe.perplexity');
  expect(paramsOf({ ...map, method: 't-sne' })).not.toContain('probe.minDistance');
  expect(paramsOf({ kind: 'cka', between: ['a', 'b'], batch: 64, bandwidth: 1 })).not.toContain('probe.bandwidth');
  // A stranger's settings may have any names and values.
  const imported = { importedFrom: 'results.json' };
  expect(paramsOf({ solver: 'adam', between: 3, l2: 1 }, imported)).toHaveLength(3);
});
