/** Templates for images, annotations and checkpoints of the user; their paths are to be changed. */
import type { ExperimentTemplate } from './experimentTemplate';

export const ownDataTemplates: readonly ExperimentTemplate[] = [
  {
    name: 'my-images',
    label: 'My own images',
    detail: 'A folder with one sub-folder per class for training and one for testing.',
    group: 'Your own data',
    body: `about: Which pretraining on my images transfers best to my classes?
seeds: [0, 1, 2]
imageSize: 64
backbone: { name: resnet18, width: 32, stem: cifar }

data:
  # images/train/<class>/*.jpg and images/val/<class>/*.jpg, relative to this file
  mine: { kind: image-folder, root: images }

pretrainings:
  - { id: random }
  - id: supervised
    method: supervised
    data: mine
    epochs: 20
    batch: 64
    learningRate: 0.025
    schedule: { kind: cosine }
    # moco's, so that only the method differs
    augment: moco-v2
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
    name: 'my-detection',
    label: 'Detection on my own COCO data',
    detail: 'Which checkpoint to fine-tune from, by the published recipe. Needs a GPU.',
    group: 'Your own data',
    body: `about: Which checkpoint shall my detector start from, and which errors does it spare?
# each seed fine-tunes anew, so that a difference shows beside its chance
seeds: [0, 1, 2]
backbone: { name: resnet50 }

data:
  # {split} is train or val, as named below; where all images are in one folder, only its name
  mine:
    kind: coco
    root: coco
    images: '{split}'
    annotations: 'annotations/instances_{split}.json'
    train: train
    test: val

pretrainings:
  # says how much any checkpoint adds
  - { id: random }
  # paths relative to this file; PyTorch, safetensors and others, under anybody's names
  - { id: supervised, weights: weights/resnet50-imagenet.pth }
  - { id: moco, weights: weights/moco_v2_800ep_pretrain.pth.tar }

transfers:
  - id: boxes
    task: detection
    data: mine
    # Faster R-CNN, 9,000 steps of 16 images, made for 5,000 pictures. For 100,000: coco-c4-1x, which also learns masks.
    recipe: voc07-c4-9k
    metric: coco
    # For a smaller card: four parts of a batch, one after the other, make one update.
    # batch: 4
    # accumulate: 4

analyses:
  # what each kind of error costs, and how that differs from random weights
  - { kind: detection-errors, transfer: boxes, against: random }
`,
  },
  {
    name: 'checkpoints',
    label: 'Compare checkpoints',
    detail: 'Backbones trained elsewhere (PyTorch or safetensors files) side by side.',
    group: 'Your own data',
    body: `about: Which of these checkpoints shall I start from?
# one is enough: files are the same for every seed, unless a path holds {seed}
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
];
