/** Installing end to end over a fake system: the ways in their order, the sentence when none works, nothing half-done. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { installRuntime, installTensorflow } from '../../../../src/runs/runtimes/installRuntime';
import { runTool } from '../../../../src/runs/runtimes/runTool';
import { removeRuntime } from '../../../../src/runs/runtimes/stagedInstall';
import { Cancelled, UserError } from '../../../../src/shared/errors';
import { installWebgpuPackages } from '../../../../src/runs/runtimes/webgpuPackages';
import { findPackage } from '../../../../src/worker/runtimes/optionalPackage';
import { findNative } from '../../../../src/worker/runtimes/tensorflow/findNative';
import { createFakeSystem, startInstallation, writeFiles } from './fakeSystem';

let server: Server;
let answering = '';
beforeAll(async () => {
  server = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  answering = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => void server.close());

let root = '';
let cache = '';
const earlier = process.env['TRANSFERSCOPE_CACHE'];
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'install-'));
  cache = path.join(root, 'runtimes');
  process.env['TRANSFERSCOPE_CACHE'] = root;
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
  if (earlier === undefined) delete process.env['TRANSFERSCOPE_CACHE'];
  else process.env['TRANSFERSCOPE_CACHE'] = earlier;
});

const node = path.basename(process.execPath);
const loads = () => ({ stdout: '{"version":"2.9.1","gpu":false}' });

/** What npm leaves behind when the package's install script worked. */
function installStock(_: readonly string[], { cwd }: { readonly cwd?: string }): undefined {
  const folder = path.join(cwd!, 'node_modules', '@tensorflow', 'tfjs-node');
  writeFiles(folder, {
    'package.json': '{}',
    'dist/nodejs_kernel_backend.js': '',
    'lib/napi-v8/tfjs_binding.node': 'addon',
    'deps/lib/libtensorflow.so.2': 'library',
    'deps/include/c_api.h': 'header',
  });
  writeFiles(path.join(cwd!, 'node_modules', '@tensorflow', 'tfjs-core'), { 'package.json': '{}' });
}

const stock = () => createFakeSystem({ npm: installStock, [node]: loads }).run;

describe('installRuntime', () => {
  it('takes the package as published where its host answers, without the tfjs it brings along', async () => {
    const env = { TFJS_NODE_BASE_URI: answering };
    const doing: string[] = [];
    const record = await installTensorflow('tensorflow', {
      ...{ cache, env, run: stock() },
      onProgress: (progress) => doing.push(progress.doing),
    });
    expect(record).toMatchObject({ source: 'stock', tensorflow: '2.9.1', addon: 'npm/lib/napi-v8/tfjs_binding.node' });
    expect(record.files).toEqual({ 'npm/deps/lib/libtensorflow.so.2': 7, 'npm/lib/napi-v8/tfjs_binding.node': 5 });
    expect(readdirSync(cache)).toEqual(['tensorflow']);
    expect(readdirSync(path.join(cache, 'tensorflow')).sort()).toEqual(['installed.json', 'npm']);
    expect(doing.at(-1)).toBe('loading it once');
    const found = findNative('tensorflow');
    expect('problem' in found ? found.problem : found.addon).toBe(
      path.join(cache, 'tensorflow', 'npm/lib/napi-v8/tfjs_binding.node'),
    );
  });

  it('says in one sentence what is missing, in no time, and leaves nothing', async () => {
    const env = { TFJS_NODE_BASE_URI: 'http://127.0.0.1:1/' };
    const error = await installRuntime('tensorflow', { cache, env, run: createFakeSystem({}).run }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UserError);
    const { message } = error as UserError;
    expect(message).toContain('127.0.0.1:1 does not answer');
    if (process.platform === 'linux')
      expect(message).toContain('pip (python3 -m pip) and a C++ compiler (g++ or clang++) are missing');
    expect(message).toContain('or go on with the runtime wasm');
    expect(readdirSync(cache)).toEqual(['downloads']);
  });

  it('keeps the earlier installation when a new one does not load', async () => {
    const env = { TFJS_NODE_BASE_URI: answering };
    await installRuntime('tensorflow', { cache, env, run: stock() });
    const before = readFileSync(path.join(cache, 'tensorflow', 'installed.json'), 'utf8');
    const broken = createFakeSystem({
      npm: installStock,
      [node]: () => ({ isOk: false, problem: 'undefined symbol' }),
    });
    await expect(installRuntime('tensorflow', { cache, env, run: broken.run })).rejects.toThrow(
      /does not load \(undefined symbol\)/,
    );
    expect(readFileSync(path.join(cache, 'tensorflow', 'installed.json'), 'utf8')).toBe(before);
    expect(readdirSync(cache).sort()).toEqual(['downloads', 'tensorflow']);
  });

  it('sweeps what a killed installation left, and takes it for nothing', async () => {
    mkdirSync(path.join(cache, '.staging-tensorflow-999999'), { recursive: true });
    mkdirSync(path.join(cache, `.staging-tensorflow-gpu-999999`), { recursive: true });
    expect(findNative('tensorflow')).toHaveProperty('problem', expect.stringContaining('not installed'));
    await installRuntime('tensorflow', { cache, env: { TFJS_NODE_BASE_URI: answering }, run: stock() });
    expect(readdirSync(cache).sort()).toEqual(['.staging-tensorflow-gpu-999999', 'tensorflow']);
  });

  it('notices a library that was cut short', async () => {
    await installRuntime('tensorflow', { cache, env: { TFJS_NODE_BASE_URI: answering }, run: stock() });
    writeFileSync(path.join(cache, 'tensorflow', 'npm/deps/lib/libtensorflow.so.2'), 'lib');
    expect(findNative('tensorflow')).toHaveProperty(
      'problem',
      expect.stringMatching(/is damaged: .*libtensorflow\.so\.2 has 3 bytes instead of 7; run `transferscope runtimes/),
    );
  });

  it('stops when asked to, and after the time it was given', async () => {
    const stopping = new AbortController();
    const npm = () => (stopping.abort(), new Promise<undefined>((resolve) => setTimeout(resolve, 50)));
    const run = createFakeSystem({ npm, [node]: loads }).run;
    const env = { TFJS_NODE_BASE_URI: answering };
    const stopped = installRuntime('tensorflow', { cache, env, run: runTool, signal: AbortSignal.abort() });
    await expect(stopped).rejects.toBeInstanceOf(Cancelled);
    await expect(installRuntime('tensorflow', { cache, env, run, signal: stopping.signal })).rejects.toBeInstanceOf(
      Cancelled,
    );
    const slow: typeof runTool = (_command, _args, { signal }) =>
      new Promise((_resolve, reject) => signal!.addEventListener('abort', () => reject(new Cancelled())));
    await expect(installRuntime('tensorflow', { cache, env, run: slow, withinSeconds: 0.2 })).rejects.toThrow(
      /within 0\.2 s/,
    );
    expect(existsSync(path.join(cache, 'tensorflow'))).toBe(false);
  });

  it('fetches nothing for a GPU that is not there', async () => {
    const system = createFakeSystem({});
    await expect(installRuntime('tensorflow-gpu', { cache, env: {}, run: system.run })).rejects.toThrow(
      /needs an NVIDIA GPU and none was found \(nvidia-smi is not on the path\)/,
    );
    const old = createFakeSystem({ 'nvidia-smi': () => ({ stdout: '470.82.01, Tesla T4\n' }) });
    await expect(installRuntime('tensorflow-gpu', { cache, env: {}, run: old.run })).rejects.toThrow(
      /driver 525 or later and this is 470/,
    );
    expect(existsSync(cache)).toBe(false);
  });

  it('refuses the GPU runtime when it loads and finds no GPU', async () => {
    const system = createFakeSystem({
      'nvidia-smi': () => ({ stdout: '550.54, NVIDIA H100\n' }),
      npm: (args, options) => {
        installStock(args, options);
        const packages = path.join(options.cwd!, 'node_modules', '@tensorflow');
        writeFiles(path.join(packages, 'tfjs-node-gpu'), { 'lib/napi-v8/tfjs_binding.node': 'addon' });
        return undefined;
      },
      [node]: loads,
    });
    const env = { TFJS_NODE_BASE_URI: answering };
    await expect(installRuntime('tensorflow-gpu', { cache, env, run: system.run })).rejects.toThrow(
      /loads but finds no GPU/,
    );
    const forced = await installTensorflow('tensorflow-gpu', { cache, env, run: system.run, withoutDriver: true });
    expect(forced.runtime).toBe('tensorflow-gpu');
  });

  it('removes an installation once', async () => {
    await installRuntime('tensorflow', { cache, env: { TFJS_NODE_BASE_URI: answering }, run: stock() });
    expect(await removeRuntime('tensorflow', { cache })).toBe(true);
    expect(await removeRuntime('tensorflow', { cache })).toBe(false);
    expect(readdirSync(cache)).toEqual([]);
  });
});

describe('installRuntime of webgpu', () => {
  const platform = `${process.platform}-${process.arch}`;
  const addon = process.platform === 'darwin' ? 'darwin-universal.dawn.node' : `${platform}.dawn.node`;

  const content = 'an archive';
  const integrity = `sha512-${createHash('sha512').update(content).digest('base64')}`;
  const pins = {
    dawn: { name: 'webgpu', version: '0.4.0', integrity },
    backend: { name: '@tensorflow/tfjs-backend-webgpu', version: '4.22.0', integrity },
  };

  /** npm that gives an archive of no content, and tar that takes Dawn's addons from it. */
  const system = (names: readonly string[]) =>
    createFakeSystem({
      npm: (args, { cwd }) => {
        writeFiles(path.resolve(cwd!, args[args.indexOf('--pack-destination') + 1]!), { 'package.tgz': content });
        return { stdout: 'package.tgz\n' };
      },
      tar: (args, { cwd }) => {
        const folder = path.resolve(cwd!, args[args.indexOf('-C') + 1]!);
        writeFiles(
          folder,
          Object.fromEntries(['index.js', ...names.map((name) => `dist/${name}`)].map((n) => [n, ''])),
        );
        return undefined;
      },
      [node]: () => ({}),
    });

  it('lays both packages where the worker looks for them, with the addon of this platform only', async () => {
    const installation = { ...startInstallation(root, system([addon, 'aix-ppc64.dawn.node']).run), platform };
    expect(await installWebgpuPackages(installation, pins)).toBe("Dawn 0.4.0, TensorFlow.js's backend 4.22.0");
    const found = findPackage('webgpu', installation.staging);
    expect(found?.entry).toBe(path.join(installation.staging, 'node_modules/webgpu/index.js'));
    expect(findPackage('@tensorflow/tfjs-backend-webgpu', installation.staging)).toBeDefined();
    expect(readdirSync(path.join(installation.staging, 'node_modules/webgpu/dist'))).toEqual([addon]);
  });

  it('says so where Dawn has no addon for the platform', async () => {
    const installation = { ...startInstallation(root, system([addon]).run), platform: 'aix-ppc64' };
    await expect(installWebgpuPackages(installation, pins)).rejects.toThrow(
      /webgpu cannot be installed here \(Dawn has no addon for aix-ppc64\)/,
    );
  });

  it('refuses a package that is not the pinned one, and leaves nothing', async () => {
    await expect(installRuntime('webgpu', { cache, env: {}, run: system([addon]).run })).rejects.toThrow(
      /webgpu cannot be installed here \(npm gave another webgpu 0\.4\.0 than expected .*or go on with the runtime wasm/,
    );
    expect(readdirSync(cache)).toEqual(['downloads']);
  });

  it('says what is missing where npm is not on the path', async () => {
    await expect(installRuntime('webgpu', { cache, env: {}, run: createFakeSystem({}).run })).rejects.toThrow(
      /webgpu cannot be installed here \(npm is not on the path\)/,
    );
  });
});

describe('runTool', () => {
  it('says why a program failed, in its own words', async () => {
    const script = 'console.error("npm warn x\\nERROR: no such thing\\nA complete log of this run");process.exit(1)';
    const failed = await runTool(process.execPath, ['-e', script], { limitMs: 10_000 });
    expect(failed).toMatchObject({ isOk: false, isMissing: false, problem: 'no such thing' });
    const missing = await runTool('no-such-program-here', [], { limitMs: 10_000 });
    expect(missing).toMatchObject({ isOk: false, isMissing: true });
  });

  it('ends a program that takes too long, and what it started', async () => {
    const script = 'require("child_process").spawn("sleep",["60"],{stdio:"inherit"});setInterval(()=>{},1000)';
    const startedAt = performance.now();
    const late = await runTool(process.execPath, ['-e', script], { limitMs: 500 });
    expect(late).toMatchObject({ isOk: false, problem: expect.stringMatching(/no end after/) as string });
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});
