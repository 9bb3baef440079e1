/** An embedding with its defaults filled in, which depend on its method; and whether there are images enough for it. */
import type { EmbeddingAnalysis, FeaturesAnalysis, WrittenAnalysis } from './analysisSchema';
import { embeddingFields, embeddingOwnFields, unusedByMethod } from './embeddingFields';
import { defaultOf, fillDefaults } from './fields';
import type { Cell } from './matrix';
import { namedPretrainings, type TransferContext } from './resolveTransfer';
import { warnUnused } from './warnUnused';

type Written = Extract<WrittenAnalysis, { readonly kind: 'embedding' }>;
type Base = Omit<FeaturesAnalysis, 'kind' | 'images'>;
type Context = Pick<TransferContext, 'pretrainings' | 'report' | 'document'>;

/** t-SNE looks at three times as many neighbours, and one more. */
export function neighboursOfPerplexity(perplexity: number): number {
  return Math.floor(3 * perplexity) + 1;
}

export function resolveEmbedding({ written, path }: Cell<Written>, base: Base, context: Context): EmbeddingAnalysis {
  const own = fillDefaults(embeddingOwnFields, written);
  warnUnused({ written, path }, { keys: unusedByMethod(own.method), setting: `method: ${own.method}` }, context);
  const { iterations, learningRate } = written;
  const filled: EmbeddingAnalysis = {
    ...base,
    kind: written.kind,
    of: namedPretrainings(written.of, [...path, 'of'], context),
    images: written.images ?? (defaultOf(embeddingFields.images) as number),
    ...own,
    ...(iterations !== undefined && { iterations }),
    ...(learningRate !== undefined && { learningRate }),
  };
  for (const { key, most, why } of tooMany(filled)) {
    const place = [...path, key];
    context.report({
      severity: 'error',
      code: 'too-few-images',
      message: `\`${key}: ${filled[key]}\` ${why}, and there are ${filled.images} images; set it to ${most} or less, or raise \`images\``,
      path: key in written ? place : path,
      fixes: [context.document.fix.setValue(place, most)],
    });
  }
  return filled;
}

/** What `images` are too few for, and how much they would do for. */
export function tooMany({ method, images, neighbours, perplexity }: EmbeddingAnalysis) {
  const problems: { readonly key: 'neighbours' | 'perplexity'; readonly most: number; readonly why: string }[] = [];
  // Trustworthiness is defined below half of the images.
  const mostNeighbours = Math.ceil(images / 2) - 1;
  if (neighbours > mostNeighbours)
    problems.push({ key: 'neighbours', most: mostNeighbours, why: 'must be less than half of the images' });
  const mostPerplexity = Math.floor((images - 2) / 3);
  if (method === 't-sne' && neighboursOfPerplexity(perplexity) > images - 1)
    problems.push({ key: 'perplexity', most: mostPerplexity, why: 'looks at three times as many neighbours' });
  return problems;
}
