/** Templates of tasks beyond one label for each image, on scenes and emoji that come with the program. */
import type { ExperimentTemplate } from './experimentTemplate';

export const detectionTemplate: ExperimentTemplate = {
  name: 'detection',
  label: 'Detection and instance segmentation',
  detail: 'Boxes, masks and their errors, two kinds of weights. Four or five minutes.',
  group: 'Data included',
  body: `about: What does pretraining change in a detector, and in which of its errors?
seeds: [0, 1, 2]
imageSize: 32
backbone: { name: resnet18, width: 8, stem: small }

data:
  emoji: { kind: emoji, labels: category }
  # scenes of one or two emoji, composed from a seed, with exact boxes and masks
  scenes:
    kind: emoji-scenes
    classes: ['Animals & Nature', 'Flags', 'Food & Drink', 'People & Body']
    size: 64
    scale: [0.45, 0.7]
    objects: [1, 2]
    trainImages: 1000
    testImages: 150

pretrainings:
  - { id: random, method: random, batchNorm: calibrated, data: emoji }
  - id: supervised
    method: supervised
    data: emoji
    steps: 300
    batch: 64
    learningRate: 0.05
    schedule: { kind: cosine }
    augment: moco-v2

# As measured, random to supervised: average precision of boxes 4 to 10 %. So short a Mask R-CNN has 4 and 7 %, which
# three seeds do not tell apart: more seeds, or steps, may.
transfers:
  # a quick detector; the backbone up to layer3 stays as pretrained
  - id: boxes
    task: detection
    data: scenes
    recipe: emoji-scenes-fcos
    shortestSide: [64]
    freeze: layer3
    steps: 240
  # Mask R-CNN draws a mask for each object as well
  - id: masks
    task: detection
    data: scenes
    model: mask-rcnn-fpn
    shortestSide: [64]
    freeze: layer3
    batch: 4
    steps: 200
    learningRate: 0.02
    schedule: cosine
    warmupSteps: 20
    # in px, for objects of a third to two thirds of 64 px
    anchorSizes: [16, 24, 32, 40, 48]
    rpnProposalsTrain: [200, 50]
    rpnProposalsTest: [100, 30]
    roiBatch: 16

analyses:
  # the error budget: what each kind of error costs, and how that differs from random weights
  - { id: box-errors, kind: detection-errors, transfer: boxes, against: random }
  - { id: mask-errors, kind: detection-errors, transfer: masks, against: random, iouType: segm }
`,
};

export const tasksTemplate: ExperimentTemplate = {
  name: 'tasks',
  label: 'Segmentation, landmarks and few-shot',
  detail: 'Whether what serves one task serves the others. Two or three minutes.',
  group: 'Data included',
  body: `about: Does a pretraining that serves classes also serve pixels, landmarks and new classes?
seeds: [0, 1, 2]
imageSize: 32
backbone: { name: resnet18, width: 8, stem: small }

data:
  emoji: { kind: emoji, labels: category, train: twitter, test: google }
  # one or two emoji on a painted background, composed from a seed
  scenes:
    kind: emoji-scenes
    classes: ['Animals & Nature', 'Flags', 'Food & Drink', 'People & Body']
    size: 64
    scale: [0.45, 0.7]
    objects: [1, 2]
    trainImages: 500
    testImages: 150

pretrainings:
  - { id: random, method: random, batchNorm: calibrated, data: emoji }
  - id: supervised
    method: supervised
    data: emoji
    steps: 300
    batch: 64
    learningRate: 0.05
    schedule: { kind: cosine }
    augment: moco-v2

# As measured, random to supervised in percent: pixels 29 to 33, one picture 26 to 42, five 30 to 51, readoff 10 to 25;
# landmarks (error 16) cannot be told apart.
transfers:
  # a class for every pixel; the backbone up to layer3 stays as pretrained
  - id: pixels
    task: semantic-segmentation
    data: scenes
    recipe: emoji-scenes-fcn
    imageSize: 64
    freeze: layer3
    steps: 200
  # the rims of an emoji, read off each frozen layer and off all of them together
  - id: landmarks
    task: landmark-probe
    data: scenes
    layers: [layer1, layer2, layer3, layer4]
    pool: { maxDimension: 256 }
    hypercolumn: true
  # new classes: finer ones than the ten that the pretraining was told
  - id: few-shot
    task: few-shot
    data: emoji
    labels: subcategory
    layers: [layer4]
    queries: 5
    classifier: cosine
    base: 0.5
    validation: 0.1
    novel: 0.4
    matrix: { shots: [1, 5] }
  # the usual readoff, to see how far it foretells the others
  - { id: readoff, task: linear-probe, data: emoji, labels: subcategory, layers: [layer4], l2: 0.001 }
`,
};
