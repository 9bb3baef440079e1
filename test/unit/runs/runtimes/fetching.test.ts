/** Fetching pinned packages and wheels: what is checked, what is kept, what is said. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isWanted } from '../../../../src/runs/runtimes/builtBinding';
import { fetchNpmPackage } from '../../../../src/runs/runtimes/fetchNpmPackage';
import { fetchWheels, findPip, type Pip } from '../../../../src/runs/runtimes/fetchWheel';
import { pinnedWheels } from '../../../../src/runs/runtimes/pins';
import { runTool } from '../../../../src/runs/runtimes/runTool';
import { unpackWheel } from '../../../../src/runs/runtimes/unpackWheel';
import { writeZip } from '../../../support/writeZip';
import { createFakeSystem, startInstallation, writeFiles } from './fakeSystem';

let folder = '';
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'install-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const pip: Pip = { command: 'pip', args: [], version: [25, 1] };
const valueAfter = (args: readonly string[], option: string) => args[args.indexOf(option) + 1]!;

function pinOf(content: Uint8Array, name = 'tensorflow-cpu') {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { name, version: '2.20.0', sha256, bytes: content.length, platform: 'manylinux2014_x86_64' };
}

describe('fetchWheels', () => {
  const content = writeZip({ 'tensorflow/libtensorflow_cc.so.2': 'library', 'tensorflow/python/x.py': 'code' });

  it('asks pip for exactly that file, checks it and keeps it for the next time', async () => {
    let requirements = '';
    const system = createFakeSystem({
      pip: (args) => {
        requirements = readFileSync(valueAfter(args, '-r'), 'utf8');
        writeFileSync(path.join(valueAfter(args, '-d'), 'x.whl'), content);
        return undefined;
      },
    });
    const pin = pinOf(content);
    const installation = startInstallation(folder, system.run);
    const [first] = await fetchWheels([pin], pip, installation);
    expect(readFileSync(first!)).toEqual(content);
    expect(requirements).toBe(`tensorflow-cpu==2.20.0 --hash=sha256:${pin.sha256}\n`);
    expect(system.calls[0]).toMatch(/download --no-deps --only-binary :all: --require-hashes .*--resume-retries/);
    expect(readdirSync(installation.downloads)).toEqual([path.basename(first!)]);
    await fetchWheels([pin], pip, installation);
    expect(system.calls).toHaveLength(1);
    writeFileSync(first!, 'cut');
    await fetchWheels([pin], pip, installation);
    expect(system.calls).toHaveLength(2);
  });

  it('refuses another file than the pinned one, and one that pip cannot get', async () => {
    const other = createFakeSystem({
      pip: (args) => void writeFileSync(path.join(valueAfter(args, '-d'), 'x.whl'), 'something else'),
    });
    const installation = startInstallation(folder, other.run);
    await expect(fetchWheels([pinOf(content)], pip, installation)).rejects.toThrow(/pip gave another tensorflow-cpu/);
    const none = createFakeSystem({ pip: () => ({ isOk: false, problem: 'No matching distribution' }) });
    await expect(fetchWheels([pinOf(content)], pip, { ...installation, run: none.run })).rejects.toThrow(
      'pip cannot fetch tensorflow-cpu 2.20.0 (No matching distribution)',
    );
    expect(readdirSync(installation.downloads)).toEqual([]);
  });

  it('unpacks what is wanted of it and nothing else', async () => {
    const wheel = path.join(folder, 'x.whl');
    writeFileSync(wheel, content);
    const written = await unpackWheel({ wheel, folder, wants: isWanted });
    expect(written).toEqual(['tensorflow/libtensorflow_cc.so.2']);
    expect(readFileSync(path.join(folder, 'tensorflow/libtensorflow_cc.so.2'), 'utf8')).toBe('library');
    expect(existsSync(path.join(folder, 'tensorflow/python'))).toBe(false);
    writeFileSync(wheel, content.subarray(0, content.length - 30));
    await expect(unpackWheel({ wheel, folder, wants: isWanted })).rejects.toThrow();
  });

  it.each([
    ['tensorflow/libtensorflow_framework.so.2', true],
    ['tensorflow/libtensorflow_cc.2.dylib', true],
    ['tensorflow/include/tensorflow/c/eager/c_api.h', true],
    ['nvidia/cublas/lib/libcublas.so.12', true],
    ['tensorflow/include/Eigen/Core', false],
    ['tensorflow/python/_pywrap_tfe.so', false],
    ['nvidia/cublas/include/cublas.h', false],
  ])('%s: %s', (name, wanted) => expect(isWanted(name)).toBe(wanted));
});

describe('findPip', () => {
  it('takes the first that answers', async () => {
    const answers = { pip3: () => ({ stdout: 'pip 23.2.1 from /x (python 3.11)\n' }) };
    const system = createFakeSystem(answers);
    const installation = startInstallation(folder, system.run);
    expect(await findPip(installation)).toEqual({ command: 'pip3', args: [], version: [23, 2] });
    expect(await findPip({ ...installation, run: createFakeSystem({}).run })).toBeUndefined();
  });
});

describe('fetchNpmPackage', () => {
  it('checks the archive that npm packed and unpacks it', async () => {
    writeFiles(folder, { 'made/package/package.json': '{}' });
    const archive = path.join(folder, 'made.tgz');
    await runTool('tar', ['-czf', archive, '-C', path.join(folder, 'made'), 'package'], { limitMs: 10_000 });
    const bytes = readFileSync(archive);
    const system = createFakeSystem({
      npm: (args, { cwd }) => {
        writeFileSync(path.resolve(cwd!, valueAfter(args, '--pack-destination'), 'a-1.tgz'), bytes);
        return { stdout: 'a-1.tgz\n' };
      },
      tar: (args, options) => runTool('tar', args, options),
    });
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    const installation = startInstallation(folder, system.run);
    const target = path.join(folder, 'target');
    await fetchNpmPackage({ name: 'a', version: '1.0.0', integrity }, target, installation);
    expect(readdirSync(target)).toEqual(['package.json']);
    expect(system.calls[0]).toContain('pack a@1.0.0 --ignore-scripts');
    const wrong = { name: 'a', version: '1.0.0', integrity: 'sha512-other' };
    await expect(fetchNpmPackage(wrong, target, installation)).rejects.toThrow(/another a 1\.0\.0 than expected/);
  });
});

describe('the pins', () => {
  it.each(['linux-x64', 'linux-arm64', 'darwin-arm64'])('name a TensorFlow for %s', (platform) => {
    const [wheel] = pinnedWheels('tensorflow', platform);
    expect(wheel!.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('offer the GPU runtime where NVIDIA has wheels, TensorFlow first, no hash twice', () => {
    const wheels = pinnedWheels('tensorflow-gpu', 'linux-x64');
    expect(wheels[0]!.name).toBe('tensorflow');
    expect(new Set(wheels.map(({ sha256 }) => sha256)).size).toBe(12);
    expect(pinnedWheels('tensorflow-gpu', 'darwin-arm64')).toEqual([]);
    expect(pinnedWheels('tensorflow', 'win32-x64')).toEqual([]);
  });
});
