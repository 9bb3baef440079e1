import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/shared/errors';
import { explainRuntimeFailure, requireWorkingRuntime } from '../../../../src/worker/runtimes/runtimeFailure';
import { presentRuntimes } from '../../../support/presentRuntimes';

describe('explainRuntimeFailure', () => {
  it.each([
    'OOM when allocating tensor with shape[64,64,112,112] and type float on /device:CPU:0 by allocator cpu',
    'std::bad_alloc',
    'Array buffer allocation failed',
    'Aborted(Cannot enlarge memory arrays to size 4294967296 bytes)',
  ])('takes "%s" for want of memory', (message) => {
    const explained = explainRuntimeFailure(new RangeError(message));
    expect(explained).toBeInstanceOf(UserError);
    expect((explained as UserError).message).toMatch(
      /halve batch and double accumulate.*recompute: true.*imageSize.*resume goes on from there/,
    );
  });

  it('takes a lost device for what it is', () => {
    const explained = explainRuntimeFailure(new Error('CUDA_ERROR_LAUNCH_FAILED: unspecified launch failure'));
    expect((explained as UserError).message).toMatch(/the GPU stopped working .*another --runtime/);
  });

  it('leaves everything else alone', () => {
    const [bug, own] = [new TypeError('x is undefined'), new UserError('numeric', 'the loss became NaN')];
    expect(explainRuntimeFailure(bug)).toBe(bug);
    expect(explainRuntimeFailure(own)).toBe(own);
    expect(explainRuntimeFailure('text')).toBe('text');
  });
});

const runtimes = (await presentRuntimes()).filter(({ backend }) => backend === 'tensorflow' || backend === 'wasm');

describe.each(runtimes)('a tensor larger than memory on $title', ({ isMissing, start }) => {
  it.skipIf(isMissing)('is a failure that is explained', async () => {
    await start();
    const allocate = () => tf.tidy(() => tf.add(tf.fill([2 ** 21, 2 ** 21], 1), 1).dataSync());
    let thrown: unknown;
    try {
      allocate();
    } catch (error) {
      thrown = error;
    }
    expect(explainRuntimeFailure(thrown)).toBeInstanceOf(UserError);
  });
});

const webgpu = (await presentRuntimes()).filter(({ backend }) => backend === 'webgpu');

describe.each(webgpu)('a shader that does not fit on $title', ({ isMissing, start }) => {
  it.skipIf(isMissing)('stops the training instead of computing zeros', async () => {
    await start();
    requireWorkingRuntime();
    const terms = Array.from({ length: 12 }, () => tf.tensor1d([1, 2, 3]));
    const sum = tf.addN(terms);
    await sum.data();
    tf.dispose([sum, ...terms]);
    expect(() => requireWorkingRuntime()).toThrow(/the GPU stopped working \(.*resume goes on/);
  });
});
