/** What is under way now, with the curves of pretrainings that train. Pure; metrics come in. */
import { downsample } from '../../math/downsample';
import type { LiveCurve, LiveStage } from '../../protocol/panels/resultsPanel';
import type { MetricCurve, MetricCurves } from '../../results/metricCurves';
import type { RunView } from '../results/runTree';
import { pretrainingLooks, type OrderOfPretrainings } from '../pretrainingLooks';
import { isGoingOn, selectStagesNow, type StageNow } from './stageNow';

/** What sparklines show, in this order, where a training measures it. */
const shownMetrics: readonly { readonly metric: string; readonly name: string; readonly isShare: boolean }[] = [
  { metric: 'loss', name: 'loss', isShare: false },
  { metric: 'featureError', name: 'error of features', isShare: false },
  { metric: 'knn', name: 'nearest-neighbour accuracy', isShare: true },
];

/** More would not be told apart at the width of a side bar. */
const BUCKETS = 60;
/** Running at once and shown; a run on several machines may have more. */
const MOST_STAGES = 6;

/** `metrics`: by stage key. `file`: decides looks. */
export function createLiveStages(
  run: RunView | undefined,
  metrics: ReadonlyMap<string, MetricCurves>,
  file: OrderOfPretrainings,
): LiveStage[] {
  if (!run) return [];
  const running = selectRunning(run);
  // All of the run: what is gone from the file keeps its look, whatever is under way.
  const lookOf = pretrainingLooks(
    file,
    run.stages.map(({ pretraining }) => pretraining),
  );
  return running.map(({ stage, fraction, text }) => ({
    id: stage.id,
    title: stage.label === '' ? stage.id : stage.label,
    pretraining: stage.pretraining,
    look: lookOf(stage.pretraining),
    ...(fraction !== undefined && { fraction }),
    text: text ?? (fraction === undefined ? 'running' : `${Math.floor(100 * fraction)} %`),
    target: { out: run.out, run: run.run },
    curves: createCurves(metrics.get(stage.key)),
  }));
}

/** The stages under way that are shown. */
export function selectRunning(run: RunView): StageNow[] {
  if (!isGoingOn(run)) return [];
  return selectStagesNow(run)
    .filter(({ state }) => state === 'running')
    .slice(0, MOST_STAGES);
}

function createCurves(metrics: MetricCurves | undefined): LiveCurve[] {
  return shownMetrics.flatMap(({ metric, name, isShare }) => {
    const curve = metrics?.curve(metric);
    const points = curve ? thin(curve) : [];
    const last = points.at(-1);
    if (!last) return [];
    return [{ metric, name, last: isShare ? `${(100 * last[1]).toFixed(1)} %` : last[1].toPrecision(3), points }];
  });
}

function thin({ steps, values }: MetricCurve): (readonly [number, number])[] {
  const range = { from: steps[0]!, to: steps.at(-1)!, buckets: BUCKETS };
  const { x, y } = downsample({ x: steps, y: values }, range);
  return Array.from(x, (step, i) => [step, y[i]!] as const).filter(([, value]) => Number.isFinite(value));
}
