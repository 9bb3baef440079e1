import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { runtimeNames } from '../../../../src/shared/experiment/runtimeName';
import { UserError } from '../../../../src/shared/errors';
import { usableThreads } from '../../../../src/worker/runtimes/wasm/usableThreads';
import { listRuntimes, startRuntime } from '../../../../src/worker/runtimes/startRuntime';

describe('startRuntime', () => {
  it('starts wasm on all cores', async () => {
    const status = await startRuntime('wasm');
    expect(status).toMatchObject({ name: 'wasm', available: true, threads: usableThreads() });
    expect(status.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(tf.getBackend()).toBe('wasm');
  });

  it("counts threads by cores, the container's share and the variable", () => {
    expect(usableThreads({}, () => undefined)).toBeGreaterThanOrEqual(1);
    expect(usableThreads({}, () => '100000 100000\n')).toBe(1);
    expect(usableThreads({}, () => 'max 100000\n')).toBe(usableThreads({}, () => undefined));
    expect(usableThreads({ TRANSFERSCOPE_THREADS: '3' }, () => '100000 100000')).toBe(3);
    expect(usableThreads({ TRANSFERSCOPE_THREADS: 'many' }, () => '100000 100000')).toBe(1);
  });

  it('chooses by itself and says why', async () => {
    const status = await startRuntime('auto');
    expect(status.available).toBe(true);
    expect(status.reason).toMatch(/^chosen automatically: /);
    if (status.name === 'wasm') expect(status.reason).toMatch(/tensorflow-gpu: .*tensorflow: .*webgpu: /);
  });

  it('lists every runtime with a reason each', async () => {
    const statuses = await listRuntimes();
    expect(statuses.map(({ name }) => name)).toEqual([...runtimeNames]);
    for (const { reason, available, device } of statuses) {
      expect(reason.length).toBeGreaterThan(10);
      expect(device === '').toBe(!available);
    }
  });

  it('refuses a runtime that is not there with one sentence', async () => {
    const missing = (await listRuntimes()).find(({ available }) => !available);
    if (!missing) return;
    const error = await startRuntime(missing.name).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).code).toBe('runtime');
    expect((error as UserError).message).toContain(missing.reason);
  });
});
