/**
 * `npm run quickstart`: sets everything up, runs examples/quickstart.transfer.yaml with a live display, and writes an
 * HTML report. Arguments go to `transferscope run` (`npm run quickstart -- --seed 0`).
 */
import { spawn } from 'node:child_process';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseRuntime } from './nativeRuntime.mjs';
import { say, setUp } from './setup.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const cli = join(root, 'dist', 'cli.js');
const report = join(root, '.transferscope', 'quickstart.html');

const startedAt = performance.now();
setUp();
const typed = process.argv.slice(2);
if (!typed.includes('--runtime')) chooseRuntime();

// Ctrl-C reaches the command as well, which stops in good order; this process only waits for it.
process.on('SIGINT', () => {});
say('running examples/quickstart.transfer.yaml (Ctrl-C stops it; running this again goes on where it was)');
const runCode = await runCli(['run', 'examples/quickstart.transfer.yaml', ...typed]);
if (runCode !== 0) process.exit(runCode);
const reportCode = await runCli(['report', 'last', '--format', 'html', '--out', report]);
if (reportCode !== 0) process.exit(reportCode);

const total = Math.round((performance.now() - startedAt) / 1000);
process.stdout.write(`
All done in ${Math.floor(total / 60)} min ${total % 60} s.
  Report (open in a browser):  ${relative(process.cwd(), report) || report}
  The experiment, to change:   examples/quickstart.transfer.yaml
  Everything that was kept:    .transferscope/  (node dist/cli.js ls)
`);

function runCli(args) {
  return new Promise((done) => {
    const child = spawn(process.execPath, [cli, ...args], { cwd: root, stdio: 'inherit' });
    child.on('error', (error) => {
      process.stderr.write(`cannot start ${cli}: ${error.message}\n`);
      done(70);
    });
    child.on('exit', (code, signal) => done(code ?? (signal === 'SIGINT' ? 130 : 70)));
  });
}
