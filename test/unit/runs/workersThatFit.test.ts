/** How many workers fit, and what is said when fewer do. */
import { expect, it } from 'vitest';
import { trainingBytes } from '../../../src/shared/experiment/checks/size';
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
