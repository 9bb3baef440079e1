/** Where a training step spends its time: seconds of each tfjs kernel, the outermost only. */
import * as tf from '@tensorflow/tfjs-core';

/** Runs the step once and prints its kernels to stderr, slowest first; scripts/bench.mjs takes what begins with "profiled:". */
export async function printKernels(step: () => unknown): Promise<void> {
  const kernels = new Map<string, { seconds: number; calls: number }>();
  const engine = tf.engine();
  const original = engine.runKernel.bind(engine);
  let depth = 0;
  // Only outermost kernels are timed; wasm runs them synchronously.
  engine.runKernel = ((name: string, inputs: tf.NamedTensorMap, attributes?: tf.NamedAttrMap) => {
    const start = performance.now();
    depth++;
    const result = original(name, inputs, attributes);
    if (--depth === 0) {
      const entry = kernels.get(name) ?? { seconds: 0, calls: 0 };
      kernels.set(name, { seconds: entry.seconds + (performance.now() - start) / 1000, calls: entry.calls + 1 });
    }
    return result;
  }) as typeof engine.runKernel;
  const start = performance.now();
  await step();
  engine.runKernel = original;
  process.stderr.write(`profiled: ${((performance.now() - start) / 1000).toFixed(3)} s\n`);
  for (const [name, { seconds, calls }] of [...kernels].sort((a, b) => b[1].seconds - a[1].seconds).slice(0, 14)) {
    process.stderr.write(`  ${name.padEnd(42)} ${(1000 * seconds).toFixed(1)} ms, ${calls} calls\n`);
  }
}
