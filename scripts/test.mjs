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
import { provideSlurm } from './slurmPackages.mjs';
import { provideSoftwareGpu } from './softwareGpu.mjs';

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
// Real editors, browsers and processes on a busy machine: what fails there gets a second chance, which is announced.
const REPEATED = /^test\/(vscode|panels|process)\//;

const typed = process.argv.slice(2);
if (typed.length === 0 || typed.some((part) => part.includes('slurm'))) provideSlurm();
const softwareGpu = provideSoftwareGpu();
let { status, files } = runTests(typed);
const failed = files?.filter(({ failed }) => failed.length > 0) ?? [];
if (failed.length > 0 && failed.every(({ file }) => REPEATED.test(file))) {
  const names = failed.map(({ file }) => file);
  process.stdout.write(`\nrepeating what failed: ${names.join(', ')}\n`);
  const again = runTests(names);
  status = again.status;
  files = files.map((first) => again.files?.find(({ file }) => file === first.file) ?? first);
}
if (files) printCounts(files, failed);
else process.stdout.write('vitest left no results, so nothing can be counted\n');
rmSync(folder, { recursive: true, force: true });
process.exit(status === 0 && !files ? 1 : status);

/** Exit status, and counts by file where vitest came to its end. */
function runTests(selection) {
  rmSync(countsFile, { force: true });
  const { status, error, signal } = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...selection], {
    cwd: root,
    stdio: 'inherit',
    timeout: LIMIT_MINUTES * 60_000,
    killSignal: 'SIGKILL',
    env: { ...process.env, ...softwareGpu, TEST_COUNTS_FILE: countsFile },
  });
  if (error?.code === 'ETIMEDOUT') process.stderr.write(`the tests did not end within ${LIMIT_MINUTES} minutes\n`);
  else if (error || signal) process.stderr.write(`vitest did not finish: ${error?.message ?? signal}\n`);
  const files = existsSync(countsFile) ? JSON.parse(readFileSync(countsFile, 'utf8')) : undefined;
  return { status: status ?? 1, files };
}

/** `failedFirst`: files as they were before they were repeated. */
function printCounts(files, failedFirst) {
  for (const { file, skipped } of files) {
    for (const { name, reason } of skipped)
      process.stdout.write(`skipped: ${file}: ${name}: ${reason || 'no reason given beyond its name'}\n`);
  }
  for (const { file, failed } of failedFirst) {
    const isMended = files.some((now) => now.file === file && now.failed.length === 0);
    const outcome = isMended ? 'failed at first, passed when repeated' : 'failed';
    for (const name of failed) process.stdout.write(`${outcome}: ${file}: ${name}\n`);
  }
  const total = (count) => files.reduce((sum, counts) => sum + count(counts), 0);
  const [passed, failed, skipped] = [(f) => f.passed, (f) => f.failed.length, (f) => f.skipped.length].map(total);
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
}
