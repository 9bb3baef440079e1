/** From a number to its images: what its stage kept, what was analysed for it, or an analysis over the same data. */
import { describe, expect, it } from 'vitest';
import type { StageRecord } from '../../../../../src/shared/results/records';
import type { PlannedStage } from '../../../../../src/shared/results/runManifest';
import { imagesBehind, keptImages, listImageless } from '../../../../../src/shared/views/selection/imagesBehind';

type Made = readonly [stage: PlannedStage, record: StageRecord | undefined];

function made(
  place: Partial<PlannedStage> & { readonly pretraining: string },
  {
    data = 'emoji',
    analysis,
    files = [],
  }: { data?: string; analysis?: string; files?: readonly string[] } | undefined = {},
  isDone = true,
): Made {
  const measure = place.transfer ?? place.analysis!;
  const kind = place.transfer === undefined ? 'analysis' : 'transfer';
  const key = `${place.pretraining}-${measure}-${place.seed ?? 0}`;
  const stage = { id: key.replaceAll('-', '/'), key, kind, label: '', seed: 0, ...place } as PlannedStage;
  const record = {
    ...{ key, files: Object.fromEntries(files.map((file) => [file, {}])) },
    result: { kind, data, ...(analysis === undefined ? {} : { analysis }) },
  } as unknown as StageRecord;
  return [stage, isDone ? record : undefined];
}

const runOf = (...all: readonly Made[]) => ({
  stages: all.map(([stage]) => stage),
  records: new Map(all.flatMap(([{ key }, record]) => (record ? [[key, record] as const] : []))),
});

const probe = made({ pretraining: 'moco', transfer: 'probe' });
const voc = made(
  { pretraining: 'moco', transfer: 'voc' },
  { data: 'voc07', files: ['annotations.json', 'detections.json'] },
);
const maps = made({ pretraining: 'moco', transfer: 'maps' }, { data: 'city', files: ['segmentation.json'] });

describe('images behind a number', () => {
  it('are those that its own stage kept, of the first seed that is done', () => {
    const late = made(
      { pretraining: 'moco', transfer: 'voc', seed: 1 },
      { files: ['annotations.json', 'detections.json'] },
    );
    const [waiting] = voc;
    const run = runOf([waiting, undefined], late, maps);
    expect(imagesBehind(run, { pretraining: 'moco', measure: 'voc' })).toEqual({
      panel: 'detections',
      stage: late[0].id,
    });
    expect(keptImages(run, { pretraining: 'moco', measure: 'maps' })).toEqual({
      panel: 'predictions',
      stage: maps[0].id,
    });
  });

  it('of an analysis of errors are those of the detector that it needs', () => {
    const errors = made(
      { pretraining: 'moco', analysis: 'mistakes', needs: [voc[0].key] },
      { analysis: 'detection-errors' },
    );
    const found = imagesBehind(runOf(errors, probe, voc), { pretraining: 'moco', measure: 'mistakes' });
    expect(found).toEqual({ panel: 'detections', stage: voc[0].id });
    expect(keptImages(runOf(errors, voc), { pretraining: 'moco', measure: 'mistakes' })).toBeUndefined();
  });

  it('of a probe are those of an analysis of the same pretraining over the same data', () => {
    const map = made({ pretraining: 'moco', analysis: 'map' }, { analysis: 'embedding' });
    const elsewhere = made({ pretraining: 'moco', analysis: 'other' }, { analysis: 'embedding', data: 'digits' });
    const theirs = made({ pretraining: 'random', analysis: 'map' }, { analysis: 'embedding' });
    const place = { pretraining: 'moco', measure: 'probe' };
    expect(imagesBehind(runOf(probe, map), place)).toEqual({ panel: 'embedding' });
    const reason = 'probe keeps no images. An analysis of the kind embedding on emoji shows some.';
    expect(imagesBehind(runOf(probe, elsewhere, theirs), place)).toEqual({ reason });
    expect(keptImages(runOf(probe, map), place)).toBeUndefined();
  });

  it('are none before it is measured', () => {
    const place = { pretraining: 'moco', measure: 'probe' };
    expect(imagesBehind(runOf([probe[0], undefined]), place)).toEqual({ reason: 'probe of moco is not measured yet.' });
  });

  it('are listed where they lack, each number once', () => {
    const again = made({ pretraining: 'moco', transfer: 'probe', seed: 1 });
    const found = listImageless(runOf(probe, again, voc));
    expect(found.map(({ pretraining, measure }) => [pretraining, measure])).toEqual([['moco', 'probe']]);
  });
});
