/** How many workers fit, and what is said when fewer do. */
import { describe, expect, it } from 'vitest';
import { parameterCount } from '../../../src/shared/experiment/layers';
import { trainingBytes } from '../../../src/shared/experiment/checks/size';
import { shareOfDevices } from '../../../src/runs/engines/team';
import { workersThatFit } from '../../../src/runs/engines/workersThatFit';
import { parseExperiment } from '../../../src/shared/experiment/parse';
import type { TrainedPretraining } from '../../../src/shared/experiment/schema';

const text = `name: fit
imageSize: 224
backbone: { name: resnet50 }
data: { photos: { kind: image-folder, root: photos } }
pretrainings:
  - { id: moco, method: moco, data: photos, batch: 32, epochs: 1 }
  - { id: random }
`;
const { experiment } = parseExperiment(text, { fileName: 'fit.transfer.yaml', recipes: new Map() });
const GIB = 1024 * 1024 * 1024;
const place = { runtime: 'wasm', stages: 10 };
const machine = (gibibytes: number, gpus = ['0']) => ({ free: gibibytes * GIB, gpus });

it('as many as are wanted, where memory allows it', () => {
  expect(workersThatFit(4, experiment, { ...place, machine: machine(1000) })).toEqual({ workers: 4 });
  expect(workersThatFit(4, experiment, { ...place, stages: 2, machine: machine(1000) })).toEqual({ workers: 2 });
});

it('fewer where each needs its share: half a gigabyte and the largest training', () => {
  const moco = experiment!.pretrainings[0] as TrainedPretraining;
  const { fixed, perImage } = trainingBytes(moco, experiment!.backbone);
  const each = 500 * 1024 * 1024 + fixed + 32 * perImage;
  const room = (workers: number) => ({ free: (workers * each) / 0.8 + 1e6, gpus: ['0'] });
  expect(workersThatFit(8, experiment, { ...place, machine: room(3) })).toEqual({
    workers: 3,
    said: expect.stringMatching(/^3 of 8 workers: each needs about \d.*, and .* are free$/) as string,
  });
  expect(workersThatFit(8, experiment, { ...place, machine: machine(0.1) }).workers).toBe(1);
});

it('one for each graphics processor', () => {
  const gpu = { runtime: 'tensorflow-gpu', stages: 10 };
  expect(workersThatFit(4, experiment, { ...gpu, machine: machine(1000, ['0', '1']) })).toEqual({
    workers: 2,
    said: '2 of 4 workers: one for each graphics processor',
  });
});

describe('where a training takes several processes', () => {
  const cut = text.replace('batch: 32', 'batch: 16, accumulate: 2, processes: 2');
  const shared = parseExperiment(cut, { fileName: 'fit.transfer.yaml', recipes: new Map() }).experiment;

  it('each has its share of memory, and the gradients under way theirs', () => {
    const moco = shared!.pretrainings[0] as TrainedPretraining;
    const { fixed, perImage } = trainingBytes(moco, shared!.backbone);
    const each = 2 * (500 * 1024 * 1024 + fixed + 16 * perImage) + 3 * 4 * parameterCount(shared!.backbone);
    const room = (workers: number) => ({ free: (workers * each) / 0.8 + 1e6, gpus: ['0'] });
    expect(workersThatFit(8, shared, { ...place, machine: room(3) }).workers).toBe(3);
    expect(workersThatFit(8, shared, { ...place, machine: { ...room(3), free: room(3).free - 2e6 } }).workers).toBe(2);
  });

  it('each has a graphics processor', () => {
    const gpu = { runtime: 'tensorflow-gpu', stages: 10, machine: machine(1000, ['0', '1', '2', '3', '4']) };
    expect(workersThatFit(4, shared, gpu)).toEqual({
      workers: 2,
      said: '2 of 4 workers: each needs 2 graphics processors',
    });
  });

  it('workers share the graphics processors evenly', () => {
    const devices = ['3', '5', '6', '7'];
    expect([1, 2].map((n) => shareOfDevices(devices, n, 2))).toEqual([
      ['3', '5'],
      ['6', '7'],
    ]);
    expect([1, 2, 3].map((n) => shareOfDevices(devices, n, 3))).toEqual([['3'], ['5'], ['6']]);
    expect([1, 5].map((n) => shareOfDevices(devices, n, 8))).toEqual([['3'], []]);
  });
});
