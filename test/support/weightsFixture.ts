/** A weight file as its panel gets it: a MoCo checkpoint of a small ResNet with drawn numbers, or very many tensors. */
import type { WeightsModel, WeightsNews } from '../../src/shared/protocol/panels/weightsPanel';
import { deriveRandom } from '../../src/shared/random';
import { createWeightsModel } from '../../src/shared/views/weights/weightsPanel';
import { describeWeights } from '../../src/shared/weights/describeWeights';
import { backboneShapes } from '../../src/shared/weights/fitBackbone';
import { listTensors } from '../../src/shared/weights/listTensors';
import { rowMajorStrides, type TensorPlace } from '../../src/shared/weights/tensorPlace';
import { measureTensor, type TensorStatistics } from '../../src/shared/weights/tensorStatistics';
import type { WeightsFile } from '../../src/shared/weights/weightsFile';
import type { BackboneConfig } from '../../src/shared/experiment/layers';

export const fixtureBackbone: BackboneConfig = {
  name: 'resnet18',
  width: 4,
  stem: 'small',
  dilate: [false, false, false],
};

export function drawnTensor(shape: readonly number[], seed: number): TensorPlace {
  const count = shape.reduce((product, side) => product * side, 1);
  const random = deriveRandom(seed, 'weights fixture');
  const values = Float32Array.from(
    { length: count },
    () => random.uniform() + random.uniform() + random.uniform() - 1.5,
  );
  return { dtype: 'float32', shape, strides: rowMajorStrides(shape), read: () => Promise.resolve(values) };
}

export function fixtureFile(backbone = fixtureBackbone): WeightsFile {
  const tensors = new Map<string, TensorPlace>();
  let seed = 0;
  for (const [name, shape] of backboneShapes(backbone))
    tensors.set(`state_dict.module.encoder_q.${name}`, drawnTensor(shape, seed++));
  tensors.set('state_dict.module.encoder_q.fc.0.weight', drawnTensor([8, 32], seed++));
  tensors.set('state_dict.module.queue', drawnTensor([8, 64], seed++));
  return { name: 'moco.pth.tar', format: 'pytorch', tensors, metadata: { epoch: '200', arch: 'resnet18' } };
}

export interface WeightsFixture {
  readonly model: WeightsModel;
  readonly news: readonly WeightsNews[];
}

/** Everything measured; `backbone` is what the file is compared with. */
export async function weightsFixture(backbone: BackboneConfig, file = fixtureFile()): Promise<WeightsFixture> {
  const tensors = listTensors(file, { backbone });
  const statistics: TensorStatistics[] = [];
  for (const place of file.tensors.values()) statistics.push(await measureTensor(place));
  const model = createWeightsModel({
    name: file.name,
    path: `weights/${file.name}`,
    state: 'done',
    summary: describeWeights(file, { backbone }),
    against: backbone,
    prefixes: [
      { prefix: 'state_dict.module.encoder_q.', weights: 100 },
      { prefix: 'state_dict.module.encoder_k.', weights: 100 },
    ],
    warnings: [],
    listed: tensors.length,
    usedBy: { experiment: 'study.transfer.yaml', pretraining: 'moco', hasBackbone: true },
    backbones: ['resnet18', 'resnet50'],
    backbone: '',
  });
  const news: WeightsNews[] = [
    { kind: 'begin', isSameFile: false },
    { kind: 'listed', tensors },
    { kind: 'measured', from: 0, statistics },
  ];
  return { model, news };
}
