import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLoader } from '../../../../../src/worker/runtimes/tensorflow/commonJs';
import { makeTree } from '../../data/tempFolder';

describe('createLoader', () => {
  it('replaces what it is told to, keeps relative imports in the tree, leaves the rest to Node', async () => {
    const folder = await makeTree({
      'index.js': `exports.core = require('core').name; exports.deep = require('./lib/deep').core; exports.os = typeof require('os').cpus;`,
      'lib/deep.js': `exports.core = require('core').name; exports.file = __filename;`,
    });
    const load = createLoader(new Map([['core', { name: 'ours' }]]));
    expect(load(path.join(folder, 'index.js'))).toEqual({ core: 'ours', deep: 'ours', os: 'function' });
    expect(load(path.join(folder, 'lib/deep.js'))['file']).toBe(path.join(folder, 'lib', 'deep.js'));
  });

  it('runs each file once and bears cycles', async () => {
    const folder = await makeTree({
      'a.js': `exports.early = 1; exports.b = require('./b'); exports.late = 2;`,
      'b.js': `const a = require('./a'); exports.seen = { ...a };`,
    });
    const load = createLoader(new Map());
    const a = load(path.join(folder, 'a.js'));
    expect(a).toEqual({ early: 1, b: { seen: { early: 1, b: undefined } }, late: 2 });
    expect(load(path.join(folder, 'a.js'))).toBe(a);
  });
});
