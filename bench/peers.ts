/**
 * What several processes for one training give, and what their exchange costs. An update of ResNet-18 on 2 × 16 emoji of 64 px
 * by two processes with half the cores each, and by one process with all of them (as its peer); then the exchange alone, for
 * as many numbers as ResNet-18 and ResNet-50 have parameters.
 *   node dist/bench/peers.js
 */
import { fork, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PeerFiles, makePeerFolder, removePeerFolder } from '../src/worker/train/peerFiles';

const images = 32;
const cli = fileURLToPath(new URL('../cli.js', import.meta.url));

const experiment = (processes: number): string => `name: peers
runtime: wasm
imageSize: 64
backbone: { name: resnet18 }
data: { emoji: { kind: emoji } }
pretrainings:
  - id: supervised
    method: supervised
    data: emoji
    steps: 8
    batch: ${images / 2}
    accumulate: 2
    processes: ${processes}
    learningRate: 0.01
    monitor: { every: 1, knn: false, images: 2 }
`;

/** Seconds of each update but the first two. */
function train(processes: number): number[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'transferscope-bench-'));
  try {
    const file = path.join(folder, 'peers.transfer.yaml');
    writeFileSync(file, experiment(processes));
    const { status, stderr } = spawnSync(process.execPath, [cli, 'run', file, '--out', folder], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    const [stage] = readdirSync(path.join(folder, 'stages'));
    const rows = readFileSync(path.join(folder, 'stages', stage!, 'pace.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .slice(2);
    return rows.map((row) => {
      const { metrics } = JSON.parse(row) as { readonly metrics: { readonly imagesPerSecond: number } };
      return images / metrics.imagesPerSecond;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Seconds of a whole exchange of gradients between two processes, without any computing. */
async function exchange(numbers: number): Promise<number[]> {
  const folder = makePeerFolder(numbers, 2);
  let [here, there, go] = [0, 0, () => {}];
  const step = (): void => {
    if (here === 0 || there === 0) return;
    [here, there] = [here - 1, there - 1];
    other.send('met');
    go();
  };
  const meet = (): Promise<void> => {
    const met = new Promise<void>((resolve) => (go = resolve));
    here++;
    step();
    return met;
  };
  const own = new PeerFiles({ rank: 0, count: 2, folder, meet });
  const other = fork(fileURLToPath(import.meta.url), [folder, String(numbers)]);
  other.on('message', () => {
    there++;
    step();
  });
  const times: number[] = [];
  const gradients = new Float32Array(numbers).fill(1);
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await own.add(gradients);
    await own.takeSums();
    times.push((performance.now() - start) / 1000);
  }
  own.close();
  removePeerFolder(folder);
  return times.slice(2);
}

const ROUNDS = 9;

async function exchangeAlong(folder: string, numbers: number): Promise<void> {
  let go = (): void => {};
  process.on('message', () => go());
  const meet = (): Promise<void> => {
    const met = new Promise<void>((resolve) => (go = resolve));
    process.send?.('arrived');
    return met;
  };
  const own = new PeerFiles({ rank: 1, count: 2, folder, meet });
  const gradients = new Float32Array(numbers).fill(1);
  for (let round = 0; round < ROUNDS; round++) {
    await own.add(gradients);
    await own.takeSums();
  }
  process.exit();
}

const [, , folder, numbers] = process.argv;
if (folder !== undefined && numbers !== undefined) {
  await exchangeAlong(folder, Number(numbers));
} else {
  const workload = `resnet18-64px-b32-update-of-2-processes`;
  console.log(JSON.stringify({ side: 'peer', workload, times: train(1), threads: availableParallelism() }));
  console.log(JSON.stringify({ workload, runtime: 'wasm', times: train(2) }));
  console.log(JSON.stringify({ workload: 'exchange-45-mb-2-processes', times: await exchange(11_180_000) }));
  console.log(JSON.stringify({ workload: 'exchange-94-mb-2-processes', times: await exchange(23_510_000) }));
  process.exit();
}
