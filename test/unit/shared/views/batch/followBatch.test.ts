/** What the Batch panel tells other panels of, and what of theirs moves it. */
import { beforeAll, describe, expect, it } from 'vitest';
import { defaultBatchView, type BatchView } from '../../../../../src/shared/protocol/panels/batchPanel';
import type { SelectionChange } from '../../../../../src/shared/protocol/panels/selection';
import {
  followBatch,
  selectionOfImage,
  selectionOfLayer,
  type FollowedBatch,
} from '../../../../../src/shared/views/batch/followBatch';
import { makeBatch, type BatchFixture } from '../../../../support/batchFixture';

const { layers } = defaultBatchView;

describe('the Batch panel in the shared selection', () => {
  let fixture: BatchFixture;
  let batch: Omit<FollowedBatch, 'view'>;
  beforeAll(async () => {
    fixture = await makeBatch({ kind: 'boxes', images: 4, steps: 1 });
    batch = { session: fixture.model.session!, inspection: fixture.inspections[0]! };
  });
  const follow = (news: SelectionChange, view: Partial<BatchView> = {}) =>
    followBatch({ ...batch, view: { ...defaultBatchView, ...view } }, news);
  const image = (name: string, split = 'train') => ({ data: 'scenes', split, name });

  it('tells of images as the experiment calls them, and of layers of the first network', () => {
    const { name } = batch.inspection.images[2]!;
    expect(selectionOfImage(batch.session, batch.inspection, 2)).toEqual({ image: image(name) });
    expect(selectionOfImage(batch.session, batch.inspection, 9)).toEqual({});
    const layer = { ...batch.inspection.layers[3]!, name: 'key:layer1.0' };
    expect(selectionOfLayer(batch.session, layer)).toEqual({
      ...{ layer: 'layer1.0', pretraining: 'moco', transfer: 'scenes' },
    });
    expect(selectionOfLayer({ ...batch.session, stage: 'moco/seed-0' }, layer)).toEqual({
      ...{ layer: 'layer1.0', pretraining: 'moco' },
    });
  });

  it('goes to an image of the batch, however its folders and ending are written', () => {
    expect(follow({ image: image('scene-0003') })).toEqual({ image: 3 });
    expect(follow({ image: image('scene-0003') }, { image: 3 })).toEqual({});
    expect(follow({ image: image('scene-0003', 'test') })).toEqual({});
    expect(follow({ image: image('scene-0099') }, { image: 1 })).toEqual({});
    expect(follow({ image: null }, { image: 1 })).toEqual({});
  });

  it('goes to a layer, and stays with a call of it', () => {
    expect(follow({ layer: 'layer2.0' })).toEqual({ layers: { ...layers, chosen: 'layer2.0' } });
    expect(follow({ layer: 'layer2' })).toEqual({ layers: { ...layers, chosen: 'layer2.1' } });
    expect(follow({ layer: 'nowhere' })).toEqual({});
    const called = batch.inspection.layers.flatMap((one) => [one, { ...one, call: 2 }]);
    const twice = { ...batch, inspection: { ...batch.inspection, layers: called } };
    const view = { ...defaultBatchView, layers: { ...layers, chosen: 'layer1.1 (call 2)' } };
    expect(followBatch({ ...twice, view }, { layer: 'layer1.1' })).toEqual({});
    expect(followBatch({ ...twice, view }, { layer: 'layer1.0' })).toMatchObject({ layers: { chosen: 'layer1.0' } });
  });
});
