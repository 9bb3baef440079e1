/** From the runs of an experiment to where the Embedding panel finds its maps, and how each kind of map is read. Pure. */
import {
  embeddingMethods,
  type EmbeddingMethod,
  type EmbeddingModel,
  type EmbeddingStage,
} from '../../protocol/panels/embeddingPanel';
import type { AnalysisStage } from '../../protocol/panels/analysisStart';
import type { StageRecord } from '../../results/records';
import { analysesModel, selectAnalysisStages, type AnalysesInput } from '../analyses/analysisStages';
import { formatList, formatMeasure, formatNumberOf } from '../formatNumbers';

export const methodNames: Readonly<Record<EmbeddingMethod, string>> = { pca: 'PCA', 't-sne': 't-SNE', umap: 'UMAP' };

/** How to read a map, and when not to trust it. */
export const methodHints: Readonly<Record<EmbeddingMethod, string>> = {
  pca: 'The two directions in which the features differ most. Images that differ in any other direction lie on top of each other here.',
  't-sne':
    'Images close together have like features. Sizes of groups, gaps and distances between groups mean nothing: check a guess by the nearest neighbours.',
  umap: 'Images close together have like features. Distances between groups and their sizes are not to be trusted: check a guess by the nearest neighbours.',
};

/** What the record says of a map, in a few words beside it. */
export function describeFigures(figures: Readonly<Record<string, number>>): string {
  const write = (name: string, words: string): string[] =>
    figures[name] === undefined ? [] : [`${words} ${formatMeasure({ mean: figures[name] })}`];
  return [
    ...write('trustworthiness', 'trustworthiness'),
    ...write('mapPurity', 'purity'),
    ...write('featurePurity', 'of the features'),
    ...write('explainedVariance', 'variance'),
  ].join(' · ');
}

/** How those are read. */
export const figuresHint =
  'Trustworthiness: 1 where all that is close on the map has like features, about 0.5 by chance. Purity: share of the neighbours on the map, and by features, that have the same label.';

export function createEmbeddingModel(input: AnalysesInput): Omit<EmbeddingModel, 'workerScript'> {
  const stages = selectAnalysisStages(input, describeMap).map((stage) => {
    return { ...stage, hasFiles: dataFolderOf(input, stage) !== undefined };
  });
  const model = analysesModel<EmbeddingStage>(input, stages);
  return { ...model, about: describe(stages, model.pretrainings.length) };
}

/** Where the images of a stage are files. */
export function dataFolderOf(
  { runs }: Pick<AnalysesInput, 'runs'>,
  { run, data }: Pick<AnalysisStage, 'run' | 'data'>,
): string | undefined {
  return runs.find((one) => one.run === run)?.dataFolders?.[data];
}

function describeMap({ settings, result }: StageRecord): Pick<EmbeddingStage, 'method' | 'layers'> | undefined {
  if (result.kind !== 'analysis' || result.analysis !== 'embedding') return undefined;
  const asked = (settings as { readonly method?: unknown } | undefined)?.method;
  const method = embeddingMethods.find((one) => one === asked);
  return method && { method, layers: result.layers.map(({ layer, metrics }) => ({ layer, figures: metrics })) };
}

function describe(stages: readonly EmbeddingStage[], pretrainings: number): string {
  const methods = embeddingMethods.filter((method) => stages.some((stage) => stage.method === method));
  if (methods.length === 0) return 'There is no map of images yet.';
  return `${formatList(methods.map((method) => methodNames[method]))} of ${formatNumberOf(pretrainings, 'pretraining')}`;
}
