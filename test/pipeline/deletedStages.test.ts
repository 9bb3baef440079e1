/** Files of stages that are deleted or changed while a run that needs them goes on: the same results, by itself. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runPipeline } from '../../src/worker/pipeline';
import { comparable, experimentText, leftovers, lines, readManifest, runTiny, writeTinyImages } from './tinyRun';
import { makeFolder } from './tinyWorld';

vi.mock('../../src/worker/augment/augmentPool', async (original) =>
  (await import('./withoutThreads')).withoutThreads(original),
);

const text = experimentText({ pretrainings: [lines.supervised(4)], transfers: [lines.probe] });
const RUN = 'tiny-1';
let folder: ReturnType<typeof makeFolder>;
let expected: Record<string, unknown>;

beforeAll(async () => {
  folder = makeFolder();
  await writeTinyImages(join(folder.path, 'images'), 6);
  await runTiny(runPipeline, folder.path, { text, request: { out: join(folder.path, 'whole') } });
  expected = comparable(join(folder.path, 'whole'), RUN);
});
afterAll(() => folder.remove());

const weights = 'supervised/seed-0';
const features = 'supervised/seed-0/features/tiny:train';

it.each([
  ['all of a stage', [features], (stage: string) => rmSync(stage, { recursive: true })],
  [
    'all of a stage and of what that one needs',
    [weights, features],
    (stage: string) => rmSync(stage, { recursive: true }),
  ],
  ['what a stage made, but not its record', [features], (stage: string) => rmSync(arrays(stage))],
  ['some bytes of it', [features], (stage: string) => writeFileSync(arrays(stage), 'nothing')],
])('%s', async (_, ids, damage) => {
  const out = join(folder.path, `out-${performance.now()}`);
  let isDamaged = false;
  const { outcome, messages } = await runTiny(runPipeline, folder.path, {
    request: { out },
    onEvent: (event) => {
      // The last features are there; the transfer comes next.
      if (isDamaged || event.type !== 'stageChanged' || event.state !== 'done' || !event.id.endsWith('tiny:val'))
        return;
      isDamaged = true;
      const { stages } = readManifest(out, RUN);
      for (const id of ids) damage(join(out, 'stages', stages.find((stage) => stage.id === id)!.key));
    },
  });
  expect(outcome).toMatchObject({ state: 'done', counts: { done: 4, failed: 0, skipped: 0 }, failures: [] });
  expect(messages).toContain(`what it needs is gone and is computed again: ${features}`);
  expect(comparable(out, RUN)).toEqual(expected);
  expect(leftovers(out)).toEqual([]);
});

function arrays(stage: string): string {
  return join(
    stage,
    readdirSync(stage).find((name) => name.endsWith('.safetensors'))!,
  );
}
