/** Entry of the WebAssembly module that src/worker/runtimes/wasm loads; see CONTRIBUTING for how to rebuild it. */
export { packWeights, convolveClass } from './convolution';
export { filterGradientTap } from './filterGradient';
