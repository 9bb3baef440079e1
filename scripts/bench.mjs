/**
 * `npm run bench`: times every program of bench/ and, in the same run, its peer in Python where the packages it needs
 * are installed (TRANSFERSCOPE_PYTHON, then python3, then /usr/bin/python3). Prints medians and ratios; machines are
 * noisy, so quote the ratio. `npm run bench -- trainStep` runs one.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setUp } from './setup.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const pythons = [process.env.TRANSFERSCOPE_PYTHON, 'python3', '/usr/bin/python3'].filter(Boolean);
const peerPackages = {
  trainStep: ['torch'],
  probe: ['numpy', 'sklearn'],
  augment: ['torch', 'torchvision', 'PIL'],
<<<<<<< HEAD
  weights: ['torch'],
};
=======
  detectionEval: ['numpy', 'pycocotools'],
};
/** Peers that use one thread whatever they are told. */
const singleThreaded = ['augment', 'detectionEval'];
>>>>>>> 8017fc178ec02bacb2f6e48904b15a67a730f36f

setUp();
const [only] = process.argv.slice(2);
const names = readdirSync(join(root, 'bench'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3))
  .filter((name) => only === undefined || name === only);
console.log(
  `\n${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.availableParallelism()} cores, Node ${process.versions.node}\n`,
);
const rows = [['workload', 'ours', 'peer, 1 thread', 'ratio', 'peer, 2 threads', 'ratio']];
for (const name of names) rows.push(...measure(name));
printTable(rows);

function measure(name) {
  const ours = runJson(process.execPath, [join(root, 'dist', 'bench', `${name}.js`)]);
  const peers = [1, 2].map((threads) => new Map(peerLines(name, threads).map((line) => [line.workload, line.seconds])));
  return ours.map(({ workload, seconds }) => {
    const cells = peers.flatMap((peer) => {
      const time = peer.get(workload);
      return time === undefined ? ['–', '–'] : [format(time), `${(seconds / time).toFixed(2)} ×`];
    });
    return [workload, format(seconds), ...cells];
  });
}

function peerLines(name, threads) {
  const script = join(root, 'bench', 'peer', `${name}.py`);
  if (!existsSync(script) || (threads > 1 && singleThreaded.includes(name))) return [];
  const needed = peerPackages[name] ?? [];
  const python = pythons.find((command) => spawnSync(command, ['-c', `import ${needed.join(', ')}`]).status === 0);
  if (!python) {
    console.log(`no peer for ${name}: no Python with ${needed.join(', ')} was found`);
    return [];
  }
  return runJson(python, singleThreaded.includes(name) ? [script] : [script, '--threads', String(threads)]);
}

function runJson(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', cwd: root });
  if (status !== 0) {
    console.log(`${args[0]} failed: ${stderr.trim().split('\n').at(-1)}`);
    return [];
  }
  const lines = stdout.split('\n').filter((line) => line !== '');
  // Anything else is a word on why something was not measured.
  for (const line of lines.filter((text) => !text.startsWith('{'))) console.log(line);
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
}

function format(seconds) {
  return seconds < 1 ? `${(1000 * seconds).toFixed(0)} ms` : `${seconds.toFixed(2)} s`;
}

function printTable(table) {
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  for (const row of table) {
    console.log(
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '),
    );
  }
}
