/** Where a training step spends its time: seconds of each tfjs kernel, the outermost only, by the clock and of
 * all processors. */
import * as tf from '@tensorflow/tfjs-core';

/** Runs the step once and prints its kernels to stderr, slowest first; scripts/bench.mjs takes what begins with "profiled:". */
export async function printKernels(step: () => unknown): Promise<void> {
  const kernels = new Map<string, { seconds: number; processor: number; calls: number }>();
  const engine = tf.engine();
  const original = engine.runKernel.bind(engine);
  let depth = 0;
  // Only outermost kernels are timed; wasm runs them synchronously.
  engine.runKernel = ((name: string, inputs: tf.NamedTensorMap, attributes?: tf.NamedAttrMap) => {
    const [start, used] = [performance.now(), process.cpuUsage()];
    depth++;
    const result = original(name, inputs, attributes);
    if (--depth === 0) {
      const entry = kernels.get(name) ?? { seconds: 0, processor: 0, calls: 0 };
      const { user, system } = process.cpuUsage(used);
      kernels.set(name, {
        seconds: entry.seconds + (performance.now() - start) / 1000,
        processor: entry.processor + (user + system) / 1e6,
        calls: entry.calls + 1,
      });
    }
    return result;
  }) as typeof engine.runKernel;
  const start = performance.now();
  await step();
  engine.runKernel = original;
  process.stderr.write(`profiled: ${((performance.now() - start) / 1000).toFixed(3)} s\n`);
  const slowest = [...kernels].sort((a, b) => b[1].processor - a[1].processor).slice(0, 14);
  for (const [name, { seconds, processor, calls }] of slowest) {
    const [clock, busy] = [seconds, processor].map((time) => `${(1000 * time).toFixed(1)} ms`);
    process.stderr.write(`  ${name.padEnd(42)} ${clock}, ${busy} of processors, ${calls} calls\n`);
  }
}
