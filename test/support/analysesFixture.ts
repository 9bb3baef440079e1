/** Results of analyses put into a run: numbers that follow simple rules, so that tests can tell what must be drawn. */
import type { AnalysisResult, StageRecord } from '../../src/shared/results/records';
import type { PlannedStage } from '../../src/shared/results/runManifest';
import type { ReportInput } from '../../src/shared/views/report/transferReport';
import { likenessSorts } from '../../src/shared/math/geometry/viewLikeness';
import { deriveRandom } from '../../src/shared/random';
import { createRecord, planStage } from './reportFixture';

const base = { kind: 'analysis', data: 'emoji', images: 500, notes: [] } as const;

type Input = Pick<ReportInput, 'manifest' | 'records'>;

/** Geometry, invariance, readout, transferability, likeness of each pretraining, and CKA of each two of the first three. */
export function withAnalyses<T extends Input>(run: T, layers: readonly string[]): T {
  const { seeds, stages } = run.manifest;
  const ids = [...new Set(stages.map(({ pretraining }) => pretraining))];
  const made: { stage: PlannedStage; result: AnalysisResult }[] = [];
  for (const seed of seeds) {
    ids.forEach((pretraining, place) => {
      for (const analysis of ['geometry', 'invariance', 'readout', 'transferability', 'likeness']) {
        const stage = planStage({ kind: 'analysis', pretraining, analysis, seed });
        made.push({ stage, result: single(analysis, layers, { place, seed }) });
      }
    });
    ids.slice(0, 3).forEach((pretraining, i, some) => {
      for (const against of some.slice(i + 1)) {
        const stage = planStage({ kind: 'analysis', pretraining, against, analysis: 'cka', seed });
        made.push({ stage, result: pair(layers, { i, seed }) });
      }
    });
  }
  const records: StageRecord[] = [...run.records, ...made.map(createRecord)];
  return { ...run, records, manifest: { ...run.manifest, stages: [...stages, ...made.map(({ stage }) => stage)] } };
}

interface Which {
  /** Of the pretraining. */
  readonly place: number;
  readonly seed: number;
}

function single(analysis: string, layers: readonly string[], { place, seed }: Which): AnalysisResult {
  const random = deriveRandom(seed, analysis, place);
  const scores = layers.map((layer, k) => {
    const depth = layers.length > 1 ? k / (layers.length - 1) : 1;
    const noise = () => 0.02 * random.normal();
    return { layer, depth, dimension: 64 * (k + 1), metrics: metricsOf(analysis, { depth, place, noise }) };
  });
  if (analysis !== 'likeness') return { ...base, analysis, layers: scores };
  const histograms = layers.map((layer, k) => ({ layer, ...histogramOf(k / layers.length) }));
  return { ...base, analysis, layers: scores, histograms };
}

interface Rule {
  readonly depth: number;
  readonly place: number;
  noise(): number;
}

function metricsOf(analysis: string, { depth, place, noise }: Rule): Record<string, number> {
  switch (analysis) {
    case 'geometry':
      return { ratio: 3 - 2 * depth * (place / 6) + noise(), rankMe: 120 - 60 * depth + 5 * place + noise() };
    case 'invariance':
      return { cropInvariance: 0.9 - 0.4 * depth + noise(), colourInvariance: 0.5 + 0.05 * place + noise() };
    case 'readout':
      return { positionReadout: 0.9 * depth - 0.02 * place + noise(), positionControl: -0.02 + noise() / 10 };
    case 'transferability':
      return { logMe: -0.4 + 0.1 * place + 0.3 * depth + noise(), hScore: 2 + place * depth + noise() };
    default:
      return { withinClassShare: 0.9 - 0.3 * depth + noise(), instanceAuc: 0.7 + 0.2 * depth + noise() / 4 };
  }
}

/** Three bumps, further apart with depth. */
function histogramOf(depth: number) {
  const bump = (centre: number, pairs: number) =>
    Array.from({ length: 40 }, (_, bin) => Math.round(pairs * Math.exp(-(((bin - centre) / 5) ** 2))));
  const centres = [36, 30 - 10 * depth, 26 - 14 * depth];
  const counts = Object.fromEntries(likenessSorts.map((sort, k) => [sort, bump(centres[k]!, 10 * 20 ** k)]));
  return { low: 0.2, high: 1, counts: counts as Record<(typeof likenessSorts)[number], number[]> };
}

function pair(layers: readonly string[], { i, seed }: { readonly i: number; readonly seed: number }): AnalysisResult {
  const random = deriveRandom(seed, 'pair', i);
  const values = layers.map((_, row) =>
    layers.map((_, column) => {
      const apart = Math.abs(row - column) / layers.length;
      return Math.max(-0.02, 0.95 - 0.3 * (row / layers.length) * (i + 1) - 0.7 * apart + 0.01 * random.normal());
    }),
  );
  return { ...base, analysis: 'cka', layers: [], matrix: { metric: 'cka', rows: layers, columns: layers, values } };
}
