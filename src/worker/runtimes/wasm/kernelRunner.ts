/**
 * Runs calls of our kernels, spread over threads. Work is a list of units; a unit is a list of calls that one thread makes in
 * order. Which thread takes which unit is left to chance, so units must not write the same memory; then the result does not
 * depend on the number of threads, bit for bit.
 */
import { Worker } from 'node:worker_threads';
import { kernelThread, type KernelThreadData } from './kernelThread';
import { Teamwork } from './teamwork';
import { usableThreads } from './usableThreads';
import { kernelNames, type KernelName } from './kernelNames';
import { kernelsBinary } from './kernelsBinary';
import { isShared, matchMemory } from './sharedMemory';

/** A kernel and its arguments: byte offsets, counts, now and then a float. */
export interface KernelCall {
  readonly kernel: KernelName;
  readonly args: readonly number[];
}

/** Numbers per call in the shared program: kernel and up to 19 arguments. */
const callSize = 20;
const maxCalls = 16384;
/** No unit takes nearly as long; a thread that is silent for this long has died. */
const patienceSeconds = 120;

/** Control words; see kernelThread.ts. */
const GENERATION = 0;
const REMAINING = 1;
const DONE = 2;
const FAILED = 3;
const ACTIVE = 4;

export class KernelRunner {
  readonly threads: number;
  private readonly kernels: ((...args: number[]) => void)[];
  private readonly control: Int32Array;
  private readonly program: Float64Array;
  private readonly unitStarts: Int32Array;
  private readonly workers: Worker[];
  private readonly teamwork = new Teamwork();

  constructor(memory: WebAssembly.Memory, threads = usableThreads()) {
    const binary = matchMemory(Buffer.from(kernelsBinary, 'base64'), memory);
    const module = new WebAssembly.Module(binary as BufferSource);
    const exports = new WebAssembly.Instance(module, { env: { memory } }).exports;
    this.kernels = kernelNames.map((name) => exports[name] as (...args: number[]) => void);
    this.threads = isShared(memory) ? Math.max(1, threads) : 1;
    this.control = new Int32Array(new SharedArrayBuffer(64));
    this.program = new Float64Array(new SharedArrayBuffer(maxCalls * callSize * 8));
    this.unitStarts = new Int32Array(new SharedArrayBuffer((maxCalls + 1) * 4));
    const { control, program, unitStarts } = this;
    this.limitThreads(Infinity);
    const workerData: Omit<KernelThreadData, 'index'> = {
      module,
      memory,
      control,
      program,
      unitStarts,
      names: kernelNames,
      callSize,
    };
    const source = `(${kernelThread.toString()})(require('node:worker_threads').workerData)`;
    this.workers = Array.from({ length: this.threads - 1 }, (_, index) => {
      const worker = new Worker(source, { eval: true, workerData: { ...workerData, index } });
      worker.unref();
      return worker;
    });
  }

  /** At most so many threads work from now on, this one included; the others sleep. */
  limitThreads(most: number): void {
    Atomics.store(this.control, ACTIVE, Math.max(1, Math.min(this.threads, most)) - 1);
  }

  /** One call, here and now: for work too small to share. */
  call(kernel: KernelName, ...args: number[]): void {
    this.kernels[kernelNames.indexOf(kernel)]!(...args);
  }

  /** All units, on all threads; returns when they are done. */
  run(units: readonly (readonly KernelCall[])[]): void {
    if (Atomics.load(this.control, ACTIVE) === 0 || units.length < 2 || !this.teamwork.shares()) {
      for (const unit of units) for (const { kernel, args } of unit) this.call(kernel, ...args);
      return;
    }
    if (units.reduce((count, unit) => count + unit.length, 0) > maxCalls) {
      const half = units.length >> 1;
      this.run(units.slice(0, half));
      this.run(units.slice(half));
      return;
    }
    this.writeProgram(units);
    const { control } = this;
    Atomics.store(control, DONE, 0);
    Atomics.store(control, REMAINING, units.length);
    Atomics.add(control, GENERATION, 1);
    Atomics.notify(control, GENERATION);
    const start = performance.now();
    let ownUnits = 0;
    for (;;) {
      const unit = Atomics.sub(control, REMAINING, 1) - 1;
      if (unit < 0) break;
      for (const { kernel, args } of units[unit]!) this.call(kernel, ...args);
      Atomics.add(control, DONE, 1);
      ownUnits++;
    }
    const worked = performance.now() - start;
    this.waitForOthers(units.length);
    this.teamwork.report({ worked, waited: performance.now() - start - worked, ownUnits, units: units.length });
    if (Atomics.load(control, FAILED) !== 0) throw new Error('internal: a kernel failed in a thread');
  }

  /** Stops the threads. */
  async dispose(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private writeProgram(units: readonly (readonly KernelCall[])[]): void {
    let at = 0;
    units.forEach((unit, index) => {
      this.unitStarts[index] = at;
      for (const { kernel, args } of unit) {
        const place = at++ * callSize;
        this.program[place] = kernelNames.indexOf(kernel);
        for (let i = 0; i < args.length; i++) this.program[place + 1 + i] = args[i]!;
      }
    });
    this.unitStarts[units.length] = at;
  }

  private waitForOthers(count: number): void {
    const { control } = this;
    const deadline = performance.now() + patienceSeconds * 1000;
    for (let spins = 0; Atomics.load(control, DONE) < count; spins++) {
      // A short spin catches the usual case; a thread that lost its core is waited for asleep.
      if (spins < 2000) continue;
      if (performance.now() > deadline) throw new Error('internal: a kernel thread does not answer');
      Atomics.wait(control, DONE, Atomics.load(control, DONE), 0.05);
    }
  }
}
