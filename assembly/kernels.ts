/** Entry of the WebAssembly module that src/worker/runtimes/wasm loads; `node assembly/build.mjs` compiles it. */
export { packWeights, convolveClass } from './convolution';
export { filterGradientRun } from './filterGradient';
export {
  columnSums,
  squareSums,
  combineSums,
  normalizeFactors,
  normalizeRows,
  gradientSums,
  gradientFactors,
  gradientRows,
} from './batchNorm';
export { maskPositive, blend, spreadMean, maxPoolGradient, adaptiveAverage, clear } from './pointwise';
export {
  addBiasRows,
  gelu,
  geluGradient,
  layerNormRows,
  layerNormGradient,
  softmaxRows,
  softmaxGradientRows,
} from './transformer';
export { depthwise, depthwiseInputGradient, depthwiseFilterGradient } from './depthwise';
