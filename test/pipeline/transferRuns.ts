/** Transfers of one tiny random backbone through the real pipeline, in a folder that lasts for a file of tests. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
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
  const start = (text: string, options: Parameters<typeof run.runTiny>[2] = {}): Promise<run.TinyRun> =>
    run.runTiny(pipeline, folder.path, { text, ...options });
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
    start,
    /** Runs `text` whole, then anew with a stop at each of the steps and a resumption: every file has the same bits. */
    async expectSameBitsAfterStops(text: string, stops: readonly (readonly [stage: string, step: number])[]) {
      rmSync(out(), { recursive: true, force: true });
      await start(text);
      const whole = run.comparable(out(), RUN);
      expect(Object.keys(whole).length).toBeGreaterThan(0);
      for (const [stopIn, step] of stops) {
        rmSync(out(), { recursive: true, force: true });
        const onEvent = (event: { type: string; id?: string; step?: number }, stop: () => void) => {
          if (event.type === 'metricsLogged' && event.id === stopIn && event.step === step) stop();
        };
        expect((await start(text, { onEvent })).outcome.state).toBe('stopped');
        const resumed = await start(text, { request: { resume: RUN } });
        expect(resumed.outcome).toMatchObject({ run: RUN, state: 'done' });
        expect(run.comparable(out(), RUN)).toEqual(whole);
      }
    },
    resultOf: (transfer: string): TransferResult =>
      run.readRecords(out(), RUN).get(nameOf(transfer))!.result as TransferResult,
    tensorsOf: (stage: string, name: string): ReadonlyMap<string, FileTensor> =>
      decodeSafetensors(readFileSync(fileOf(stage, name))).tensors,
  };
}

export function sameBits(a: FileTensor['data'], b: FileTensor['data']): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));
}
