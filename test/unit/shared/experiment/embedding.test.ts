/** Embeddings in experiment files: what a method does not read, how many images it asks for, what enters its key. */
import { describe, expect, it } from 'vitest';
import type { EmbeddingAnalysis } from '../../../../src/shared/experiment/analysisSchema';
import { resultSettings } from '../../../../src/shared/experiment/stageSettings';
import { applyFix, parse } from './problemsOf';

const text = (line: string) => `name: maps
backbone: { name: resnet18, width: 8, stem: small }
data:
  emoji: { kind: emoji }
  scenes: { kind: emoji-scenes }
pretrainings:
  - { id: random }
analyses:
  - { kind: embedding, ${line} }
`;
const errorsOf = (line: string) => parse(text(line)).problems.filter(({ severity }) => severity === 'error');
const settingsOf = (line: string) => parse(text(line)).experiment!.analyses[0] as EmbeddingAnalysis;

describe('settings of embeddings', () => {
  it('are those of umap by themselves', () => {
    const { iterations, learningRate, ...settings } = settingsOf('layers: [layer4]');
    expect(settings).toMatchObject({ method: 'umap', images: 2000, neighbours: 15, minDistance: 0.1, spread: 1 });
    expect([iterations, learningRate]).toEqual([undefined, undefined]);
  });

  it('say which the method does not read, and leave them out of the key', () => {
    const { problems } = parse(text('method: t-sne, minDistance: 0.5, data: emoji'));
    const warning = problems.find(({ code }) => code === 'no-effect')!;
    expect(warning.message).toBe('`minDistance` has no effect with `method: t-sne`; remove it');
    expect(applyFix(text('method: t-sne, minDistance: 0.5'), warning.fixes![0]!)).not.toContain('minDistance');
    const key = (line: string) => JSON.stringify(resultSettings(settingsOf(line)));
    expect(key('method: t-sne, minDistance: 0.5')).toBe(key('method: t-sne'));
    expect(key('method: t-sne, perplexity: 40')).not.toBe(key('method: t-sne'));
    expect(key('minDistance: 0.5')).not.toBe(key('about: none'));
    expect(key('method: pca, iterations: 20, perplexity: 3')).toBe(key('method: pca'));
  });

  it.each([
    ['method: t-sne, images: 60', 'perplexity', '19'],
    ['method: t-sne, images: 300, perplexity: 100', 'perplexity', '99'],
    ['images: 100, neighbours: 50', 'neighbours', '49'],
  ])('ask for images enough, with a fix: %s', (line, key, most) => {
    const found = errorsOf(line);
    expect(found.map(({ code }) => code)).toEqual(['too-few-images']);
    expect(found[0]!.message).toContain(`set it to ${most} or less`);
    const mended = applyFix(text(line), found[0]!.fixes![0]!);
    expect(mended).toContain(`${key}: ${most}`);
    expect(parse(mended).problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('are content with just enough images, and with data that have no labels', () => {
    expect(errorsOf('method: t-sne, images: 92')).toEqual([]);
    expect(errorsOf('method: pca, images: 40, data: scenes, split: train')).toEqual([]);
    expect(errorsOf('images: 8')[0]!.message).toContain('set it to 3 or less');
    expect(errorsOf('images: 60000')).toHaveLength(1);
  });
});
