/** How the features of each layer lie: classes gathering and parting, directions used, likeness within and across classes. */
import type { GeometryAnalysis } from '../../shared/experiment/analysisSchema';
import type { FeaturesAnalysisStage } from '../../shared/experiment/stages';
import { Cancelled, UserError } from '../../shared/errors';
import { classLikeness } from '../../shared/math/geometry/classLikeness';
import { classSpread } from '../../shared/math/geometry/classSpread';
import { intrinsicDimension } from '../../shared/math/geometry/intrinsicDimension';
import { rankMe, singularValues, type Matrix } from '../../shared/math/rank';
import { uniformity } from '../../shared/math/representation';
import { centreFeatures } from '../../shared/math/similarity/features';
import { squaredDistances } from '../../shared/math/similarity/unbiasedHsic';
import type { AnalysisResult, LayerScore } from '../../shared/results/records';
import type { StageContext } from '../stageContext';
import { labelsOf, readFeatures } from './features';
import { innerProducts } from './products';

export async function analyseGeometry(
  stage: FeaturesAnalysisStage,
  settings: GeometryAnalysis,
  context: StageContext,
): Promise<AnalysisResult> {
  const features = await readFeatures(stage.features, stage, context);
  const labels = await labelsOf(features, stage, context);
  requireClasses(labels, settings);
  const layers: LayerScore[] = [];
  for (const [position, { layer, matrix }] of features.layers.entries()) {
    // So that a request to stop is heard between layers.
    await new Promise((resolve) => setImmediate(resolve));
    if (context.signal.aborted) throw new Cancelled();
    const centred = centreFeatures(matrix, `${layer} of ${stage.pretraining}`);
    const metrics = describe({ centred, raw: matrix, labels, neighbours: settings.neighbours });
    const depth = features.layers.length > 1 ? position / (features.layers.length - 1) : 1;
    layers.push({ layer, depth, dimension: matrix.columns, metrics });
    context.progress(position + 1, features.layers.length, 'layers');
  }
  const { data } = settings;
  return { kind: 'analysis', analysis: settings.kind, data, images: labels.length, layers, notes: [] };
}

/** The distances of all pairs are held at once: 800 MB for this many. */
const MOST_IMAGES = 10_000;

function requireClasses(labels: Int32Array, { id, data, neighbours }: GeometryAnalysis): void {
  const groups = new Map<number, number>();
  for (const label of labels) groups.set(label, (groups.get(label) ?? 0) + 1);
  if (groups.size < 2 || Math.max(...groups.values()) < 2) {
    const found = `${labels.length} images of ${groups.size} classes of "${data}"`;
    throw new UserError('data', `\`${id}\` needs two classes and two images of one, not ${found}; raise "images"`);
  }
  if (labels.length > MOST_IMAGES)
    throw new UserError('data', `\`${id}\` looks at ${labels.length} images; set "images" to ${MOST_IMAGES} or fewer`);
  if (labels.length > neighbours) return;
  throw new UserError(
    'data',
    `\`${id}\` asks for ${neighbours} neighbours of ${labels.length} images; lower "neighbours"`,
  );
}

interface Layer {
  readonly centred: Matrix;
  readonly raw: Matrix;
  readonly labels: Int32Array;
  readonly neighbours: number;
}

function describe({ centred, raw, labels, neighbours }: Layer): Record<string, number> {
  const { rows } = centred;
  const distances = squaredDistances(innerProducts(centred, 0, rows), rows);
  const unit = toUnitRows(raw);
  const { classAuc, ...likeness } = classLikeness(unit, labels);
  const { ratio, withinClassVariability, ...spread } = classSpread(centred, labels);
  // Those that say most come first; short reports show no more.
  return {
    ratio,
    withinClassVariability,
    rankMe: rankMe(raw),
    classAuc,
    ...spread,
    participationRatio: participation(singularValues(centred)),
    intrinsicDimension: intrinsicDimension(distances, rows, neighbours),
    uniformity: uniformity(unit),
    ...likeness,
  };
}

/** (Σ λ)² / Σ λ² of the covariance's eigenvalues: how many directions share the variance evenly. */
function participation(singular: Float64Array): number {
  let [sum, squares] = [0, 0];
  for (const value of singular) {
    const variance = value ** 2;
    sum += variance;
    squares += variance ** 2;
  }
  return sum ** 2 / squares;
}

/** Rows scaled to length 1; a row of zeros stays. */
function toUnitRows({ data, rows, columns }: Matrix): Matrix {
  const unit = Float64Array.from(data);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += unit[i * columns + k]! ** 2;
    const length = Math.sqrt(sum) || 1;
    for (let k = 0; k < columns; k++) unit[i * columns + k] = unit[i * columns + k]! / length;
  }
  return { data: unit, rows, columns };
}
