/**
 * DVC's plain files, in a folder of the run: metrics.json (means over seeds with their half-widths), metrics-by-seed.json, params.yaml (settings of
 * pretrainings, transfers and analyses), a CSV of curves for each trained stage, and a dvc.yaml that names them all and
 * says in its first line whose files these are: others in a repository have the same names.
 */
import { stringify } from 'yaml';
import { csvText } from '../formats/csvText';
import { meanInterval } from '../math/statistics';
import type { ExportFile } from './exportFiles';
import { fileName } from './safeNames';
import { ownSettings, PRETRAINING, type TrackedCurve, type TrackedRun, type TrackedStudy } from './trackedRuns';

export function dvcFiles({ manifest, runs }: TrackedStudy): ExportFile[] {
  const mark = `# Written by transferscope export: ${JSON.stringify([manifest.run, manifest.createdAt])}`;
  const curves = runs.flatMap(curveFiles);
  const pipeline = {
    metrics: ['metrics.json', 'metrics-by-seed.json'],
    params: ['params.yaml'],
    ...(curves.length > 0 && { plots: plotsOf(curves) }),
  };
  const files: ExportFile[] = [
    // First, so that an export that was cut short is known again.
    { path: 'dvc.yaml', content: `${mark}\n${stringify(pipeline)}`, mark },
    { path: 'metrics.json', content: json(means(runs)) },
    { path: 'metrics-by-seed.json', content: json(bySeed(runs)) },
    { path: 'params.yaml', content: stringify(settingsOf(runs)) },
    ...curves.map(({ path, curves: own }) => ({ path, content: curveCsv(own) })),
  ];
  return files.map((file) => ({ ...file, path: `${fileName(manifest.run)}/${file.path}` }));
}

type Numbers = Record<string, Record<string, unknown>>;

/** pretraining → metric → mean and, of several seeds, half the width of its 95 % interval. */
function means(runs: readonly TrackedRun[]): Numbers {
  const all: Numbers = {};
  for (const pretraining of new Set(runs.map((run) => run.pretraining))) {
    const own = runs.filter((run) => run.pretraining === pretraining);
    const names = new Set(own.flatMap(({ metrics }) => [...metrics.keys()]));
    all[pretraining] = Object.fromEntries(
      [...names].map((name) => {
        const values = own.flatMap(({ metrics }) => metrics.get(name) ?? []);
        const { n, mean, halfWidth } = meanInterval(values);
        return [name, { mean, ...(halfWidth !== undefined && { halfWidth95: halfWidth }), n }];
      }),
    );
  }
  return all;
}

function bySeed(runs: readonly TrackedRun[]): Numbers {
  const all: Numbers = {};
  for (const { pretraining, seed, metrics } of runs) {
    (all[pretraining] ??= {})[`seed-${seed}`] = Object.fromEntries(metrics);
  }
  return all;
}

/** Of each pretraining, transfer and analysis once: seeds share their settings. */
function settingsOf(runs: readonly TrackedRun[]): Record<string, Record<string, unknown>> {
  const pretrainings: Record<string, unknown> = {};
  const others: Record<string, unknown> = {};
  for (const { pretraining, stages } of runs) {
    for (const { scope, record } of stages) {
      if (scope === PRETRAINING) pretrainings[pretraining] ??= record.settings;
      else others[scope] ??= ownSettings(record);
    }
  }
  return { pretrainings, ...(Object.keys(others).length > 0 && { transfers: others }) };
}

interface CurveFile {
  readonly path: string;
  readonly scope: string;
  readonly curves: readonly TrackedCurve[];
}

function curveFiles({ pretraining, seed, curves }: TrackedRun): CurveFile[] {
  const scopes = [...new Set(curves.map(({ scope }) => scope))];
  return scopes.map((scope) => ({
    path: `plots/${fileName(pretraining)}/seed-${seed}/${fileName(scope)}.csv`,
    scope,
    curves: curves.filter((curve) => curve.scope === scope),
  }));
}

/** One line a step; empty where a metric was not logged. */
function curveCsv(curves: readonly TrackedCurve[]): string {
  const steps = [...new Set(curves.flatMap((curve) => curve.steps))].sort((a, b) => a - b);
  const columns = curves.map(({ steps: own, values }) => new Map(own.map((step, i) => [step, values[i]!])));
  const head = ['step', ...curves.map(({ metric }) => metric)];
  return csvText([head, ...steps.map((step) => [step, ...columns.map((column) => column.get(step) ?? '')])]);
}

/** One plot for each metric of each kind of stage, with a line for each pretraining and seed. */
function plotsOf(files: readonly CurveFile[]): Record<string, unknown>[] {
  const plots = new Map<string, { readonly metric: string; readonly paths: string[] }>();
  for (const { path, scope, curves } of files) {
    for (const { metric } of curves) {
      const id = `${scope}/${metric}`;
      const plot = plots.get(id) ?? { metric, paths: [] };
      plot.paths.push(path);
      plots.set(id, plot);
    }
  }
  return [...plots].map(([id, { metric, paths }]) => ({
    [id]: {
      x: Object.fromEntries(paths.map((path) => [path, 'step'])),
      y: Object.fromEntries(paths.map((path) => [path, metric])),
      x_label: 'step',
      y_label: metric,
    },
  }));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
