/** What the numbers of analyses are called, and in a sentence each how they are read and when they mislead. */
import type { AnalysisSettings } from '../../experiment/analysisSchema';
import { budgetNames, hoiemNames } from '../detections/errorNames';

/** By the metrics' names in records; measures of two networks are followed by `~` and the other one's id in panels. */
const names: Readonly<Record<string, string>> = {
  within: 'spread within classes',
  between: 'spread between classes',
  ratio: 'spread within by between',
  withinClassVariability: 'NC1, within-class variability',
  unequalNorms: 'NC2, unequal norms',
  unequalAngles: 'NC2, unequal angles',
  nearestMeanAccuracy: 'NC4, nearest class mean',
  rankMe: 'RankMe',
  participationRatio: 'participation ratio',
  intrinsicDimension: 'intrinsic dimension',
  uniformity: 'uniformity',
  sameClassCosine: 'cosine within classes',
  otherClassCosine: 'cosine across classes',
  classAuc: 'pairs of a class told apart',
  sameImageCosine: 'cosine of two views of an image',
  withinClassShare: 'spread left within classes',
  instanceAuc: 'views of an image told from its class',
  alignment: 'alignment of two views',
  cropInvariance: 'invariance to crops',
  flipInvariance: 'invariance to flips',
  colourInvariance: 'invariance to colour',
  grayscaleInvariance: 'invariance to greyscale',
  blurInvariance: 'invariance to blur',
  rotationInvariance: 'invariance to rotation',
  positionReadout: 'place read out (R²)',
  positionControl: 'place, shuffled (R²)',
  colourReadout: 'colour read out (R²)',
  colourControl: 'colour, shuffled (R²)',
  brightnessReadout: 'brightness read out (R²)',
  brightnessControl: 'brightness, shuffled (R²)',
  trustworthiness: 'trustworthiness of the map',
  mapPurity: 'neighbours of a class, on the map',
  featurePurity: 'neighbours of a class, by features',
  neighbourAccuracy: 'class told by neighbours',
  explainedVariance: 'variance on the map',
  divergence: 'divergence left (nats)',
  logMe: 'LogME',
  hScore: 'H-score',
  leep: 'LEEP',
  nce: 'NCE',
  gbc: 'GBC',
  transRate: 'TransRate',
  deadChannels: 'dead channels',
  activeShare: 'places with an answer',
  selectivity: 'class selectivity',
  matchLikeness: 'likeness of the best match',
  coveredShare: 'share of the image covered',
  occlusionAgreement: 'rank correlation with occlusion',
  inBox: 'share inside the box',
  wishesMet: 'pictures that beat noise',
  gainOverNoise: 'answer above that to noise',
  lpips: 'LPIPS',
  unlearnedLpips: 'unlearned LPIPS',
  randomLpips: 'distance by a random network',
  ssim: 'SSIM',
  psnr: 'PSNR in dB',
  featureCosine: 'cosine of features',
  featureError: 'relative error of features',
  cka: 'CKA',
  'rbf-cka': 'CKA, Gaussian kernel',
  svcca: 'SVCCA',
  pwcca: 'PWCCA',
  procrustes: 'Procrustes similarity',
  rsa: 'RSA',
  ...prefixed('tide.', budgetNames, (part, name) => (part === 'ap' ? name : `AP gained, ${name}`)),
  ...prefixed('hoiem.', hoiemNames, (_, name) => `Hoiem, ${name}`),
};

function prefixed(
  prefix: string,
  own: Readonly<Record<string, string>>,
  toName: (key: string, name: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(own).map(([key, name]) => [`${prefix}${key}`, toName(key, name)]));
}

/** `NC1, within-class variability`, `CKA to moco`; a name it does not know stays. */
export function analysisMetricName(metric: string): string {
  const [measure = metric, other] = metric.split('~');
  const name = names[measure] ?? measure;
  return other === undefined ? name : `${name} to ${other}`;
}

/** A metric of an analysis as panels know it, so that it cannot be taken for one of a transfer: `geometry.ratio`. */
export function analysisMetric(kind: string, metric: string): string {
  return `${kind}.${metric}`;
}

/** The analysis' own name of such a metric; undefined for metrics of transfers. */
export function ownMetric(metric: string): string | undefined {
  const dot = metric.indexOf('.');
  return dot < 0 ? undefined : metric.slice(dot + 1);
}

/** Larger is better in these; of the others neither end is good by itself. */
const scores: ReadonlySet<string> = new Set(['logMe', 'hScore', 'gbc', 'transRate', 'leep', 'nce']);

export function isScore(metric: string): boolean {
  return scores.has(metric);
}

const groups: Readonly<Record<string, string>> = {
  cka: 'Similarity',
  'rbf-cka': 'Similarity',
  svcca: 'Similarity',
  pwcca: 'Similarity',
  procrustes: 'Similarity',
  rsa: 'Similarity',
  geometry: 'Geometry',
  likeness: 'Geometry',
  embedding: 'Geometry',
  invariance: 'Invariance',
  readout: 'Readouts',
  transferability: 'Transfer foretold',
  leep: 'Transfer foretold',
  inversion: 'Inversion',
};

/** Heading under which an analysis of this kind is offered. */
export function analysisGroup(kind: string): string {
  return groups[kind] ?? 'Other analyses';
}

const canonical =
  '1: the same up to a linear map. Too high with fewer than ten images for each feature; cka needs fewer.';
const readings: Readonly<Record<AnalysisSettings['kind'], string>> = {
  cka: '1: the same features up to rotation and scale; about 0: unrelated. It looks at what these images excite, and at the directions of most variance first.',
  'rbf-cka': '1: the same neighbourhoods; about 0: unrelated. It depends on the bandwidth.',
  svcca: canonical,
  pwcca: `${canonical} The first pretraining decides the weights.`,
  procrustes: '1: a rotation and a scale turn one into the other. Wide layers come out more alike than narrow ones.',
  rsa: '1: the same images are close in both. Distances rest on features that differ in scale.',
  geometry:
    'Classes gather when the spread ratio and NC1 fall with depth; features keep more of an image when RankMe is high. With few images a class, NC1 comes out too small.',
  activations:
    'Dead channels add nothing; selectivity near 1 means channels that stand for one class each. Where answers are not rectified, the share of places says little; with few images a class, selectivity comes out too high.',
  attribution:
    'Maps that agree with occlusion show what the score rests on; a small share covered means few places decide. Maps of early layers and of classes that the model is unsure of say little.',
  maximisation:
    'Pictures show what raises an answer, not what channels meet in images; look at top examples beside them. Where few beat noise, take more iterations.',
  leep: 'At most 0, in nats; larger foretells a better transfer. It sees only what the source classes tell, and needs a classifier, which only supervised pretrainings have.',
  embedding:
    'Trust neighbourhoods where trustworthiness is near 1 and classes gather as much on the map as by features. Sizes of clusters and distances between them mean little, above all of t-SNE and UMAP.',
  likeness:
    'Near 0, “spread left within classes” says class mates look as alike as two views of one image: what tells them apart is gone. Views made by another policy give other values.',
  invariance:
    '1: the change does not show; 0: it moves an image as far as another image lies. A layer may be invariant because it never saw the colours, so look at readouts as well.',
  readout:
    '1: a linear map reads it perfectly at unseen images; 0: no better than the mean. The shuffled control must stay near 0: above or far below, there are too few images.',
  'detection-errors':
    'Hoiem’s shares say what goes wrong among the detections that count, TIDE and COCO what that costs in AP; a large “badly placed” means that boxes, not classes, are the trouble. Kinds that are rare or cover few images move by chance: look at the intervals.',
  transferability:
    'Larger foretells a better transfer of that layer; compare pretrainings, not data. With few images for the number of features, H-score and TransRate rise by themselves.',
  inversion:
    'The closer the picture that was found is to the image (low distance, high SSIM and PSNR), the more of the image the layer keeps. Compare only where the features were met equally well (relative error); intervals are over images.',
};

/** How an analysis of this kind is read, and when not to trust it. */
export function howToRead(kind: string): string {
  return Object.hasOwn(readings, kind) ? readings[kind as AnalysisSettings['kind']] : '';
}
