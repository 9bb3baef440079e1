/**
 * Reading the weights of a ResNet-50 into memory, from PyTorch's files and from safetensors, tensor by tensor;
 * bench/peer/weights.py is torch.load and safetensors' own. The files are made there when Python has torch (their place is
 * printed), else here as safetensors alone. The last line is the disk's own speed for the same bytes.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { deriveRandom } from '../src/shared/random';
import { backboneShapes } from '../src/shared/weights/fitBackbone';
import { encodeSafetensors, type FileTensor } from '../src/shared/weights/safetensors';
import { useWeights } from '../src/shared/weights/useWeights';
import { weightPlatform } from '../src/worker/checkpoint/weightPlatform';

const folder = path.join(os.tmpdir(), 'transferscope-bench-weights');
const pythons = [process.env.TRANSFERSCOPE_PYTHON, 'python3', '/usr/bin/python3'].filter((name) => name !== undefined);
/** Read at once, as the import does. */
const readAhead = 8;

function makeFiles(): void {
  mkdirSync(folder, { recursive: true });
  if (existsSync(path.join(folder, 'resnet50.safetensors'))) return;
  const random = deriveRandom(0, 'bench-weights');
  const config = { name: 'resnet50', width: 64, stem: 'imagenet', dilate: [false, false, false] } as const;
  const tensors = [...backboneShapes(config)].map(([name, shape]): [string, FileTensor] => {
    const data = Float32Array.from({ length: shape.reduce((product, side) => product * side, 1) }, () =>
      random.uniform(),
    );
    return [name, { dtype: 'F32', shape, data }];
  });
  writeFileSync(path.join(folder, 'resnet50.safetensors'), encodeSafetensors(new Map(tensors)));
}

async function readAll(file: string): Promise<number> {
  return useWeights({ path: file }, weightPlatform, async ({ tensors }) => {
    const places = [...tensors.values()];
    let numbers = 0;
    for (let from = 0; from < places.length; from += readAhead)
      for (const values of await Promise.all(places.slice(from, from + readAhead).map((place) => place.read())))
        numbers += values.length;
    return numbers;
  });
}

const script = path.resolve('bench/peer/weights.py');
for (const python of pythons) if (spawnSync(python, [script, '--make', folder]).status === 0) break;
makeFiles();
const reads: [string, (file: string) => unknown][] = [
  ['resnet50.pth', readAll],
  ['resnet50-legacy.pth', readAll],
  ['resnet50.safetensors', readAll],
];
for (const [name, read] of [...reads, ['resnet50.safetensors', readFileSync] as (typeof reads)[number]]) {
  const file = path.join(folder, name);
  if (!existsSync(file)) continue;
  const times: number[] = [];
  for (let i = 0; i < 9; i++) {
    const begun = performance.now();
    await read(file);
    times.push((performance.now() - begun) / 1000);
  }
  const workload = read === readAll ? `read-${name}` : `read-${name}-raw-bytes`;
  console.log(JSON.stringify({ workload, seconds: times.sort((a, b) => a - b)[4] }));
}
