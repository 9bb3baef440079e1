/** Packages that may be absent: found beside the program or in a folder of the user, loaded from there, and named when broken. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findPackage, loadOptionalPackage } from '../../../../src/worker/runtimes/optionalPackage';

let folder = '';
const install = (name: string, code: string): void => {
  const place = path.join(folder, 'node_modules', name);
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(place, 'package.json'), JSON.stringify({ name, version: '1.2.3', main: 'main.cjs' }));
  writeFileSync(path.join(place, 'main.cjs'), code);
};

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'transferscope-optional-'));
  install('transferscope-works', 'exports.answer = 7;');
  install('transferscope-breaks', 'throw new Error("no such driver");');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('finds what lies beside the program first', () => {
  expect(findPackage('@tensorflow/tfjs-core', folder)).toMatchObject({ version: '4.22.0' });
});

it('finds and loads what is in the folder only', async () => {
  expect(findPackage('transferscope-works', folder)).toMatchObject({ version: '1.2.3' });
  const result = await loadOptionalPackage('transferscope-works', folder);
  expect(result).toMatchObject({ loaded: { version: '1.2.3', module: { answer: 7 } } });
});

it('names what is missing and what does not load', async () => {
  expect(findPackage('transferscope-works', path.join(tmpdir(), 'transferscope-nowhere'))).toBeUndefined();
  const missing = await loadOptionalPackage('transferscope-absent', folder);
  expect(missing).toEqual({ problem: 'not installed: transferscope-absent is missing' });
  const broken = await loadOptionalPackage('transferscope-breaks', folder);
  expect(broken).toEqual({ problem: 'transferscope-breaks 1.2.3 is installed but does not load: no such driver' });
});
