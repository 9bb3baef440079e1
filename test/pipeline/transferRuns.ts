/** Transfers of one tiny random backbone through the real pipeline, in a folder that lasts for a file of tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { TransferResult } from '../../src/shared/results/records';
import { decodeSafetensors, type FileTensor } from '../../src/shared/weights/safetensors';
import * as run from './tinyRun';
import { makeFolder } from './tinyWorld';

const RUN = 'tiny-1';

type Pipeline = Parameters<typeof run.runTiny>[0];

/** `data`: entries of the experiment's data, `transfers`: its transfers by id, both as YAML in flow style. */
export function useTransferRuns<Id extends string>(
  pipeline: Pipeline,
  { data, transfers }: { readonly data: readonly string[]; readonly transfers: Readonly<Record<Id, string>> },
) {
  let folder: ReturnType<typeof makeFolder>;
  beforeAll(() => {
    folder = makeFolder();
  });
  afterAll(() => folder.remove());
  const out = (): string => join(folder.path, 'out');
  const nameOf = (transfer: string): string => `random/seed-0/${transfer}`;
  const fileOf = (stage: string, name: string): string => {
    const found = run.readManifest(out(), RUN).stages.find(({ id }) => id === stage);
    return join(out(), 'stages', found?.key ?? 'missing', name);
  };
  return {
    nameOf,
    fileOf,
    out,
    /** The experiment's own folder. */
    folder: (): string => folder.path,
    /** An experiment with these transfers. */
    textOf: (...ids: readonly Id[]): string => `name: tiny
seeds: [0]
runtime: wasm
imageSize: 32
backbone: { name: resnet18, width: 4, stem: small }
data:${data.map((entry) => `\n  ${entry}`).join('')}
pretrainings:
  - { id: random }
transfers:${ids.map((id) => `\n  - { ${transfers[id]} }`).join('')}
`,
    start: (text: string, options: Parameters<typeof run.runTiny>[2] = {}): Promise<run.TinyRun> =>
      run.runTiny(pipeline, folder.path, { text, ...options }),
    resultOf: (transfer: string): TransferResult =>
      run.readRecords(out(), RUN).get(nameOf(transfer))!.result as TransferResult,
    tensorsOf: (stage: string, name: string): ReadonlyMap<string, FileTensor> =>
      decodeSafetensors(readFileSync(fileOf(stage, name))).tensors,
  };
}
