/** What is tried again, how often, and that a wish to stop is not waited out. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/shared/errors';
import { exitOf, exitOfError } from '../../../src/worker/partExit';
import { MOST_ATTEMPTS, retryDelay, waitUnless } from '../../../src/worker/retry';

const failure = (code: string) => Object.assign(new Error(code), { code });

describe('retries', () => {
  it('wait longer and longer for what passes, and then give up', () => {
    const delays = Array.from({ length: MOST_ATTEMPTS }, (_, i) => retryDelay(failure('ESTALE'), i + 1));
    expect(delays).toEqual([1, 4, 16, undefined]);
  });

  it.each([
    failure('ENOENT'),
    failure('ENOSPC'),
    new UserError('numeric', 'the loss became NaN'),
    new TypeError('x'),
    'text',
  ])('are of no use for %s', (error) => expect(retryDelay(error, 1)).toBeUndefined());

  it('end at once when the run is to stop', async () => {
    const stopping = new AbortController();
    const waiting = waitUnless(stopping.signal, 3_600_000);
    stopping.abort();
    await expect(waiting).rejects.toThrow('cancelled');
    await expect(waitUnless(stopping.signal, 1)).rejects.toThrow('cancelled');
  });
});

describe('exit codes of a part', () => {
  it('tell a cluster what to do', () => {
    expect(exitOf({ state: 'done' })).toBe(0);
    expect(exitOf({ state: 'failed', isFinal: true })).toBe(65);
    expect(exitOf({ state: 'failed', isFinal: false })).toBe(70);
    expect(exitOf({ state: 'stopped' })).toBe(75);
    expect(exitOf({ state: 'stopped', left: 'fenced' })).toBe(76);
    expect(exitOf({ state: 'stopped', left: 'needs' })).toBe(77);
    expect(exitOfError(new UserError('storage', 'the disk is full'))).toBe(75);
    expect(exitOfError(new UserError('data', 'no such file'))).toBe(65);
    expect(exitOfError(new TypeError('x'))).toBe(70);
  });
});
