/** Experiments to begin with. Each is whole and valid; what to change is said in comments. */
export interface ExperimentTemplate {
  readonly label: string;
  readonly detail: string;
  /** Proposed name of experiment and file. */
  readonly name: string;
  /** The text after the `name:` line. */
  readonly body: string;
}

export const experimentTemplates: readonly ExperimentTemplate[] = [
  {
    label: 'Quickstart with emoji',
    detail: 'Three ways to get weights, two tests, data included. Two or three minutes on a laptop.',
    name: 'quickstart',
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
  - { id: supervised, method: supervised, data: emoji, recipe: emoji-supervised, steps: 100 }
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
  },
  {
    label: 'My own images',
    detail: 'A folder with one sub-folder per class for training and one for testing.',
    name: 'my-images',
    body: `about: Which pretraining on my images transfers best to my classes?
seeds: [0, 1, 2]
imageSize: 64
backbone: { name: resnet18, width: 32, stem: cifar }

data:
  # images/train/<class>/*.jpg and images/val/<class>/*.jpg, relative to this file
  mine: { kind: image-folder, root: images }

pretrainings:
  - { id: random }
  - { id: supervised, method: supervised, data: mine, epochs: 20, batch: 64, learningRate: 0.025, schedule: { kind: cosine } }
  - id: moco
    method: moco
    data: mine
    epochs: 20
    batch: 64
    learningRate: 0.0075
    schedule: { kind: cosine }
    # a multiple of the batch, and shorter than the set of images
    queue: 256
    encoderMomentum: 0.99

transfers:
  - { id: probe, task: linear-probe, data: mine, layers: all }
  - { id: neighbours, task: knn, data: mine, layers: all, k: 5 }
`,
  },
  {
    label: 'Compare checkpoints',
    detail: 'Backbones trained elsewhere (PyTorch or safetensors files) side by side.',
    name: 'checkpoints',
    body: `about: Which of these checkpoints shall I start from?
seeds: [0]
imageSize: 224
backbone: { name: resnet50 }

data:
  mine: { kind: image-folder, root: images }

pretrainings:
  - { id: random }
  # paths relative to this file
  - { id: first, weights: weights/first.pth }
  - { id: second, weights: weights/second.safetensors }

transfers:
  - { id: probe, task: linear-probe, data: mine, layers: [layer3, layer4, avgpool] }
  - { id: neighbours, task: knn, data: mine, layers: [avgpool], k: 20 }
`,
  },
  {
    label: 'Ladder of temperatures',
    detail: 'One pretraining in several variants through a matrix.',
    name: 'temperatures',
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
  },
];

/** The text of a new file; `name` is that of the experiment. */
export function fillTemplate({ body }: ExperimentTemplate, name: string): string {
  return `name: ${name}\n${body}`;
}

/** Why a name will not do, or undefined. */
export function checkName(name: string): string | undefined {
  const isFine = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name);
  return isFine ? undefined : 'Up to 64 letters, digits, -, _ and ., beginning with a letter or digit.';
}
