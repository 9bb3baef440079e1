/** The curves of the run panel: which series there are and how they look, one chart per metric, thinned to what is visible. Pure. */
import { downsample } from '../../math/downsample';
import { smoothExponentially } from '../../math/smooth';
import type { CurveChart, CurveLine, CurveSeries, Remark } from '../../protocol/panels/runPanel';
import type { ThinnedCurve } from './thinnedCurve';
import type { MetricCurve, MetricCurves } from '../../results/metricCurves';
import type { PlannedStage } from '../../results/runManifest';
import { pretrainingLooks } from '../pretrainingLooks';
import { detectionScores } from './detectionCurveNotes';
import { metricOrder, noteOnCurve, type CurveContext } from './curveNotes';
import { remarksOnCurve } from './curveRemarks';
import { methodOfStage, type PanelRun, type RunPanelInput, type ShownCurves } from './runPanel';

/** Scores of the test split come a few to a training: smoothing would only shift them. */
const exact: ReadonlySet<string> = new Set(['learningRate', 'queueFill', ...detectionScores]);
/** Beyond this many lines, remarks that are not warnings would hide those that are. */
const FEW = 3;
/** Px for each bucket of a curve behind a smoothed one: it is faint. */
const FAINT_PIXELS = 2;

/** Smoothed curves, kept until their curve or the weight changes: zooming does not smooth again. */
export class CurveSmoother {
  private readonly kept = new WeakMap<
    MetricCurves,
    Map<string, { readonly stamp: string; readonly values: Float64Array }>
  >();

  smooth(curves: MetricCurves, metric: string, weight: number): Float64Array {
    const byMetric = this.kept.get(curves) ?? new Map<string, { stamp: string; values: Float64Array }>();
    this.kept.set(curves, byMetric);
    const stamp = `${curves.version} ${weight}`;
    let entry = byMetric.get(metric);
    if (entry?.stamp !== stamp) {
      entry = { stamp, values: smoothExponentially(curves.curve(metric)?.values ?? new Float64Array(), weight) };
      byMetric.set(metric, entry);
    }
    return entry.values;
  }
}

/** One series per stage; a stage that several runs share (the same results) is drawn once. */
export function createSeries(shown: readonly ShownCurves[], main: PanelRun): CurveSeries[] {
  const stages = [...(main.manifest?.stages ?? []), ...shown.map(({ stage }) => stage)];
  const planned = stages.map(({ pretraining }) => pretraining);
  const lookOf = pretrainingLooks(main.experiment, planned);
  const variants = new Map<string, number>();
  const seeds = new Set(shown.map(({ stage }) => stage.seed));
  const runs = new Set(shown.map(({ run }) => idOfRun(run)));
  const trained = new Set(shown.map(({ stage }) => stage.transfer));
  return distinct(shown).map(({ run, stage, metrics, pace }) => {
    const variant = JSON.stringify([idOfRun(run), stage.seed, stage.transfer]);
    if (!variants.has(variant)) variants.set(variant, variants.size);
    const parts = [
      stage.pretraining,
      stage.transfer !== undefined && trained.size > 1 ? stage.transfer : '',
      seeds.size > 1 ? `seed ${stage.seed}` : '',
      runs.size > 1 ? runsOf(shown, run, stage.key).join(' = ') : '',
    ];
    const perEpoch = stepsPerEpoch(pace);
    return {
      id: seriesId(run, stage.key),
      label: parts.filter((part) => part !== '').join(' · '),
      pretraining: stage.pretraining,
      colour: lookOf(stage.pretraining),
      dash: variants.get(variant)!,
      ...(perEpoch !== undefined && { stepsPerEpoch: perEpoch }),
      events: [...metrics.events, ...pace.events].sort((a, b) => a.step - b.step),
    };
  });
}

export function selectRange(shown: readonly ShownCurves[]): { from: number; to: number } {
  const to = Math.max(0, ...shown.map(({ metrics }) => metrics.lastStep));
  return { from: 0, to: to || 1 };
}

export function createCharts({ shown, look, smoother }: RunPanelInput, series: readonly CurveSeries[]): CurveChart[] {
  const drawn = distinct(shown);
  const full = selectRange(shown);
  const visible = {
    from: look.from ?? full.from,
    to: look.to ?? full.to,
    buckets: Math.max(20, Math.round(look.pixels)),
  };
  const thin = ({ steps, values }: MetricCurve, pixelsEach = 1): ThinnedCurve => {
    const { x, y } = downsample({ x: steps, y: values }, { ...visible, buckets: visible.buckets / pixelsEach });
    return { x: [...x], y: [...y].map(round) };
  };
  return selectMetrics(drawn).map((metric) => {
    const having = drawn.flatMap((one, i) => {
      const curves = one.metrics.curve(metric) ? one.metrics : one.pace;
      const curve = curves.curve(metric);
      return curve ? [{ ...one, curves, curve, series: series[i]! }] : [];
    });
    const contexts = having.map(({ run, stage }) => contextOf(run, stage));
    const lines = having.map(({ curves, curve, series: { id } }): CurveLine => {
      // What is set and not measured has no noise to smooth.
      const weight = exact.has(metric) ? 0 : look.smoothing;
      const smooth =
        weight > 0 ? thin({ steps: curve.steps, values: smoother.smooth(curves, metric, weight) }) : undefined;
      return { series: id, raw: thin(curve, smooth ? FAINT_PIXELS : 1), ...(smooth && { smooth }) };
    });
    const remarks = having.flatMap(({ curve, series: { label } }, i): Remark[] =>
      remarksOnCurve({ metric, curve, context: contexts[i]! }).map(({ level, text }) => ({
        level,
        text: having.length > 1 || drawn.length > 1 ? `${label}: ${text}` : text,
      })),
    );
    return { metric, ...noteOnCurve(metric, contexts), remarks: selectRemarks(remarks, having.length), lines };
  });
}

/** All logged values of what is drawn: a row per step and series. */
export function createCurvesCsv(shown: readonly ShownCurves[], main: PanelRun, only?: string): string {
  const drawn = distinct(shown);
  const series = createSeries(shown, main);
  const metrics = selectMetrics(drawn).filter((metric) => only === undefined || metric === only);
  const rows = drawn.flatMap(({ metrics: logged, pace }, i) => {
    const cells = new Map<number, Map<string, number>>();
    for (const metric of metrics) {
      const { steps = new Float64Array(), values } = logged.curve(metric) ?? pace.curve(metric) ?? {};
      steps.forEach((step, k) => {
        const row = cells.get(step) ?? new Map<string, number>();
        cells.set(step, row.set(metric, values![k]!));
      });
    }
    const sorted = [...cells].sort(([a], [b]) => a - b);
    const label = quote(series[i]!.label);
    return sorted.map(([step, row]) => [label, step, ...metrics.map((metric) => row.get(metric) ?? '')].join(','));
  });
  return `${[['series', 'step', ...metrics.map(quote)].join(','), ...rows].join('\r\n')}\r\n`;
}

/** Text that a spreadsheet takes for text. */
function quote(text: string): string {
  const safe = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Known metrics first, in their order; `epoch` only turns steps into epochs. */
function selectMetrics(drawn: readonly ShownCurves[]): string[] {
  const logged = new Set(drawn.flatMap(({ metrics, pace }) => [...metrics.metrics, ...pace.metrics]));
  logged.delete('epoch');
  return [
    ...metricOrder.filter((metric) => logged.has(metric)),
    ...[...logged].filter((one) => !metricOrder.includes(one)),
  ];
}

function stepsPerEpoch(pace: MetricCurves): number | undefined {
  const { steps, values } = pace.curve('epoch') ?? {};
  const step = steps?.at(-1);
  const epoch = values?.at(-1);
  return step !== undefined && epoch !== undefined && epoch > 0 ? step / epoch : undefined;
}

function contextOf(run: PanelRun, stage: PlannedStage): CurveContext {
  const method = methodOfStage(run, stage);
  const settings = run.experiment?.pretrainings.find(({ id }) => id === stage.pretraining);
  if (stage.transfer !== undefined || !settings || !('batch' in settings)) return { method };
  return {
    method,
    batch: settings.batch * (settings.accumulate ?? 1),
    ...('queue' in settings && { queue: settings.queue }),
  };
}

function distinct(shown: readonly ShownCurves[]): ShownCurves[] {
  const first = new Map<string, ShownCurves>();
  for (const one of shown) {
    const id = seriesId(one.run, one.stage.key);
    if (!first.has(id)) first.set(id, one);
  }
  return [...first.values()];
}

function runsOf(shown: readonly ShownCurves[], { out }: PanelRun, key: string): string[] {
  return [...new Set(shown.filter(({ run, stage }) => run.out === out && stage.key === key).map(({ run }) => run.run))];
}

function seriesId({ out }: PanelRun, key: string): string {
  return JSON.stringify([out, key]);
}

function idOfRun({ out, run }: PanelRun): string {
  return JSON.stringify([out, run]);
}

function selectRemarks(remarks: readonly Remark[], lines: number): Remark[] {
  return remarks.filter(({ level }) => level !== 'info' || lines <= FEW).sort(bySeverity);
}

const severity = { error: 0, warning: 1, info: 2 } as const;

function bySeverity(a: Remark, b: Remark): number {
  return severity[a.level] - severity[b.level];
}

/** Six digits: more cannot be seen, and messages stay small. JSON has no NaN. */
function round(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
}
