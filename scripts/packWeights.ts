/**
 * Turns the pretrainings of a finished run into small checkpoints for the repository: backbone only, float16, with a
 * page that says how each was made. usage: npm run pack-weights -- RUN [OUT_FOLDER]
 */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readRun } from '../src/runs/runStore';
import type { StageRecord } from '../src/shared/results/records';
import { decodeSafetensors, encodeSafetensors, type FileTensor } from '../src/shared/weights/safetensors';

interface Packed {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly pretraining: string;
  readonly seed: number;
  readonly method: string;
  readonly steps: number;
  readonly seconds: number;
  readonly attempts: number;
  readonly runtime: string;
  readonly weightsDigest: string;
  readonly finishedAt: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly log: string;
}

async function main(): Promise<void> {
  const [run, folder = 'examples/weights'] = process.argv.slice(2);
  if (run === undefined) throw new Error('usage: npm run pack-weights -- RUN [OUT_FOLDER]');
  const out = path.resolve('.transferscope');
  const { manifest, records } = readRun(out, run);
  if (!manifest) throw new Error(`${run} has no manifest`);
  await mkdir(path.join(folder, 'logs'), { recursive: true });
  const packed: Packed[] = [];
  for (const stage of manifest.stages.filter(({ kind }) => kind === 'pretraining')) {
    const record = records.find(({ key }) => key === stage.key);
    if (record) packed.push(await packOne(record, stage.pretraining, { out, folder }));
  }
  const command = `npx transferscope run ${path.relative(process.cwd(), manifest.file)}`;
  const index = { command, versions: manifest.versions, git: manifest.git, runtime: manifest.runtime, weights: packed };
  await writeFile(path.join(folder, 'weights.json'), `${JSON.stringify(index, null, 2)}\n`);
  process.stdout.write(`packed ${packed.length} checkpoints into ${folder}\n`);
}

async function packOne(
  record: StageRecord,
  pretraining: string,
  place: { out: string; folder: string },
): Promise<Packed> {
  const { result, made, seed } = record;
  if (result.kind !== 'pretraining') throw new Error(`${record.id} is not a pretraining`);
  const stageFolder = path.join(place.out, 'stages', record.key);
  const { tensors } = decodeSafetensors(await readFile(path.join(stageFolder, 'checkpoint.safetensors')));
  const small = new Map(
    [...tensors].filter(([name]) => !name.startsWith('fc.')).map(([name, tensor]) => [name, shrink(name, tensor)]),
  );
  const origin = `${result.method}, ${result.steps} steps on ${result.images} images, seed ${seed}`;
  const bytes = encodeSafetensors(small, { format: 'pt', origin, weightsDigest: result.weightsDigest });
  const file = `${pretraining}-seed${seed}.safetensors`;
  const log = `logs/${pretraining}-seed${seed}.jsonl`;
  await writeFile(path.join(place.folder, file), bytes);
  await copyFile(path.join(stageFolder, 'metrics.jsonl'), path.join(place.folder, log));
  return {
    ...{ file, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.byteLength, pretraining, seed },
    ...{ method: result.method, steps: result.steps, seconds: Math.round(made.seconds), attempts: made.attempts },
    ...{
      runtime: made.runtime,
      weightsDigest: result.weightsDigest,
      finishedAt: made.finishedAt,
      metrics: result.metrics,
      log,
    },
  };
}

/** Parameters as float16; running statistics stay as they are, since variances span many orders of magnitude. */
function shrink(name: string, tensor: FileTensor): FileTensor {
  const isStatistic = /running_(mean|var)$|num_batches_tracked$/.test(name);
  return tensor.dtype === 'F32' && !isStatistic ? { ...tensor, dtype: 'F16' } : tensor;
}

await main();
