/** One linear probe solved to its optimum, as the quickstart solves many; bench/peer/probe.py is scikit-learn's. Synthetic features. */
import { deriveRandom } from '../src/shared/random';
import { startRuntime } from '../src/worker/runtimes/startRuntime';
import { solveLinearProbe } from '../src/worker/transfer/linearProbe';

const images = 1911;
const numClasses = 95;

function makeSplit(dimension: number, draw: number) {
  const centres = deriveRandom(0, 'bench-centres', dimension);
  const means = Float32Array.from({ length: numClasses * dimension }, () => centres.normal());
  const noise = deriveRandom(0, 'bench-noise', dimension, draw);
  const labels = Int32Array.from({ length: images }, (_, i) => i % numClasses);
  const values = Float32Array.from(
    { length: images * dimension },
    (_, i) => 0.35 * means[labels[Math.floor(i / dimension)]! * dimension + (i % dimension)]! + noise.normal(),
  );
  return { values, labels };
}

await startRuntime('wasm');
for (const dimension of [128, 512]) {
  const problem = { train: makeSplit(dimension, 0), test: makeSplit(dimension, 1), dimension, numClasses };
  const times: number[] = [];
  let result = { accuracy: 0, iterations: 0 };
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    result = await solveLinearProbe({ ...problem, l2: 1e-4, standardise: true });
    times.push((performance.now() - start) / 1000);
  }
  const seconds = times.sort((a, b) => a - b)[1]!;
  console.log(
    JSON.stringify({
      workload: `linear-probe-d${dimension}`,
      seconds,
      accuracy: result.accuracy,
      iterations: result.iterations,
    }),
  );
}
