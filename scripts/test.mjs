/**
 * `npm test`: sets everything up, runs the tests, and ends with one line of counts and the reason for every skipped test.
 * First come the programs' tests, then those that drive a real VS Code; these install what they need (800 MB, once) or are
 * skipped with the reason. Arguments go to vitest: `npm test -- test/unit/runs` starts no editor. Exit code is vitest's.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseRuntime } from './nativeRuntime.mjs';
import { setUp } from './setup.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
setUp();
// Tests of the native runtime are skipped by name where it is not.
chooseRuntime();

const folder = mkdtempSync(join(tmpdir(), 'transferscope-test-'));
const countsFile = join(folder, 'counts.json');
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts', 'countReporter.mjs')}`];
// Everything inside has a shorter limit of its own; this is for what nobody thought of.
const LIMIT_MINUTES = 60;
const typed = process.argv.slice(2);
const { status, error, signal } = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...typed], {
  cwd: root,
  stdio: 'inherit',
  timeout: LIMIT_MINUTES * 60_000,
  killSignal: 'SIGKILL',
  env: { ...process.env, ...vulkanOfChromium(), TEST_COUNTS_FILE: countsFile },
});
if (error?.code === 'ETIMEDOUT') process.stderr.write(`the tests did not end within ${LIMIT_MINUTES} minutes\n`);
else if (error || signal) process.stderr.write(`vitest did not finish: ${error?.message ?? signal}\n`);
const isCounted = printCounts();
rmSync(folder, { recursive: true, force: true });
process.exit(status === 0 && !isCounted ? 1 : (status ?? 1));

/** The tests of WebGPU run on chromium's software GPU, whose Vulkan loader lies beside it and not where the system looks. */
function vulkanOfChromium() {
  const folder = '/usr/lib/chromium';
  if (!existsSync(join(folder, 'libvulkan.so.1'))) return {};
  return { LD_LIBRARY_PATH: [process.env.LD_LIBRARY_PATH, folder].filter(Boolean).join(':') };
}

function printCounts() {
  let counts;
  try {
    counts = JSON.parse(readFileSync(countsFile, 'utf8'));
  } catch {
    process.stdout.write('vitest left no results, so nothing can be counted\n');
    return false;
  }
  for (const { file, name, reason } of counts.skipped) {
    process.stdout.write(`skipped: ${file}: ${name}: ${reason || 'no reason given beyond its name'}\n`);
  }
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped.length} skipped\n`);
  return true;
}
