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

export const labelsTemplate: ExperimentTemplate = {
  name: 'labels',
  label: 'How many labels does it save?',
  detail: 'Accuracy with fewer labels, beside random weights. Two or three minutes.',
  group: 'Data included',
  body: `about: How many labels does a pretraining save, and does its recipe matter?
seeds: [0, 1, 2, 3, 4]
imageSize: 32
backbone: { name: resnet18, width: 8, stem: small }

data:
  # pretrainings are told ten coarse categories
  emoji: { kind: emoji, labels: category, train: twitter, test: google }

pretrainings:
  # what is saved is counted from this row
  - { id: random, method: random, batchNorm: calibrated, data: emoji }
  - id: supervised
    method: supervised
    data: emoji
    steps: 300
    batch: 64
    learningRate: 0.05
    schedule: { kind: cosine }
    augment: moco-v2
  # the control row: all as above but the augmentation
  - id: supervised-plain
    method: supervised
    data: emoji
    steps: 300
    batch: 64
    learningRate: 0.05
    schedule: { kind: cosine }
    augment: f

transfers:
  # 99 finer classes, which no pretraining was told. Random weights answer best at early layers: a deep one would
  # flatter the others. As measured, both save a factor of two to five; they cannot be told apart.
  - id: probe
    task: linear-probe
    data: emoji
    labels: subcategory
    layers: [relu, layer1]
    l2: 0.001
    # of 1,911 labels
    matrix: { budget: [10%, 20%, 40%, 100%] }
`,
};

export const lengthsTemplate: ExperimentTemplate = {
  name: 'lengths',
  label: 'Ladder of lengths',
  detail: 'One pretraining in several variants through a matrix. A minute or two.',
  group: 'Data included',
  body: `about: How long must a pretraining be, and which layers gain by it?
seeds: [0, 1, 2]
imageSize: 32
backbone: { name: resnet18, width: 8, stem: small }

data:
  emoji: { kind: emoji, labels: category, train: twitter, test: google }

pretrainings:
  - { id: random, method: random, batchNorm: calibrated, data: emoji }
  - id: supervised
    method: supervised
    data: emoji
    batch: 64
    learningRate: 0.05
    schedule: { kind: cosine }
    augment: moco-v2
    # any setting can be a rung; several lists make every combination
    matrix: { steps: [30, 100, 300] }

transfers:
  # As measured at layer4, in percent: random 24, then 38, 42 and 45, of which neighbours cannot be told apart.
  - { id: probe, task: linear-probe, data: emoji, layers: &layers [relu, layer1, layer2, layer3, layer4], l2: 0.001 }
  - { id: same-emoji, task: retrieval, data: emoji, layers: *layers }
`,
};
