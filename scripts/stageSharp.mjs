/**
 * Copies sharp (the image decoder: native code, so no bundler can take it) with everything it needs on one platform.
 * The platform is a target of VS Code (`linux-x64`, `win32-arm64`, `alpine-x64` …), which need not be this machine's:
 * what node_modules lacks is installed by npm into a folder of its own.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** Sources, build scripts, types and headers, which decode nothing. Licences and notices (in some README) stay. */
const unneeded = /(^|\/)(src|install|include|glib-2\.0)(\/|$)|\.d\.[cm]?ts$/;

/** This machine as a target of VS Code. */
export function hostTarget() {
  const isMusl = process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime;
  return `${isMusl ? 'alpine' : process.platform}-${process.arch}`;
}

/** Fills `target`/node_modules and returns the names of the packages. */
export function stageSharp({ root, platform, into }) {
  let from = join(root, 'node_modules');
  let installed;
  if (!hasPlatform(from, platform)) {
    installed = installFor(root, platform);
    from = join(installed, 'node_modules');
  }
  const names = packagesFor(from, platform);
  for (const name of names) copyPackage(join(from, name), join(into, 'node_modules', name));
  if (installed) rmSync(installed, { recursive: true, force: true });
  return names;
}

/** sharp calls musl `linuxmusl`; VS Code calls it `alpine`. */
function sharpPlatform(platform) {
  return platform.replace('alpine', 'linuxmusl').replace('armhf', 'arm');
}

function hasPlatform(nodeModules, platform) {
  return existsSync(join(nodeModules, '@img', `sharp-${sharpPlatform(platform)}`));
}

/** sharp, what it depends on, and of its optional packages those of the platform; breadth first. */
function packagesFor(nodeModules, platform) {
  const suffix = `-${sharpPlatform(platform)}`;
  const names = new Set(['sharp']);
  for (const name of names) {
    const manifest = JSON.parse(readFileSync(join(nodeModules, name, 'package.json'), 'utf8'));
    for (const needed of Object.keys(manifest.dependencies ?? {})) names.add(needed);
    for (const optional of Object.keys(manifest.optionalDependencies ?? {})) {
      if (optional.endsWith(suffix)) names.add(optional);
    }
  }
  return [...names].sort();
}

function copyPackage(from, into) {
  const isWanted = (file) => !unneeded.test(file.slice(from.length + 1).replaceAll('\\', '/'));
  cpSync(from, into, { recursive: true, dereference: true, filter: isWanted });
}

function installFor(root, platform) {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', 'sharp', 'package.json'), 'utf8'));
  const folder = mkdtempSync(join(tmpdir(), 'transferscope-sharp-'));
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const [os, cpu] = sharpPlatform(platform).split('-');
  const isLinux = os.startsWith('linux');
  const args = [
    ...['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    `--os=${isLinux ? 'linux' : os}`,
    `--cpu=${cpu}`,
    ...(isLinux ? [`--libc=${os === 'linuxmusl' ? 'musl' : 'glibc'}`] : []),
    `sharp@${version}`,
  ];
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0 || !hasPlatform(join(folder, 'node_modules'), platform)) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`there is no sharp ${version} for ${platform}, or npm could not get it (${basename(folder)})`);
  }
  return folder;
}
