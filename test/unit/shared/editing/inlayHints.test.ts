import { expect, it } from 'vitest';
import { inlayHints } from '../../../../src/shared/editing/inlayHints';
import { validate } from '../../../../src/shared/editing/validation';
import { spoil } from '../experiment/problemsOf';
import { recipes } from './cursorText';

/** Every hint behind the text of its line up to it. */
function hintsOf(text: string): string[] {
  const parsed = validate(text, { fileName: 'test.transfer.yaml', recipes });
  return inlayHints(parsed, { start: 0, end: text.length }).map(
    ({ offset, label }) => `${text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset).trim()} «${label}»`,
  );
}

it('tells what a recipe brings, lengths, size and work', () => {
  // 1,911 images in batches of 128 are 14 steps an epoch; 2,500 / 14 = 178.6.
  // Stages: 2 seeds of (2 pretrainings, 2 × 2 features, 2 transfers).
  expect(hintsOf(spoil(['steps: 2500', 'steps: 2500 # long']))).toEqual([
    'name: test «16 stages»',
    'backbone: { name: resnet18 «0.7 million parameters»',
    expect.stringMatching(/^recipe: emoji-moco-v2 «lr 0.06, batch 128, queue 1,024, ≈ \d+ MB»$/),
    'steps: 2500 «≈ 179 epochs»',
  ]);
});

it('gives steps for epochs, and what is written is not repeated', () => {
  const hints = hintsOf(spoil(['    steps: 2500', '    epochs: 100\n    batch: 64\n    learningRate: 0.1']));
  expect(hints).toContain('epochs: 100 «= 2,900 steps»');
  expect(hints).toContainEqual(expect.stringMatching(/^batch: 64 «≈ \d+ MB»$/));
  expect(hints).toContain('recipe: emoji-moco-v2 «queue 1,024»');
});

it('gives the length of a recipe where none is written', () => {
  const hints = hintsOf(spoil(['    recipe: emoji-moco-v2\n    steps: 2500\n', '']));
  expect(hints).toContainEqual(
    expect.stringMatching(/^method: moco «lr 0.03, batch 256, queue 65,536, 200 epochs = 1,400 steps, ≈/),
  );
});

it('counts what a matrix makes and what `all` means', () => {
  const hints = hintsOf(
    spoil(
      ['    steps: 2500', '    steps: 2500\n    matrix: { batch: [64, 128], augment: [f, fr] }'],
      ['data: emoji }', 'data: emoji, layers: all }'],
    ),
  );
  expect(hints).toContain('matrix: «makes 4 pretrainings»');
  expect(hints).toContain('recipe: emoji-moco-v2 «lr 0.06, queue 1,024»');
  expect(hints).toContain('- { id: probe, task: linear-probe, data: emoji, layers: all «9 layers»');
});

it('says nothing about files with errors, and only about the lines asked for', () => {
  expect(hintsOf(spoil(['method: moco', 'methd: moco']))).toEqual([]);
  const text = spoil();
  const parsed = validate(text, { fileName: 'test.transfer.yaml', recipes });
  expect(inlayHints(parsed, { start: 0, end: 12 }).map(({ label }) => label)).toEqual(['16 stages']);
});
