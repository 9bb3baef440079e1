/** The template that looks into networks. */
import type { ExperimentTemplate } from './experimentTemplate';

export const whyTemplate: ExperimentTemplate = {
  name: 'why',
  label: 'Why is it better?',
  detail: 'Similarity, geometry, maps, inversions by layer. Two or three minutes.',
  group: 'Data included',
  body: `about: Why do pretrained weights serve better than random ones, and from which layer on?
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
  # what is to be explained. As measured at layer4, in percent: random 25, supervised 46, the other recipe 45.
  - { id: neighbours, task: knn, data: emoji, layers: &layers [layer1, layer2, layer3, layer4], k: 20 }

analyses:
  - { kind: cka, between: [random, supervised, supervised-plain], layers: *layers }
  - { kind: geometry, layers: *layers }
  - { kind: transferability, layers: *layers }
  - { kind: embedding, layers: [layer4], images: 1000 }
  # more images and iterations make a firmer statement, and take as much longer
  - kind: inversion
    of: [random, supervised]
    quick: true
    iterations: 60
    images: 3
    layers: [layer1, layer4]
  - { kind: attribution, of: [supervised], images: 8, layers: [layer4] }
`,
};
