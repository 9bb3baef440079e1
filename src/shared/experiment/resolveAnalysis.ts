/** Analyses with their layers, data and pretrainings looked up and their defaults filled in. */
import { suggest } from '../suggest';
import {
  geometryFields,
  invarianceFields,
  likenessFields,
  manyImagesFields,
  readoutFields,
  similarityFields,
} from './analysisFields';
import {
  readsNetwork,
  seesManyImages,
  type AnalysisSettings,
  type DetectionErrorsAnalysis,
  type ManyImagesAnalysis,
  type MaximisationAnalysis,
  type NetworkAnalysis,
  type WrittenAnalysis,
} from './analysisSchema';
import { hasStages, layerNames, mainLayers, type BackboneConfig } from './layers';
import { fillDefaults } from './fields';
import { unusedBy } from './stageSettings';
import type { Cell } from './matrix';
import type { Path } from './places';
import { checkEmojiSplit } from './resolveData';
import { resolveEmbedding } from './resolveEmbedding';
import { resolveInversion } from './resolveInversion';
import { lastMaps, resolveActivations } from './resolveActivations';
import { resolveDetectionErrors } from './resolveDetectionErrors';
import { resolveMaximisation } from './resolveMaximisation';
import { resolveAttribution, type AttributionContext } from './resolveAttribution';
import { layersOf, namedPretrainings, type TransferContext } from './resolveTransfer';
import { isSceneData } from './resolveSceneData';
import { warnUnused } from './warnUnused';

export interface AnalysisContext
  extends Omit<TransferContext, 'recipes'>, Pick<AttributionContext, 'transfers' | 'trained'> {
  /** What an analysis looks at that names no data. */
  readonly firstData: string | undefined;
}

/** Resolves all; those that a problem leaves nothing of are absent. */
export function resolveAnalyses(cells: readonly Cell<WrittenAnalysis>[], context: AnalysisContext): AnalysisSettings[] {
  return cells.flatMap((cell) => resolveAnalysis(cell, context) ?? []);
}

function resolveAnalysis(cell: Cell<WrittenAnalysis>, context: AnalysisContext): AnalysisSettings | undefined {
  const { written, path } = cell;
  const named = {
    id: cell.id,
    ...(written.about === undefined ? {} : { about: written.about }),
    ...(written.resources && { resources: written.resources }),
  };
  if (written.kind === 'detection-errors') return resolveDetectionErrors({ ...cell, written }, named, context);
  const own = { ...named, imageSize: written.imageSize ?? context.imageSize };
  if (written.kind === 'maximisation') {
    const asked = { ...cell, written };
    return resolveMaximisation(asked, { ...own, ...networkOf(asked, context) }, context);
  }
  const looking = { ...cell, written };
  const data = findData(looking, context);
  if (data === undefined) return undefined;
  const split = written.split ?? context.data[data]!.test;
  if (context.data[data]!.kind === 'emoji' && written.split !== undefined)
    checkEmojiSplit(split, [...path, 'split'], context);
  const base = { ...own, data, split };
  if (seesManyImages(written)) return resolveManyImages({ ...cell, written }, base, context);
  if (readsNetwork(written)) return resolveNetworkAnalysis({ ...cell, written }, base, context);
  return resolveFeaturesAnalysis({ ...cell, written }, base, context);
}

type LookingAnalysis = Exclude<AnalysisSettings, MaximisationAnalysis | DetectionErrorsAnalysis>;
type Base = Pick<LookingAnalysis, 'id' | 'about' | 'resources' | 'data' | 'split' | 'imageSize'>;
type WrittenLooking = Exclude<WrittenAnalysis, { readonly kind: 'maximisation' | 'detection-errors' }>;
type WrittenManyImages = Extract<WrittenAnalysis, { readonly kind: ManyImagesAnalysis['kind'] }>;
type WrittenAnyNetwork = Extract<WrittenLooking, { readonly kind: NetworkAnalysis['kind'] }>;
type WrittenNetwork = Exclude<WrittenAnyNetwork, WrittenManyImages>;
type WrittenFeatures = Exclude<WrittenLooking, WrittenAnyNetwork>;
type WrittenMaximisation = Extract<WrittenAnalysis, { readonly kind: 'maximisation' }>;

function resolveManyImages(cell: Cell<WrittenManyImages>, common: Base, context: AnalysisContext): ManyImagesAnalysis {
  const { written, path } = cell;
  const pool = ('pool' in written ? written.pool : undefined) ?? 'average';
  const { images } = fillDefaults({ images: manyImagesFields.images }, written);
  const base = {
    ...common,
    images,
    layers: layersOf(cell, 'layers' in written ? written.layers : layerNames(context.backbone).slice(-1), {
      ...context,
      pool,
    }),
    of: namedPretrainings(written.of, [...path, 'of'], context),
  };
  switch (written.kind) {
    case 'leep':
      return { ...base, kind: written.kind };
    case 'likeness':
      return { ...base, kind: written.kind, pool, ...fillDefaults(likenessFields, written) };
    case 'invariance':
      return { ...base, kind: written.kind, pool, ...fillDefaults(invarianceFields, written) };
    case 'readout':
      return { ...base, kind: written.kind, ...fillDefaults(readoutFields, written) };
  }
}

function resolveNetworkAnalysis(
  cell: Cell<WrittenNetwork>,
  common: Base,
  context: AnalysisContext,
): NetworkAnalysis | undefined {
  const { written, path } = cell;
  const base = { ...common, images: written.images ?? 8, ...networkOf(cell, context) };
  switch (written.kind) {
    case 'inversion':
      return {
        ...base,
        kind: written.kind,
        ...resolveInversion(written, { path, imageSize: base.imageSize, context }),
      };
    case 'activations':
      return resolveActivations({ ...cell, written }, base, context);
    case 'attribution':
      return resolveAttribution({ ...cell, written }, base, context);
  }
}

/** Which layers of whose networks. */
function networkOf(cell: Cell<WrittenNetwork | WrittenMaximisation>, context: AnalysisContext) {
  const { written, path } = cell;
  const layers = written.layers ?? (written.kind === 'inversion' ? usualLayers(context.backbone) : lastMaps(context));
  return {
    layers: layersOf(cell, layers, { ...context, pool: 'average' }),
    of: namedPretrainings(written.of, [...path, 'of'], context),
  };
}

/** Layers that an analysis of single images looks at by itself, four steps in depth: `layer1` … `layer4`, or the like of a network without stages. */
export function usualLayers(backbone: BackboneConfig): readonly string[] {
  if (hasStages(backbone)) return ['layer1', 'layer2', 'layer3', 'layer4'];
  const steps = mainLayers(backbone, true);
  return [...new Set([1, 2, 3, 4].map((quarter) => steps[Math.ceil((quarter * steps.length) / 4) - 1]!))];
}

function resolveFeaturesAnalysis(
  cell: Cell<WrittenFeatures>,
  common: Base,
  context: AnalysisContext,
): AnalysisSettings {
  const { written, path } = cell;
  const pool = written.pool ?? 'average';
  const base = {
    ...common,
    images: written.images ?? 1000,
    layers: layersOf(cell, written.layers, { ...context, pool }),
    pool,
  };
  switch (written.kind) {
    case 'geometry':
      return {
        ...base,
        kind: written.kind,
        of: namedPretrainings(written.of, [...path, 'of'], context),
        ...fillDefaults(geometryFields, written),
      };
    case 'embedding':
      return resolveEmbedding({ ...cell, written }, base, context);
    case 'transferability':
      return { ...base, kind: written.kind, of: namedPretrainings(written.of, [...path, 'of'], context) };
    default: {
      const { batch, bandwidth, variance } = fillDefaults(similarityFields, written);
      // All similarities take the same settings, so that one can be changed for another.
      warnUnused(cell, { keys: unusedBy(written.kind), setting: `kind: ${written.kind}` }, context);
      const between = namedPretrainings(written.between, [...path, 'between'], context);
      return { ...base, kind: written.kind, between, batch, bandwidth, variance };
    }
  }
}

/** The data it names or, where it names none, the first that has images as a whole. */
function findData(cell: Cell<WrittenLooking>, context: AnalysisContext): string | undefined {
  const { data: written } = cell.written;
  const name = written ?? context.firstData;
  const known = Object.keys(context.data);
  const path: Path = written === undefined ? cell.path : [...cell.path, 'data'];
  if (name === undefined || !known.includes(name)) {
    const nearest = name === undefined ? undefined : suggest(name, known);
    const message =
      name === undefined
        ? `\`${cell.id}\` has no images to look at; describe some under \`data\` and name them here`
        : `there is no data called \`${name}\`${nearest ? `; did you mean \`${nearest}\`?` : `; known: ${known.join(', ')}`}`;
    const fixes = [nearest ? context.document.fix.replaceValue(path, nearest) : undefined];
    context.report({ severity: 'error', code: 'unknown-data', message, path, fixes });
    return undefined;
  }
  if (isSceneData(context.data[name]!) && needsClasses(cell.written)) {
    context.report({
      severity: 'error',
      code: 'no-image-labels',
      message: `\`${cell.id}\` looks at images with one label each, but \`${name}\` (\`${context.data[name]!.kind}\`) labels the objects in them; name other \`data\``,
      path,
    });
    return undefined;
  }
  return name;
}

/** Whether it asks which class an image is of. */
function needsClasses(analysis: WrittenAnalysis): boolean {
  if (analysis.kind === 'embedding') return false;
  return !readsNetwork(analysis) || analysis.kind === 'likeness' || analysis.kind === 'leep';
}
