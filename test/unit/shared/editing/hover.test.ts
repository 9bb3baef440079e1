import { describe, expect, it } from 'vitest';
import { hover } from '../../../../src/shared/editing/hover';
import { recipes, treeAt } from './cursorText';

function textAt(marked: string): string | undefined {
  const { tree, offset } = treeAt(marked);
  return hover(tree, offset, recipes)?.markdown;
}

describe('hover over a key', () => {
  it('says what it is, its range, unit, default and reference', () => {
    const text = textAt('pretrainings:\n  - { id: a, method: moco, que|ue: 10 }');
    expect(text).toContain('**`queue`** · a whole number from 1 to 4194304 (keys)');
    expect(text).toContain('How many keys of earlier batches');
    expect(text).toContain('Default: `65536`.');
    expect(text).toContain('arXiv [1911.05722](https://arxiv.org/abs/1911.05722)');
  });

  it('gives the default of the method and the value of the recipe', () => {
    const supervised = textAt('pretrainings:\n  - { id: a, method: supervised, learn|ingRate: 1 }');
    expect(supervised).toContain('Default: `0.1` for `supervised`.');
    const recipe = textAt('pretrainings:\n  - { id: a, recipe: emoji-moco-v2, learn|ingRate: 1 }');
    expect(recipe).toContain('Default: `0.03` for `moco`. Recipe `emoji-moco-v2`: `0.06`.');
    const open = textAt('pretrainings:\n  - { id: a, learn|ingRate: 1 }');
    expect(open).toContain('0.1 (supervised), 0.03 (instdisc, moco, exemplar, supcon)');
    const nested = textAt('pretrainings:\n  - { id: a, recipe: emoji-moco-v2, schedule: { ki|nd: step } }');
    expect(nested).toContain('Recipe `emoji-moco-v2`: `cosine`.');
  });

  it('works in a matrix and in broken files', () => {
    expect(textAt('pretrainings:\n  - id: a\n    matrix: { aug|ment: [f] }')).toContain('The random changes');
    expect(textAt('x: {\npretrainings:\n  - { id: a, que|ue: 10')).toContain('How many keys');
    expect(textAt('unkn|own: 3')).toBeUndefined();
    expect(textAt('na|me: x')).toContain('Required.');
  });
});

describe('hover over a value', () => {
  it('shows a recipe as a table', () => {
    const text = textAt('pretrainings:\n  - { id: a, recipe: emoji-mo|co-v2 }');
    expect(text).toContain('**`emoji-moco-v2`** · recipe for `moco`');
    expect(text).toContain('| `queue` | `1024` |');
    expect(text).toContain('| `schedule.kind` | `cosine` |');
  });

  it('tells channels and stride of a layer', () => {
    const text = textAt(
      'backbone: { name: resnet18, width: 16, stem: small }\ntransfers:\n  - { id: t, task: knn, layers: [lay|er4] }',
    );
    expect(text).toContain('`layer4`** · layer 15 of 16 of resnet18');
    expect(text).toContain('128 channels, one feature every 16 px');
  });

  it('explains words', () => {
    expect(textAt('pretrainings:\n  - { id: a, method: moco, augment: frc|g }')).toContain('As frc, with grayscale');
    expect(textAt('transfers:\n  - { id: a, task: kn|n }')).toContain('A weighted vote of the nearest');
    expect(textAt('data:\n  e: { kind: emo|ji }')).toContain('The packed emoji');
    expect(textAt('backbone: { name: res|net18 }')).toContain('Which network');
  });

  it('says where an id is used', () => {
    const file = `data:\n  em|oji: { kind: emoji }\npretrainings:\n  - { id: a, data: emoji, about: A note. }\ntransfers:\n  - { id: t, data: emoji, of: [a] }`;
    expect(textAt(file)).toBe('**`emoji`** · data, `emoji`\n\nUsed by `a`, `t`.');
    const use = file.replace('|', '').replace('of: [a]', 'of: [a|]');
    expect(textAt(use)).toBe('**`a`** · pretraining\n\nA note.\n\nUsed by `t`.');
    expect(textAt(file.replace('|', '').replace('of: [a]', 'of: [b|]'))).toContain('which is not declared');
  });
});
