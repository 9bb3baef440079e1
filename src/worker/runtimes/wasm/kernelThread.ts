/**
 * The program of a kernel thread. It is handed to a worker as source text, so that no second bundle is needed: it may use
 * nothing from outside its own body.
 *
 * Control words: 0 counts runs and wakes sleepers; 1 is the number of units not yet taken; 2 counts finished units; 3 is set
 * when a kernel traps; 4 is how many threads may work besides the main one. Units are taken from the end by decrementing word 1, the only word a late thread can touch.
 */

/** What the main thread hands over. */
export interface KernelThreadData {
  /** Counts threads besides the main one, from 0. */
  readonly index: number;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: Int32Array;
  /** Per call: kernel number, arguments. */
  readonly program: Float64Array;
  /** First call of each unit, and the end. */
  readonly unitStarts: Int32Array;
  readonly names: readonly string[];
  /** Numbers per call. */
  readonly callSize: number;
}

/** Runs in the worker thread, for ever. */
export function kernelThread({
  index,
  module,
  memory,
  control,
  program,
  unitStarts,
  names,
  callSize,
}: KernelThreadData): void {
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports;
  const kernels = names.map((name) => exports[name] as (...args: number[]) => void);
  let generation = 0;
  for (;;) {
    let spins = 0;
    while (Atomics.load(control, 0) === generation) {
      if (++spins > 500) Atomics.wait(control, 0, generation);
    }
    generation = Atomics.load(control, 0);
    if (index >= Atomics.load(control, 4)) continue;
    for (;;) {
      const unit = Atomics.sub(control, 1, 1) - 1;
      if (unit < 0) break;
      try {
        for (let call = unitStarts[unit]!; call < unitStarts[unit + 1]!; call++) {
          const place = call * callSize;
          kernels[program[place]!]!(...program.subarray(place + 1, place + callSize));
        }
      } catch {
        Atomics.store(control, 3, 1);
      }
      Atomics.add(control, 2, 1);
      Atomics.notify(control, 2);
    }
  }
}
