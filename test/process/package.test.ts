/** The .vsix: what is in it, how large it is, and that it runs from nothing but its own files. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageForTest } from '../support/packageForTest';
import { readZip } from '../support/readZip';

const LARGEST_MIB = 25;

/** What sharp is made of, apart from its two packages per platform. */
const decoder = /^dist\/node_modules\/(sharp|detect-libc|semver|@img\/(colour|sharp-[\w-]+))\//;

const folder = mkdtempSync(path.join(tmpdir(), 'transferscope-package-test-'));
const vsix = path.join(folder, 'transferscope.vsix');
let files = new Map<string, Buffer>();

beforeAll(async () => {
  await packageForTest(vsix);
  const inside = [...readZip(vsix)].filter(([name]) => name.startsWith('extension/'));
  files = new Map(inside.map(([name, bytes]) => [name.slice('extension/'.length), bytes]));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the .vsix', () => {
  it('holds the programs and the static files, and nothing else', () => {
    const outside = [...files.keys()].filter((name) => !decoder.test(name));
    const isShipped = /^(media|recipes|schemas|docs\/images)\//;
    const panels = readdirSync(path.resolve(import.meta.dirname, '../../webview/panels'));
    const bundles = panels.flatMap((name) => [`dist/webview/${name}.css`, `dist/webview/${name}.js`]);
    for (const panel of ['detections', 'embedding', 'features', 'predictions'])
      bundles.push(`dist/webview/${panel}Worker.js`);
    expect(panels).toContain('results');
    expect(outside.filter((name) => !isShipped.test(name)).sort()).toEqual([
      'LICENSE.txt',
      'changelog.md',
      'dist/augmentThread.js',
      'dist/cli.js',
      'dist/extension.cjs',
      'dist/labelThread.js',
      'dist/tfjs-backend-wasm-simd.wasm',
      'dist/tfjs-backend-wasm-threaded-simd.wasm',
      'dist/tfjs-backend-wasm.wasm',
      ...bundles.sort(),
      'dist/worker.js',
      'package.json',
      'readme.md',
    ]);
    for (const name of ['google.webp', 'twitter.webp', 'emoji.json', 'ATTRIBUTION.md']) {
      expect(outside).toContain(`media/data/emoji/${name}`);
    }
    expect(outside).toContain('recipes/moco-v2-200ep.yaml');
    expect(outside).toContain('schemas/experiment.schema.json');
  });

  it('shows its README with the pictures', () => {
    const named = [
      ...files
        .get('readme.md')!
        .toString()
        .matchAll(/!\[[^\]]*\]\(([^)]+)\)/g),
    ].map((match) => match[1]!);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !files.has(name))).toEqual([]);
    const shipped = [...files.keys()].filter((name) => name.startsWith('docs/'));
    expect(shipped.filter((name) => !named.includes(name))).toEqual([]);
  });

  it('has no sources, tests, maps or development files', () => {
    const unwanted = /\.(ts|map|cc|h|gyp|tsbuildinfo)$|(^|\/)(test|bench|src|scripts|\.transferscope|\.git)(\/|$)/;
    expect([...files.keys()].filter((name) => unwanted.test(name))).toEqual([]);
  });

  it('says in its manifest only what an installed extension needs, and every file it names is there', () => {
    const manifest = JSON.parse(files.get('package.json')!.toString()) as Record<string, unknown>;
    expect(Object.keys(manifest).filter((key) => /dependencies|scripts/i.test(key))).toEqual([]);
    const text = JSON.stringify({ main: manifest.main, icon: manifest.icon, contributes: manifest.contributes });
    const named = [...text.matchAll(/"(?:\.\/)?((?:media|dist|recipes|schemas)\/[^"]+)"/g)].map((match) => match[1]!);
    expect(named).toContain('dist/extension.cjs');
    expect(named.filter((name) => !files.has(name))).toEqual([]);
  });

  it(`is smaller than ${LARGEST_MIB} MiB`, () => {
    const size = statSync(vsix).size / 2 ** 20;
    const unpacked = [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0) / 2 ** 20;
    process.stdout.write(
      `the .vsix has ${files.size} files, ${size.toFixed(1)} MiB (${unpacked.toFixed(1)} unpacked):\n${listContents()}\n`,
    );
    expect(size).toBeLessThan(LARGEST_MIB);
  });

  it('gives no panel more than it uses: the checks of experiment files stay outside', () => {
    const scripts = [...files].filter(([name]) => /^dist\/webview\/.*\.js$/.test(name));
    expect(scripts.filter(([, { length }]) => length > 450 * 1024).map(([name]) => name)).toEqual([]);
  });

  it('has the version that the changelog begins with', () => {
    const { version } = JSON.parse(files.get('package.json')!.toString()) as { version: string };
    expect(/^## (\S+)/m.exec(files.get('changelog.md')!.toString())?.[1]).toBe(version);
  });

  it('runs an experiment on JPEG, PNG and WebP images with no other package around', async () => {
    unpack(path.join(folder, 'installed'));
    const workspace = path.join(folder, 'workspace');
    await makeImages(path.join(workspace, 'images'));
    writeFileSync(path.join(workspace, 'tiny.transfer.yaml'), experiment);
    const cli = path.join(folder, 'installed', 'dist', 'cli.js');
    const args = [cli, 'run', 'tiny.transfer.yaml', '--runtime', 'wasm'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: workspace, env: withoutNodePath() });
    // All three formats of both classes, read so well that the nearest neighbour by colour is always right.
    expect(stdout).toContain('features of images val by random, seed 0: 6/6 images');
    expect(stdout).toContain('avgpool accuracy 100.0 %');
  });
});

const experiment = `name: tiny
seeds: [0]
backbone: { name: resnet18, width: 4, stem: small }
data:
  images: { kind: image-folder, root: images }
pretrainings:
  - { id: random }
transfers:
  - { id: nearest, task: knn, data: images, k: 1, layers: [avgpool] }
`;

/** A line for each file of its own and for each folder that is shipped whole, the largest first. */
function listContents(): string {
  const sizes = new Map<string, number>();
  for (const [name, { length }] of files) {
    const whole = /^(dist\/node_modules|media|recipes|schemas|docs)\//.exec(name)?.[0] ?? name;
    sizes.set(whole, (sizes.get(whole) ?? 0) + length);
  }
  const rows = [...sizes].sort(([, a], [, b]) => b - a);
  return rows.map(([name, bytes]) => `${(bytes / 1024).toFixed(0).padStart(8)} KiB  ${name}`).join('\n');
}

function unpack(into: string): void {
  for (const [name, bytes] of files) {
    const file = path.join(into, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
}

/** Two classes, each with one image per format in both splits. */
async function makeImages(into: string): Promise<void> {
  for (const split of ['train', 'val']) {
    for (const [label, background] of Object.entries({ blue: '#1040f0', red: '#f02010' })) {
      const target = path.join(into, split, label);
      mkdirSync(target, { recursive: true });
      const image = sharp({ create: { width: 32, height: 32, channels: 3, background } });
      for (const format of ['jpeg', 'png', 'webp'] as const) {
        await image
          .clone()
          .toFormat(format)
          .toFile(path.join(target, `one.${format}`));
      }
    }
  }
}

function withoutNodePath(): NodeJS.ProcessEnv {
  const { NODE_PATH: _path, NODE_OPTIONS: _options, ...env } = process.env;
  return env;
}
