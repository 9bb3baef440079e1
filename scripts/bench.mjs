/**
 * `npm run bench`: ours on every runtime that is here and, in between, PyTorch, torchvision and scikit-learn where Python has
 * them (TRANSFERSCOPE_PYTHON, then python3, then /usr/bin/python3). Several rounds of everything: a ratio is taken within
 * each round, and the median of the rounds is told, with the least and the most. Machines are noisy: quote the ratios.
 *   npm run bench -- [PART OF A NAME] [--rounds 3] [--write]     --write renews docs/benchmarks.json and docs/benchmarks.md
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { summarise, writePage } from './benchPage.mjs';
import { setUp } from './setup.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const { values, positionals } = readArguments();
const cores = os.availableParallelism();
const pythons = [process.env.TRANSFERSCOPE_PYTHON, 'python3', '/usr/bin/python3'].filter(Boolean);

function readArguments() {
  const options = { rounds: { type: 'string', default: '3' }, write: { type: 'boolean', default: false } };
  try {
    const read = parseArgs({ allowPositionals: true, options });
    if (/^[1-9]\d*$/.test(read.values.rounds)) return read;
    process.stderr.write(`--rounds is "${read.values.rounds}"; it takes a whole number from 1\n`);
  } catch (error) {
    process.stderr.write(`${error.message.split('. ')[0]}\n`);
  }
  process.stderr.write('usage: npm run bench -- [PART OF A NAME] [--rounds 3] [--write]\n');
  process.exit(64);
}

/**
 * Each task is a process of its own on each side, so that peak memory is the workload's. `rounds`: how many at most, for
 * what takes long or has no peer to be compared with; the whole run is to take twelve minutes on two cores.
 */
const networks = [
  ['resnet18-64px-b32-forward', 9],
  ['resnet18-64px-b32-step', 5],
  ['resnet18-64px-b32-moco', 5],
  ['resnet18-64px-b32-features', 5],
  ['resnet50-224px-b8-forward', 3],
  ['resnet50-224px-b8-step', 3],
].map(([workload, repetitions]) => ({
  name: workload,
  program: 'networks',
  ...(workload.startsWith('resnet50') && { rounds: 2 }),
  needs: ['torch'],
  onRuntimes: true,
  args: ['--workload', workload, '--repetitions', String(repetitions)],
  peerArgs: ['--threads', String(cores)],
}));
const segmenters = [
  ['deeplabv3-w16-64px-b8-step', 5],
  ['deeplabv3-resnet50-128px-b2-step', 3],
].map(([workload, repetitions]) => ({
  name: workload,
  program: 'segmentationStep',
  ...(workload.includes('resnet50') && { rounds: 2 }),
  needs: ['torch', 'torchvision'],
  onRuntimes: true,
  args: ['--workload', workload, '--repetitions', String(repetitions)],
  peerArgs: ['--threads', String(cores)],
}));
const tasks = [
  ...networks,
  ...segmenters,
  { name: 'augment', program: 'augment', needs: ['torch', 'torchvision', 'PIL'], images: true },
  { name: 'probe', program: 'probe', needs: ['numpy', 'sklearn'], peerArgs: ['--threads', String(cores)] },
  { name: 'fewShot', program: 'fewShot', needs: ['numpy', 'sklearn'], peerArgs: ['--threads', String(cores)] },
  { name: 'weights', program: 'weights', needs: ['torch'], peerArgs: ['--threads', String(cores)] },
  { name: 'detectionEval', program: 'detectionEval', rounds: 1, needs: ['numpy', 'pycocotools'] },
  { name: 'segmentationEval', program: 'segmentationEval', rounds: 2, needs: ['numpy', 'PIL'] },
  { name: 'similarity', program: 'similarity', rounds: 1 },
  {
    ...{ name: 'embedding', program: 'embedding', rounds: 1, needs: ['numpy', 'umap'] },
    peerArgs: ['--threads', String(cores)],
  },
  { name: 'launch', program: 'launch', rounds: 1 },
  { name: 'typing', program: 'typing', rounds: 1 },
  { name: 'validate', program: 'validate', rounds: 1 },
  { name: 'studies', program: 'studies', rounds: 1 },
  { name: 'peers', program: 'peers', rounds: 2 },
  { name: 'memory', program: 'memory', rounds: 1, onRuntimes: true, node: ['--expose-gc'] },
  {
    ...{
      name: 'detectionStep',
      program: 'detectionStep',
      needs: ['torch', 'torchvision'],
      onRuntimes: true,
      rounds: 2,
    },
    ...{ args: ['--steps', '3', '--only', 'r50'], peerArgs: ['--threads', String(cores)] },
  },
];

/** A process that takes longer is ended, and the rest goes on. */
const PATIENCE_MS = 300_000;

/** By the packages asked for: the first Python that has them. */
const knownPythons = new Map();

setUp();
const images = mkdtempSync(join(os.tmpdir(), 'transferscope-bench-images-'));
try {
  run();
} finally {
  rmSync(images, { recursive: true, force: true });
}

function run() {
  const runtimes = availableRuntimes();
  const chosen = tasks.filter(({ name }) => positionals.every((part) => name.includes(part)));
  const rounds = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    console.log(`round ${round + 1} of ${values.rounds}`);
    const due = chosen.filter((task) => round < (task.rounds ?? Infinity));
    rounds.push(
      due.flatMap((task) => {
        const start = performance.now();
        const lines = measure(task, runtimes);
        console.log(`  ${task.name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
        return lines;
      }),
    );
  }
  const machine = `${os.cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cores} cores`;
  const result = { date: new Date().toISOString().slice(0, 10), machine, node: process.versions.node, rounds };
  const summary = summarise(result);
  console.log(`\n${machine}, Node ${process.versions.node}; load ${os.loadavg()[0].toFixed(1)}\n\n${summary.text}`);
  if (values.write) writePage({ ...result, summary, profiles: profiles(summary.missed) });
}

/** Lines of ours by runtime, and the peer's, in one round. */
function measure(task, runtimes) {
  const imageArgs = task.images ? ['--images', images] : [];
  const common = [...(task.args ?? []), ...imageArgs];
  const ours = task.onRuntimes ? runtimes.map((runtime) => ['--runtime', runtime]) : [[]];
  const lines = ours.flatMap((args) =>
    runJson(process.execPath, [...(task.node ?? []), program(task), ...common, ...args]),
  );
  const peer = join(root, 'bench', 'peer', `${task.program}.py`);
  const python = existsSync(peer) ? findPython(task.needs) : undefined;
  const peers = python ? runJson(python, [peer, ...common, ...(task.peerArgs ?? [])]) : [];
  return [...lines.map((line) => ({ side: 'ours', ...line })), ...peers.map((line) => ({ side: 'peer', ...line }))];
}

function program({ program: name }) {
  return join(root, 'dist', 'bench', `${name}.js`);
}

/** Where the time goes in the workloads that miss their target. */
function profiles(missed) {
  const all = missed.map(({ workload: row, runtime }) => {
    const workload = row.replace(/ \/ ours plain$/, '');
    const task = tasks.find(({ name }) => name === workload) ?? { program: 'networks' };
    const args = [program(task), '--workload', workload, '--runtime', runtime, '--repetitions', '1'];
    const options = { encoding: 'utf8', cwd: root, timeout: PATIENCE_MS };
    const { stderr } = spawnSync(process.execPath, [...args, '--profile'], options);
    return { workload, runtime, text: stderr.slice(stderr.indexOf('profiled:')).trimEnd() };
  });
  // Programs without networks have no kernels to tell of.
  return all.filter(({ text }) => text !== '');
}

function availableRuntimes() {
  const [cli, list] = [join(root, 'dist', 'cli.js'), ['runtimes', '--json']];
  const { stdout } = spawnSync(process.execPath, [cli, ...list], { encoding: 'utf8', cwd: root });
  const found = JSON.parse(stdout);
  for (const { name, available, reason } of found) if (!available) console.log(`not measured: ${name}: ${reason}`);
  return found.filter(({ available }) => available).map(({ name }) => name);
}

function findPython(needed) {
  const key = needed.join(', ');
  if (!knownPythons.has(key)) {
    knownPythons.set(
      key,
      pythons.find((command) => spawnSync(command, ['-c', `import ${key}`]).status === 0),
    );
    if (!knownPythons.get(key)) console.log(`no peer: no Python with ${key} was found`);
  }
  return knownPythons.get(key);
}

function runJson(command, args) {
  const limits = { timeout: PATIENCE_MS, killSignal: 'SIGKILL' };
  const { status, signal, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', cwd: root, ...limits });
  if (status !== 0) {
    const why = signal ? `ended after ${PATIENCE_MS / 1000} s` : stderr.trim().split('\n').at(-1);
    console.log(`${args.slice(0, 4).join(' ')} failed: ${why}`);
    return [];
  }
  const lines = stdout.split('\n').filter((line) => line !== '');
  // Anything else is a word on why something was not measured.
  for (const line of lines.filter((text) => !text.startsWith('{'))) console.log(line);
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
}
