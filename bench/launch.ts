/** From typing the command to the first training step, with everything installed: process start, runtime, self-check, data. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../cli.js', import.meta.url));
const experiment = `name: launch
imageSize: 32
backbone: { name: resnet18, width: 16, stem: small }
data: { emoji: { kind: emoji } }
pretrainings: [{ id: moco, method: moco, data: emoji, recipe: emoji-moco-v2, steps: 2, monitor: { knn: false, images: 2 } }]
`;

/** Seconds until the first progress event of the pretraining. */
function measure(folder: string, attempt: number): Promise<number> {
  const file = path.join(folder, 'launch.transfer.yaml');
  writeFileSync(file, experiment);
  const start = performance.now();
  const child = spawn(process.execPath, [cli, 'run', file, '--out', path.join(folder, String(attempt)), '--json']);
  return new Promise((resolve, reject) => {
    let seconds: number | undefined;
    child.stdout.on('data', (chunk: Buffer) => {
      if (seconds === undefined && chunk.toString().includes('"stageProgressed"'))
        seconds = (performance.now() - start) / 1000;
    });
    child.on('error', reject);
    child.on('exit', () => (seconds === undefined ? reject(new Error('no training step was seen')) : resolve(seconds)));
  });
}

const folder = mkdtempSync(path.join(tmpdir(), 'transferscope-bench-'));
const times: number[] = [];
for (let attempt = 0; attempt < 3; attempt++) times.push(await measure(folder, attempt));
rmSync(folder, { recursive: true, force: true });
console.log(JSON.stringify({ workload: 'launch-to-first-training-step', seconds: times.sort((a, b) => a - b)[1] }));
