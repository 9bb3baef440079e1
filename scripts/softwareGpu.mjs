/**
 * WebGPU for the tests: they run on SwiftShader, the software GPU of Debian's chromium, whose Vulkan loader lies beside it and
 * not where the system looks. Where chromium is, or is going to be installed for the tests of the editor, WebGPU's packages
 * are fetched once (30 MB, into the user's cache); elsewhere those tests are skipped by name with the reason.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { say } from './setup.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const cli = join(root, 'dist', 'cli.js');
const chromium = '/usr/lib/chromium';
const LIMIT_SECONDS = 60;

/** The environment that the tests need; says what it did and never fails. Needs the build. */
export function provideSoftwareGpu() {
  const isDebianRoot = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (!existsSync(join(chromium, 'libvulkan.so.1')) && !isDebianRoot) return {};
  if (process.env.TRANSFERSCOPE_NATIVE !== 'no' && isAbsent()) install();
  return { LD_LIBRARY_PATH: [process.env.LD_LIBRARY_PATH, chromium].filter(Boolean).join(':') };
}

function isAbsent() {
  const listed = spawnSync(process.execPath, [cli, 'runtimes', '--json'], { cwd: root, encoding: 'utf8' });
  if (listed.status !== 0) return false;
  return JSON.parse(listed.stdout).some(({ name, reason }) => name === 'webgpu' && reason.startsWith('not installed'));
}

function install() {
  const typed = ['runtimes', 'install', 'webgpu', '--without-driver', '--within', String(LIMIT_SECONDS)];
  const { status } = spawnSync(process.execPath, [cli, ...typed], { cwd: root, stdio: 'inherit' });
  if (status !== 0) say('the tests of WebGPU are skipped');
}
