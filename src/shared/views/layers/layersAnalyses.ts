/**
 * Analyses in the Layers panel: numbers of each layer are drawn as a transfer's are, comparisons of layers as a matrix and, where
 * layers are equal, by depth as well. Pure.
 */
import { meanInterval, type MeanInterval } from '../../math/statistics';
import type {
  ComparedPair,
  LayersComparison,
  LayersLikeness,
  LayersModel,
  LayersSeries,
  LayersTransfer,
} from '../../protocol/panels/layersPanel';
import { analysisGroup, analysisMetric, howToRead } from '../report/analysisMetrics';
import { describeSource, type Analysed } from '../report/analysisViews';
import { layerValue, type JoinedRun } from '../report/joinedRun';

export interface AnalysesInput {
  /** Pretrainings in the order of the model. */
  readonly ids: readonly string[];
  /** Names that transfers have. */
  readonly taken: ReadonlySet<string>;
  readonly changed: ReadonlySet<string>;
  /** Layers with their depth in the backbone. */
  readonly places: (layers: LayersTransfer['layers']) => LayersTransfer['layers'];
}

/** All analyses of the run that have something to say of layers, in the order of the plan. */
export function createAnalyses(
  run: JoinedRun,
  input: AnalysesInput,
): Pick<LayersModel, 'transfers' | 'comparisons' | 'likenesses'> {
  const transfers: LayersTransfer[] = [];
  const comparisons: LayersComparison[] = [];
  const likenesses: LayersLikeness[] = [];
  for (const analysis of new Set(run.analysed.map((one) => one.analysis))) {
    const results = run.analysed.filter((one) => one.analysis === analysis);
    const id = input.taken.has(analysis) ? `${analysis} (analysis)` : analysis;
    const base = { ...describe(results[0]!), id, isStale: input.changed.has(analysis) };
    if (results[0]!.result.matrix) {
      comparisons.push({ id, kind: results[0]!.result.analysis, pairs: comparePairs(results) });
      transfers.push({ ...base, ...byEqualLayers(results, input) });
    } else if (results.some(({ result }) => result.layers.length > 0)) {
      transfers.push({ ...base, ...byLayer(results, input) });
      const likeness = likenessOf(results, input.ids);
      if (likeness.length > 0) likenesses.push({ id, series: likeness });
    }
  }
  return { transfers, comparisons, likenesses };
}

function describe({ result }: Analysed) {
  const { analysis, data = '' } = result;
  const about = [describeSource(result), howToRead(analysis).replace(/\.$/, '')]
    .filter((part) => part !== '')
    .join('. ');
  return { group: analysisGroup(analysis), isAnalysis: true, task: analysis, data, about, chance: {} };
}

type Measured = Pick<LayersTransfer, 'metrics' | 'layers' | 'series'>;

/** Every metric that some layer has. */
function byLayer(results: readonly Analysed[], { ids, places }: AnalysesInput): Measured {
  const { result: widest } = results.reduce((a, b) => (b.result.layers.length > a.result.layers.length ? b : a));
  const names = [...new Set(results.flatMap(({ result }) => result.layers.flatMap((one) => Object.keys(one.metrics))))];
  const layers = widest.layers.map(({ layer, depth, dimension }) => ({ layer, depth, dimension }));
  const series = ids.map((pretraining): LayersSeries => {
    const own = results.filter((one) => one.pretraining === pretraining);
    const seeds = own.map(({ seed, result }) => {
      const values = names.map((name) => {
        const list = layers.map(({ layer }) => finiteOrNull(layerValue(result.layers, layer, name)[0]));
        return [analysisMetric(result.analysis, name), list] as const;
      });
      return { seed, values: Object.fromEntries(values) };
    });
    return { pretraining, seeds };
  });
  const { analysis } = widest;
  return { metrics: names.map((name) => analysisMetric(analysis, name)), layers: places(layers), series };
}

/** A metric for each pretraining that others are compared with: the value of a layer with the same layer there. */
function byEqualLayers(results: readonly Analysed[], { ids, places }: AnalysesInput): Measured {
  const { matrix, analysis } = results[0]!.result;
  const names = matrix!.rows.filter((layer) => matrix!.columns.includes(layer));
  const layers = names.map((layer, i) => ({
    layer,
    depth: names.length > 1 ? i / (names.length - 1) : 1,
    dimension: 0,
  }));
  const apart = results.filter(({ pretraining, against }) => against !== undefined && against !== pretraining);
  const others = ids.filter((id) => apart.some(({ pretraining, against }) => id === pretraining || id === against));
  const metrics = others.map((other) => analysisMetric(analysis, `${matrix!.metric}~${other}`));
  const series = ids.map((pretraining): LayersSeries => {
    const seeds = new Set(apart.map(({ seed }) => seed));
    return {
      pretraining,
      seeds: [...seeds].map((seed) => {
        const values = others.map((other, k) => {
          const pair = apart.find((one) => one.seed === seed && isPair(one, pretraining, other));
          return [metrics[k]!, names.map((layer) => finiteOrNull(pair && atLayer(pair, layer)))] as const;
        });
        return { seed, values: Object.fromEntries(values) };
      }),
    };
  });
  return { metrics, layers: places(layers), series };
}

function isPair({ pretraining, against }: Analysed, a: string, b: string): boolean {
  return (pretraining === a && against === b) || (pretraining === b && against === a);
}

function atLayer({ result }: Analysed, layer: string): number | undefined {
  const { rows, columns, values } = result.matrix!;
  return values[rows.indexOf(layer)]?.[columns.indexOf(layer)];
}

function comparePairs(results: readonly Analysed[]): ComparedPair[] {
  const pairs = new Map<string, Analysed[]>();
  for (const one of results) {
    const key = JSON.stringify([one.pretraining, one.against]);
    pairs.set(key, [...(pairs.get(key) ?? []), one]);
  }
  return [...pairs.values()].map((seeds) => {
    const { pretraining: first, against: second = first, result } = seeds[0]!;
    const { rows, columns } = result.matrix!;
    const cells = rows.map((_, i) =>
      columns.map((_, j) => meanOf(seeds.map((one) => one.result.matrix!.values[i]?.[j]))),
    );
    return { first, second, rows, columns, cells };
  });
}

function meanOf(values: readonly (number | undefined)[]): MeanInterval | null {
  const known = values.filter((value) => value !== undefined && Number.isFinite(value)) as number[];
  return known.length > 0 ? meanInterval(known) : null;
}

function likenessOf(results: readonly Analysed[], ids: readonly string[]): LayersLikeness['series'] {
  return ids.flatMap((pretraining) => {
    const first = results.find((one) => one.pretraining === pretraining && one.result.histograms);
    return first ? [{ pretraining, seed: first.seed, layers: first.result.histograms! }] : [];
  });
}

/** A record may hold what no chart can draw. */
export function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
