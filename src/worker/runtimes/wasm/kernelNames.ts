/** The functions that assembly/kernels.ts exports, in the order in which threads number them. */
export const kernelNames = [
  'packWeights',
  'convolveClass',
  'filterGradientRun',
  'columnSums',
  'squareSums',
  'combineSums',
  'normalizeFactors',
  'normalizeRows',
  'gradientSums',
  'gradientFactors',
  'gradientRows',
  'maskPositive',
  'blend',
  'spreadMean',
  'maxPoolGradient',
  'adaptiveAverage',
  'clear',
] as const;

export type KernelName = (typeof kernelNames)[number];
