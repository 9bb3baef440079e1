/** What the numbers of analyses are called, and in a sentence each how they are read and when they mislead. */

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
  logMe: 'LogME',
  hScore: 'H-score',
  gbc: 'GBC',
  transRate: 'TransRate',
  deadChannels: 'dead channels',
  activeShare: 'places with an answer',
  selectivity: 'class selectivity',
  likeness: 'likeness of the best match',
  coveredShare: 'share of the image covered',
  occlusionAgreement: 'rank correlation with occlusion',
  inBox: 'share inside the box',
  wishesMet: 'pictures that beat noise',
  gainOverNoise: 'answer above that to noise',
  cka: 'CKA',
  'rbf-cka': 'CKA, Gaussian kernel',
  svcca: 'SVCCA',
  pwcca: 'PWCCA',
  procrustes: 'Procrustes similarity',
  rsa: 'RSA',
};

/** `NC1, within-class variability`; a name it does not know stays. */
export function analysisMetricName(metric: string): string {
  return names[metric] ?? metric;
}

const canonical =
  '1: the same up to a linear map. Too high with fewer than ten images for each feature; cka needs fewer.';
const readings: Readonly<Record<string, string>> = {
  cka: '1: the same features up to rotation and scale; about 0: unrelated. It looks at what these images excite, and at the directions of most variance first.',
  'rbf-cka': '1: the same neighbourhoods; about 0: unrelated. It depends on `bandwidth`.',
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
  transferability:
    'Larger foretells a better transfer of that layer; compare pretrainings, not data. With few images for the number of features, H-score and TransRate rise by themselves.',
};

/** How an analysis of this kind is read, and when not to trust it. */
export function howToRead(kind: string): string {
  return readings[kind] ?? '';
}
