/** Analyses that ask for images, channels or neighbours that there are not, found before anything is trained for them. */
import {
  isSimilarity,
  type AnalysisSettings,
  type EmbeddingAnalysis,
  type MaximisationAnalysis,
} from '../analysisSchema';
import { describeLayers } from '../layers';
import { tooMany } from '../resolveEmbedding';
import type { CheckContext } from './context';

export function checkAnalyses(context: CheckContext): void {
  for (const analysis of context.experiment.analyses) {
    if (analysis.kind === 'maximisation') checkChannels(analysis, context);
    else checkImages(analysis, context);
    if (analysis.kind === 'embedding') checkNeighbours(analysis, context);
  }
}

function checkChannels({ id, maximise, channels, layers }: MaximisationAnalysis, context: CheckContext): void {
  if (maximise === 'class' || typeof channels === 'number') return;
  for (const { name, channels: count } of describeLayers(context.experiment.backbone)) {
    const beyond = layers.includes(name) ? channels.find((channel) => channel >= count) : undefined;
    if (beyond === undefined) continue;
    return context.report({
      severity: 'error',
      code: 'no-such-channel',
      message: `\`${id}\` asks for channel ${beyond} of \`${name}\`, which has ${count}; name some from 0 to ${count - 1}`,
      path: context.pathOf(id, 'channels'),
    });
  }
}

function checkImages(analysis: AnalysisSettings, context: CheckContext): void {
  if (isSimilarity(analysis) || !('images' in analysis) || typeof analysis.images === 'number') return;
  const { id, data, split, images } = analysis;
  const length = context.split(data, split)?.length;
  const beyond = length === undefined ? undefined : images?.find((image) => image >= length);
  if (beyond === undefined) return;
  context.report({
    severity: 'error',
    code: 'no-such-image',
    message: `\`${id}\` asks for image ${beyond} of \`${data}\` ${split}, which has ${length}; name some from 0 to ${length! - 1}`,
    path: context.pathOf(id, 'images'),
  });
}

/** What the number of images that it asks for allows is known without the data (resolveEmbedding.ts). */
function checkNeighbours(analysis: EmbeddingAnalysis, context: CheckContext): void {
  const { id, data, split, images } = analysis;
  const length = context.split(data, split)?.length;
  if (length === undefined || length >= images) return;
  for (const { key, most, why } of tooMany({ ...analysis, images: length })) {
    const place = context.pathToSet(id, key);
    context.report({
      severity: 'error',
      code: 'too-few-images',
      message: `\`${key}: ${analysis[key]}\` of \`${id}\` ${why}, and \`${data}\` ${split} has ${length} images; ${most < 2 ? 'map a split with more' : `set it to ${most} or less`}`,
      path: context.pathOf(id, key),
      ...(place && most >= 2 && { fixes: [context.document.fix.setValue(place, most)] }),
    });
  }
}
