/** Attributions in experiment files: whose scores are explained, by which layers, and what is refused with a reason. */
import { describe, expect, it } from 'vitest';
import { parse } from './problemsOf';

const text = (line: string, pretraining = 'id: a') => `name: why
backbone: { name: resnet18, width: 8, stem: small }
data:
  emoji: { kind: emoji }
  scenes: { kind: emoji-scenes }
pretrainings:
  - { ${pretraining} }
transfers:
  - { id: detect, task: detection, data: scenes }
  - { id: regions, task: detection, data: scenes, model: faster-rcnn-c4 }
  - { id: probe, task: linear-probe, data: emoji, layers: [layer2, layer3] }
  - { id: near, task: knn, data: emoji }
analyses:
  - { kind: attribution${line} }
`;
const errors = (line: string) =>
  parse(text(line))
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ message }) => message);
const settings = (line: string, pretraining?: string) => parse(text(line, pretraining)).experiment!.analyses[0];

describe('an attribution', () => {
  it('explains the own classifier where there is one, else the first probe', () => {
    expect(settings('')).toMatchObject({ transfer: 'probe', data: 'emoji', target: { class: 'predicted' } });
    const own = settings('', 'id: a, method: supervised, data: emoji');
    expect(own).not.toHaveProperty('transfer');
    expect(own).toMatchObject({ layers: ['layer1', 'layer2', 'layer3', 'layer4'] });
  });

  it('looks at layers that reach the score by itself', () => {
    expect(settings(', target: { transfer: detect }')).toMatchObject({
      layers: ['layer1', 'layer2', 'layer3', 'layer4'],
      target: { detection: 0 },
    });
    expect(settings(', target: { transfer: regions }')).toMatchObject({ layers: ['layer1', 'layer2', 'layer3'] });
    expect(settings('')).toMatchObject({ layers: ['layer1', 'layer2', 'layer3'] });
  });

  it.each([
    [
      ', layers: [layer3, layer4]',
      '`attribution` cannot explain by `layer4`: `probe` reads `layer3`, which lies before; name other `layers`',
    ],
    [
      ', layers: [layer4], target: { transfer: regions }',
      '`attribution` cannot explain by `layer4`: maps of a detection by `faster-rcnn-c4` are those of `layer1` to `layer3`; name other `layers`',
    ],
    [
      ', layers: [conv1], target: { transfer: detect }',
      '`attribution` cannot explain by `conv1`: maps of a detection by `fcos` are those of `layer1` to `layer4`; name other `layers`',
    ],
    [
      ', target: { transfer: near }',
      '`attribution` explains classifications, linear probes and detections, and `near` is `knn`; there are detect, regions, probe',
    ],
  ])('is refused with%s', (line, message) => {
    expect(errors(line)).toEqual([message]);
  });
});
