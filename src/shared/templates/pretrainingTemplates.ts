/** Templates that compare pretrainings by what frozen features are worth, on the emoji that come with the program. */
import type { ExperimentTemplate } from './experimentTemplate';

export const quickstartTemplate: ExperimentTemplate = {
  name: 'quickstart',
  label: 'Quickstart with emoji',
  detail: 'Three ways to get weights, two tests. Two or three minutes on a laptop.',
  group: 'Data included',
  body: `about: Do a hundred steps of pretraining beat random weights?
seeds: [0, 1, 2, 3, 4]
imageSize: 32
# a narrow network, so that all of it takes two or three minutes
backbone: { name: resnet18, width: 8, stem: small }

data:
  # 1,911 emoji, each drawn by two vendors: learn on one, test on the other.
  emoji: { kind: emoji, labels: subcategory, train: twitter, test: google }

pretrainings:
  # with the statistics of batch norm measured, so that random seeds differ less
  - { id: random, method: random, batchNorm: calibrated, data: emoji }
  # batch and augmentation are those of the next, so that only the method differs
  - id: supervised
    method: supervised
    data: emoji
    steps: 100
    batch: 64
    learningRate: 0.05
    schedule: { kind: cosine }
    augment: moco-v2
  # contrastive: needs no class, but more steps to show what it can do (try 1200)
  - id: exemplar
    method: exemplar
    data: emoji
    steps: 100
    batch: 64
    learningRate: 0.1
    queue: 1024
    # so short a training needs a quick key encoder; long ones use 0.99 or 0.999
    encoderMomentum: 0.9

transfers:
  - { id: probe, task: linear-probe, data: emoji, layers: &layers [relu, layer1, layer2, layer3, layer4], l2: 0.001 }
  - { id: same-emoji, task: retrieval, data: emoji, layers: *layers }
`,
};

export const temperaturesTemplate: ExperimentTemplate = {
  name: 'temperatures',
  label: 'Ladder of temperatures',
  detail: 'One pretraining in several variants through a matrix.',
  group: 'Data included',
  body: `about: How does the temperature of the contrastive loss change what transfers?
seeds: [0, 1]
imageSize: 32
backbone: { name: resnet18, width: 16, stem: small }

data:
  emoji: { kind: emoji, labels: subcategory, train: twitter, test: google }

pretrainings:
  - { id: random }
  - id: moco
    method: moco
    data: emoji
    steps: 200
    batch: 128
    learningRate: 0.06
    queue: 1024
    encoderMomentum: 0.9
    matrix: { temperature: [0.07, 0.2, 0.5] }

transfers:
  - { id: probe, task: linear-probe, data: emoji, layers: all, l2: 0.001 }
  - { id: same-emoji, task: retrieval, data: emoji, layers: all }
`,
};
