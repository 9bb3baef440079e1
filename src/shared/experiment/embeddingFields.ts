/**
 * Settings of embeddings: maps of images on a plane. Names and defaults are those of scikit-learn and umap-learn, in words where
 * theirs are short; the papers are van der Maaten 2014 (JMLR 15) and McInnes 2018, arXiv 1802.03426.
 */
import { z } from 'zod';
import { commonAnalysisFields, ofField } from './analysisFields';
import { field } from './fields';

const whole = (low: number, high: number) => z.int().min(low).max(high);
const real = (low: number, high: number) => z.number().min(low).max(high);

/** Ways to put images on a plane. */
export const embeddingMethods = ['pca', 't-sne', 'umap'] as const;
export type EmbeddingMethod = (typeof embeddingMethods)[number];

const umap = 'McInnes 2018, arXiv 1802.03426';

/** Those that have one default, whatever the method. */
export const embeddingOwnFields = {
  method: field(z.enum(embeddingMethods), {
    doc: 'How images are put on a plane: the two directions of most variance (`pca`), or so that near images stay near (`t-sne`, `umap`).',
    paper: `van der Maaten 2014, JMLR 15 (t-SNE); ${umap} (UMAP)`,
    default: 'umap',
  }),
  neighbours: field(whole(2, 200), {
    doc: 'Nearest neighbours by cosine that are listed, vote and are counted in trustworthiness and purity; `n_neighbors` of `umap`, which counts the image itself.',
    unit: 'images',
    paper: `${umap}, section 4.3`,
    default: 15,
  }),
  minDistance: field(real(0, 0.99), {
    doc: 'How close points of `umap` may come, `min_dist`: lower packs clusters tighter.',
    paper: `${umap}, section 4.3`,
    default: 0.1,
  }),
  spread: field(real(0.1, 10), {
    doc: 'Scale on which likeness falls off on the map of `umap`, above `minDistance`.',
    paper: 'umap-learn',
    default: 1,
  }),
  negativeSamples: field(whole(1, 100), {
    doc: 'Random points that repel for each attraction of `umap`, `negative_sample_rate`.',
    paper: `${umap}, section 4.3`,
    default: 5,
  }),
  perplexity: field(real(2, 200), {
    doc: 'About how many neighbours of an image `t-sne` keeps near; three times as many are looked at.',
    paper: 'van der Maaten 2008, JMLR 9',
    default: 30,
  }),
  exaggeration: field(real(1, 100), {
    doc: 'Factor of the attraction in the first quarter of the iterations of `t-sne`, `early_exaggeration`.',
    paper: 'van der Maaten 2014, JMLR 15; Belkina 2019, Nature Communications 10',
    default: 12,
  }),
};

export const embeddingFields = {
  ...commonAnalysisFields,
  ...ofField,
  images: field(whole(8, 50_000), {
    doc: 'Use only this many images of the split, drawn with the seed so that every class keeps its share.',
    unit: 'images',
    default: 2000,
  }),
  ...embeddingOwnFields,
  iterations: field(whole(10, 100_000), {
    doc: 'Iterations of `t-sne`, or epochs of `umap`.',
    unit: 'steps',
    defaultText: '1000 of `t-sne`; of `umap` 500 up to 10,000 images, 200 above',
  }),
  learningRate: field(real(0.001, 100_000), {
    doc: 'Step size of `t-sne` or `umap`.',
    paper: 'Belkina 2019, Nature Communications 10 (t-SNE)',
    defaultText: '1 of `umap`; of `t-sne` a quarter of the images by `exaggeration`, at least 50',
  }),
};

/** Settings that a method does not read. */
const methodSettings: Readonly<Record<EmbeddingMethod, readonly string[]>> = {
  pca: [],
  't-sne': ['perplexity', 'exaggeration', 'iterations', 'learningRate'],
  umap: ['minDistance', 'spread', 'negativeSamples', 'iterations', 'learningRate'],
};

export function unusedByMethod(method: EmbeddingMethod): readonly string[] {
  return [...new Set(Object.values(methodSettings).flat())].filter((key) => !methodSettings[method].includes(key));
}
