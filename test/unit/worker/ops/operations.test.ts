/**
 * The table of operations × runtimes: values and gradients of every operation on every runtime that is here, against the
 * definitions in float64. PRINT_OPERATIONS=1 prints the largest errors, as docs/guide/runtimes.md shows them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { presentRuntimes } from '../../../support/presentRuntimes';
import { normals } from './compareBackends';
import { operationRows, type OperationRow } from './opsTable';

/** Of the largest expected element; float32 sums of a few dozen terms. */
const tolerance = 5e-6;

const worstErrors = new Map<string, Map<string, number>>();
const kernelsRun = new Set<string>();

function inputsOf({ shapes, adapt = (value) => value }: OperationRow): number[][] {
  // float32 numbers, so that runtimes and reference start from the same.
  return shapes.map((shape, i) => Array.from(normals(shape, 50 + i), (value) => Math.fround(adapt(value, i))));
}

/** Σ first output · dy, differentiated by central differences. */
function referenceGradient(
  row: OperationRow,
  inputs: readonly number[][],
  which: number,
  dy: readonly number[],
): number[] {
  const step = 1e-6;
  const weighed = (value: number, at: number) => {
    const moved = inputs.map((input, i) => (i === which ? input.map((old, j) => (j === at ? value : old)) : input));
    return row.reference(moved)[0]!.reduce((total, y, k) => total + y * dy[k]!, 0);
  };
  return inputs[which]!.map((value, at) => (weighed(value + step, at) - weighed(value - step, at)) / (2 * step));
}

function relativeError(actual: ArrayLike<number>, expected: readonly number[]): number {
  if (actual.length !== expected.length) return Infinity;
  const scale = Math.max(1e-3, ...expected.map(Math.abs));
  return expected.reduce((worst, value, i) => {
    const gap = Math.abs(actual[i]! - value) / scale;
    return Number.isNaN(gap) ? Infinity : Math.max(worst, gap);
  }, 0);
}

async function readAll(tensors: readonly tf.Tensor[]): Promise<Float32Array[]> {
  const values = await Promise.all(tensors.map((tensor) => tensor.data<'float32'>()));
  tf.dispose([...tensors]);
  return values;
}

async function measure(row: OperationRow): Promise<number> {
  const inputs = inputsOf(row);
  const expected = row.reference(inputs);
  const toTensors = () => inputs.map((values, i) => tf.tensor(values, [...row.shapes[i]!], 'float32'));
  const outputs = await readAll(tf.tidy(() => row.apply(toTensors())));
  let worst = Math.max(...expected.map((values, i) => relativeError(outputs[i]!, values)));
  if (row.isForwardOnly) return worst;
  const dy = Array.from(normals([expected[0]!.length], 99), Math.fround);
  const variable = inputs.map((_, i) => i).filter((i) => !row.constants?.includes(i));
  const gradients = await readAll(
    tf.tidy(() => {
      const tensors = toTensors();
      const compute = (...moving: tf.Tensor[]) => {
        const all = tensors.map((tensor, i) => (variable.includes(i) ? moving[variable.indexOf(i)]! : tensor));
        const y = row.apply(all)[0]!;
        return tf.sum(tf.mul(y, tf.tensor(dy, y.shape, 'float32')));
      };
      return tf.grads(compute)(variable.map((i) => tensors[i]!));
    }),
  );
  variable.forEach((which, i) => {
    worst = Math.max(worst, relativeError(gradients[i]!, referenceGradient(row, inputs, which, dy)));
  });
  return worst;
}

/** Notes which kernels run, to see that none of ours was forgotten. */
function watchKernels(): () => void {
  const engine = tf.engine();
  const runKernel = engine.runKernel.bind(engine);
  engine.runKernel = ((name: string, inputs: tf.NamedTensorMap, attributes?: tf.NamedAttrMap) => {
    kernelsRun.add(name);
    return runKernel(name, inputs, attributes);
  }) as typeof engine.runKernel;
  return () => (engine.runKernel = runKernel as typeof engine.runKernel);
}

const runtimes = await presentRuntimes();

describe.each(runtimes)('operations on $title', ({ backend, isMissing, start }) => {
  if (isMissing) return void it.skip.each(operationRows)('$name', () => {});
  beforeAll(async () => {
    await start();
    return watchKernels();
  });

  it.each(operationRows)('$name', async (row) => {
    await tf.setBackend(backend);
    const before = tf.memory().numTensors;
    const worst = await measure(row);
    if (!worstErrors.has(row.name)) worstErrors.set(row.name, new Map());
    worstErrors.get(row.name)!.set(backend, worst);
    expect(worst).toBeLessThan(tolerance);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the table', () => {
  it('has a row for every operation there is', () => {
    const named = ['src/worker/ops', 'src/worker/objectives'].flatMap((folder) =>
      readdirSync(folder).flatMap((file) => {
        const text = readFileSync(path.join(folder, file), 'utf8');
        return [...text.matchAll(/name: '(Transferscope\.\w+)'/g)].map((match) => match[1]!);
      }),
    );
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((name) => !kernelsRun.has(name))).toEqual([]);
  });
});

afterAll(() => {
  if (!process.env['PRINT_OPERATIONS']) return;
  for (const [name, errors] of worstErrors) {
    const cells = runtimes.map(({ backend }) => errors.get(backend)?.toExponential(1) ?? '–');
    process.stdout.write(`| ${name} | ${cells.join(' | ')} |\n`);
  }
});
