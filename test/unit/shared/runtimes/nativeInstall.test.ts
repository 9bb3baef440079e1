import { describe, expect, it } from 'vitest';
import { nativeCacheFolder, nativeRecordText, parseNativeRecord } from '../../../../src/shared/runtimes/nativeInstall';

const record = {
  runtime: 'tensorflow',
  source: 'built',
  binding: '4.22.0',
  tensorflow: '2.20.0',
  platform: 'linux-x64',
  packageFolder: 'npm',
  addon: 'addon/tfjs_binding.node',
  files: { 'addon/tfjs_binding.node': 5 },
  installedAt: '2026-01-01T00:00:00.000Z',
} as const;

describe('nativeCacheFolder', () => {
  it.each([
    ['linux', {}, '/home/u/.cache/transferscope/runtimes'],
    ['linux', { XDG_CACHE_HOME: '/x' }, '/x/transferscope/runtimes'],
    ['darwin', {}, '/home/u/Library/Caches/transferscope/runtimes'],
    ['win32', { LOCALAPPDATA: 'C:/L' }, 'C:/L/transferscope/cache/runtimes'],
    ['linux', { XDG_CACHE_HOME: '/x', TRANSFERSCOPE_CACHE: '/own' }, '/own/runtimes'],
  ])('on %s with %j', (platform, env, folder) => {
    expect(nativeCacheFolder({ platform, env, home: '/home/u' })).toBe(folder);
  });
});

describe('parseNativeRecord', () => {
  it('reads back what was written', () => {
    expect(parseNativeRecord(nativeRecordText(record), 'linux-x64')).toEqual({ version: 1, ...record });
  });

  it.each([
    ['{', /damaged/],
    [nativeRecordText({ ...record, binding: '4.21.0' }), /another version \(4\.21\.0, this one uses 4\.22\.0\)/],
    [nativeRecordText({ ...record, platform: 'darwin-arm64' }), /it is for darwin-arm64, this is linux-x64/],
    [nativeRecordText({ ...record, addon: '' }), /incomplete/],
  ])('refuses %s', (text, reason) => {
    const parsed = parseNativeRecord(text, 'linux-x64');
    expect('problem' in parsed && parsed.problem).toMatch(reason);
  });
});
