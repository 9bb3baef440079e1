/** The list of graphics processors that a process was started with, and what it leaves for itself. */
import { beforeEach, describe, expect, it, vi } from 'vitest';

beforeEach(() => vi.resetModules());
const load = () => import('../../../../src/worker/runtimes/devices');

describe('graphics processors', () => {
  it('the first is taken, the others are remembered for helpers', async () => {
    const { deviceOf, useFirstDevice, visibleDevices } = await load();
    const environment: NodeJS.ProcessEnv = { CUDA_VISIBLE_DEVICES: '2,5,7' };
    useFirstDevice(environment);
    expect(environment.CUDA_VISIBLE_DEVICES).toBe('2');
    expect(visibleDevices(environment)).toEqual(['2', '5', '7']);
    expect([0, 1, 2].map((rank) => deviceOf(rank))).toEqual(['2', '5', '7']);
  });

  it('are counted where nobody listed them', async () => {
    const { deviceOf, useFirstDevice, visibleDevices } = await load();
    const environment: NodeJS.ProcessEnv = {};
    useFirstDevice(environment);
    expect(environment.CUDA_VISIBLE_DEVICES).toBe('0');
    expect(visibleDevices(environment)).toBeUndefined();
    expect(deviceOf(3)).toBe('3');
  });

  it.each(['', '4'])('a list of "%s" stays as it is', async (listed) => {
    const { useFirstDevice } = await load();
    const environment: NodeJS.ProcessEnv = { CUDA_VISIBLE_DEVICES: listed };
    useFirstDevice(environment);
    expect(environment.CUDA_VISIBLE_DEVICES).toBe(listed);
  });
});
