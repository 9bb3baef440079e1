/** Images, channels and neighbours that analyses ask for, against what there is. */
import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../../../src/shared/experiment/checks/facts';
import { applyFix, parse } from '../problemsOf';

const text = (line: string) => `name: analyses
backbone: { name: resnet18, width: 8, stem: small }
data:
  emoji: { kind: emoji }
pretrainings:
  - { id: random }
analyses:
  - { ${line} }
`;
const split = { length: 40, classes: 4 };
const facts: Facts = { data: { emoji: { splits: ['twitter', 'google'], bySplit: { twitter: split, google: split } } } };
const errors = (line: string, known: Facts = facts) =>
  parse(text(line), { facts: known }).problems.filter(({ severity }) => severity === 'error');

describe('analyses', () => {
  it.each([
    [
      'kind: maximisation, layers: [layer1, layer2], channels: [3, 12]',
      '`maximisation` asks for channel 12 of `layer1`, which has 8; name some from 0 to 7',
    ],
    [
      'kind: inversion, id: look, images: [2, 40], layers: [layer1], quick: true',
      '`look` asks for image 40 of `emoji` google, which has 40; name some from 0 to 39',
    ],
    [
      'kind: embedding, neighbours: 20',
      '`neighbours: 20` of `embedding` must be less than half of the images, and `emoji` google has 40 images; set it to 19 or less',
    ],
  ])('ask for what there is not: %s', (line, message) => {
    expect(errors(line).map((problem) => problem.message)).toEqual([message]);
  });

  it.each([
    'kind: maximisation, layers: [layer2], channels: [3, 12]',
    'kind: maximisation, layers: [layer1], channels: 12',
    'kind: inversion, images: [2, 39], layers: [layer1], quick: true',
    'kind: embedding, neighbours: 19',
  ])('ask for what there is: %s', (line) => {
    expect(errors(line)).toEqual([]);
  });

  it('are mended by their fix, and left alone where nobody has counted', () => {
    const line = 'kind: embedding, neighbours: 20';
    const [problem] = errors(line);
    expect(parse(applyFix(text(line), problem!.fixes![0]!), { facts }).problems.map(({ code }) => code)).not.toContain(
      'too-few-images',
    );
    expect(errors(line, {})).toEqual([]);
  });
});
