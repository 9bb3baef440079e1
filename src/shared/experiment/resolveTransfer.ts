/** One transfer with its recipe applied, its layers and pretrainings looked up and its defaults filled in. */
import { assertNever } from '../assertNever';
import { suggest } from '../suggest';
import { fillDefaults } from './fields';
import { nameWithStem } from './backbones/describeBackbone';
import { layerNames, mainLayers } from './layers';
import { pathOfSetting, type Cell } from './matrix';
import type { Path } from './places';
import type { RecipeBook, TransferRecipe } from './recipe';
import { fillClassification, fillDetection, fillFineTuning, fillSegmentation } from './resolveFineTuning';
import { landmarkFields, landmarkProbeFields, landmarkTrainingFields } from './landmarkFields';
import { checkEmojiSplit, type ResolveContext } from './resolveData';
import type { BackboneSettings, DataSettings } from './schema';
import type { LabelBudget, LandmarksTransfer, PoolSettings, TransferSettings, WrittenTransfer } from './transferSchema';
import { fewShotFields, knnFields, multilabelFields, probeFields } from './transferFields';

export interface TransferContext extends ResolveContext {
  readonly recipes: RecipeBook;
  readonly data: Readonly<Record<string, DataSettings>>;
  readonly imageSize: number;
  readonly backbone: BackboneSettings;
  /** Ids of all pretrainings, by the id they have in the file (several for a matrix). */
  readonly pretrainings: ReadonlyMap<string, readonly string[]>;
}

type WrittenCell = Cell<WrittenTransfer>;
type Settings = Readonly<Record<string, unknown>>;

/** Resolves one cell; undefined when a problem leaves nothing to run. */
export function resolveTransfer(cell: WrittenCell, context: TransferContext): TransferSettings | undefined {
  const { written } = cell;
  const data = Object.hasOwn(context.data, written.data) ? context.data[written.data] : undefined;
  if (!data)
    return reportUnknown(
      { cell, key: 'data', name: written.data, known: Object.keys(context.data), what: 'data' },
      context,
    );
  const recipe = findRecipe(cell, context);
  const imageSize = written.imageSize ?? recipe?.settings.imageSize ?? context.imageSize;
  const base = {
    id: cell.id,
    ...(written.about === undefined ? {} : { about: written.about }),
    ...(written.resources && { resources: written.resources }),
    data: written.data,
    ...labelsOf(cell, data, context),
    of: pretrainingsOf(cell, context),
    ...(written.recipe === undefined ? {} : { recipe: written.recipe }),
    imageSize,
  };
  const settings = { ...recipe?.settings, ...written };
  const splits = checkSplits(cell, data, context);
  if (written.task === 'detection')
    return { ...base, task: written.task, ...splits, ...sizesOf(written), ...fillDetection(settings, imageSize) };
  if (written.task === 'semantic-segmentation')
    return { ...base, task: written.task, ...splits, ...sizesOf(written), ...fillSegmentation(settings, imageSize) };
  if (written.task === 'classification') {
    const parts = { ...splits, ...sizesOf(written), ...budgetOf(settings) };
    return { ...base, task: written.task, ...parts, ...fillClassification(settings) };
  }
  if (written.task === 'landmarks') {
    const training = { ...fillFineTuning(settings), ...fillDefaults(landmarkTrainingFields, settings) };
    return { ...base, task: written.task, ...splits, ...sizesOf(written), ...fillLandmarks(settings), ...training };
  }
  const pool: PoolSettings =
    written.pool ?? (written.task === 'landmark-probe' ? landmarkProbeDefaults(settings).pool : 'average');
  const frozen = { ...base, layers: layersOf(cell, written.layers, { pool, ...context }), pool };
  switch (written.task) {
    case 'linear-probe':
      return {
        ...frozen,
        task: written.task,
        ...splits,
        ...sizesOf(written),
        ...budgetOf(settings),
        ...fillProbe(settings),
      };
    case 'knn': {
      const parts = { ...splits, ...sizesOf(written), ...budgetOf(settings) };
      return { ...frozen, task: written.task, ...parts, ...fillDefaults(knnFields, settings) };
    }
    case 'multilabel-probe': {
      const parts = { ...splits, ...sizesOf(written) };
      return { ...frozen, task: written.task, ...parts, ...fillDefaults(multilabelFields, settings) };
    }
    case 'few-shot':
      return { ...frozen, task: written.task, ...splits, ...fillFewShot(settings) };
    case 'retrieval':
      return { ...frozen, task: written.task, gallery: splits.train, query: splits.test };
    case 'landmark-probe': {
      const { hypercolumn, l2 } = landmarkProbeDefaults(settings);
      return {
        ...frozen,
        task: written.task,
        ...splits,
        ...sizesOf(written),
        ...fillLandmarks(settings),
        hypercolumn,
        l2,
      };
    }
    default:
      return assertNever(written);
  }
}

/** scikit-learn's C = 1 unless told otherwise. */
function fillFewShot(settings: Settings) {
  const { l2: _l2, ...fields } = fewShotFields;
  const filled = fillDefaults(fields, settings);
  return { ...filled, l2: (settings.l2 as number | undefined) ?? 1 / (filled.ways * filled.shots) };
}

function budgetOf(settings: Settings): { budget?: LabelBudget } {
  return settings.budget === undefined ? {} : { budget: settings.budget as LabelBudget };
}

function landmarkProbeDefaults(settings: Readonly<Record<string, unknown>>) {
  return fillDefaults(landmarkProbeFields, settings);
}

function fillLandmarks(settings: Readonly<Record<string, unknown>>) {
  const { normalise: _normalise, ...fields } = landmarkFields;
  const chosen = settings.normalise as LandmarksTransfer['normalise'];
  return { ...fillDefaults(fields, settings), ...(chosen !== undefined && { normalise: chosen }) };
}

/** The published SGD protocol takes features as they come; only the solved probe standardises them unless told. */
function fillProbe(settings: Settings) {
  const filled = fillDefaults(probeFields, settings);
  const sweep = settings.sweep as readonly number[] | undefined;
  return {
    ...filled,
    standardise: (settings.standardise as boolean | undefined) ?? filled.solver === 'lbfgs',
    ...(sweep === undefined ? {} : { sweep }),
  };
}

/** The layers that `all` stands for. */
function allLayers(backbone: BackboneSettings, pool: PoolSettings): readonly string[] {
  return mainLayers(backbone, pool === 'average');
}

/** Named layers in depth order; unknown ones are reported. */
export function layersOf(
  cell: Cell<object>,
  layers: 'all' | readonly string[] = 'all',
  {
    pool,
    backbone,
    report,
    document,
  }: Pick<TransferContext, 'backbone' | 'report' | 'document'> & {
    readonly pool: PoolSettings;
  },
): readonly string[] {
  if (layers === 'all') return allLayers(backbone, pool);
  const known = layerNames(backbone);
  const path = pathOfSetting(cell, 'layers');
  layers.forEach((layer, index) => {
    if (known.includes(layer)) return;
    const nearest = suggest(layer, known);
    report({
      severity: 'error',
      code: 'unknown-layer',
      message: `${nameWithStem(backbone)} has no layer \`${layer}\`${nearest ? `; did you mean \`${nearest}\`?` : `; it has ${known.join(', ')}`}`,
      path: [...path, index],
      fixes: [nearest ? document.fix.replaceValue([...path, index], nearest) : undefined],
    });
  });
  return known.filter((layer) => layers.includes(layer));
}

function pretrainingsOf(cell: WrittenCell, context: TransferContext): readonly string[] {
  return namedPretrainings(cell.written.of, pathOfSetting(cell, 'of'), context);
}

/** Ids of the pretrainings that a list names, all of them without one; unknown names are reported. */
export function namedPretrainings(
  of: readonly string[] | undefined,
  path: Path,
  context: Pick<TransferContext, 'pretrainings' | 'report' | 'document'>,
): readonly string[] {
  const all = [...context.pretrainings.values()].flat();
  if (!of) return all;
  const wanted = new Set<string>();
  of.forEach((name, index) => {
    const found = context.pretrainings.get(name) ?? (all.includes(name) ? [name] : undefined);
    if (found) found.forEach((id) => wanted.add(id));
    else reportUnknownPretraining(name, [...path, index], context);
  });
  return all.filter((id) => wanted.has(id));
}

function reportUnknownPretraining(
  name: string,
  path: readonly (string | number)[],
  { pretrainings, report, document }: Pick<TransferContext, 'pretrainings' | 'report' | 'document'>,
): void {
  const known = [...new Set([...pretrainings.keys(), ...[...pretrainings.values()].flat()])];
  const nearest = suggest(name, known);
  const message = `there is no pretraining called \`${name}\`${nearest ? `; did you mean \`${nearest}\`?` : `; known: ${known.join(', ')}`}`;
  report({
    severity: 'error',
    code: 'unknown-pretraining',
    message,
    path,
    fixes: [nearest ? document.fix.replaceValue(path, nearest) : undefined],
  });
}

function findRecipe(cell: WrittenCell, context: TransferContext): TransferRecipe | undefined {
  const name = cell.written.recipe;
  if (name === undefined) return undefined;
  const recipe = context.recipes.get(name);
  if (recipe?.for === 'transfer' && recipe.task === cell.written.task) return recipe;
  const known = [...context.recipes.values()]
    .filter((other) => other.for === 'transfer' && other.task === cell.written.task)
    .map((other) => other.name);
  reportUnknown({ cell, key: 'recipe', name, known, what: `recipe for \`${cell.written.task}\`` }, context);
  return undefined;
}

interface UnknownName {
  readonly cell: WrittenCell;
  readonly key: string;
  readonly name: string;
  readonly known: readonly string[];
  readonly what: string;
}

function reportUnknown(
  { cell, key, name, known, what }: UnknownName,
  { report, document }: TransferContext,
): undefined {
  const nearest = suggest(name, known);
  const path = pathOfSetting(cell, key);
  const hint = nearest
    ? `; did you mean \`${nearest}\`?`
    : known.length > 0
      ? `; known: ${known.join(', ')}`
      : '; there is none yet';
  report({
    severity: 'error',
    code: `unknown-${key}`,
    message: `there is no ${what} called \`${name}\`${hint}`,
    path,
    fixes: [nearest ? document.fix.replaceValue(path, nearest) : undefined],
  });
  return undefined;
}

function labelsOf(
  cell: WrittenCell,
  data: DataSettings,
  { report, document }: TransferContext,
): Pick<TransferSettings, 'labels'> {
  const { labels } = cell.written;
  if (labels === undefined) return {};
  if (data.kind === 'emoji') return { labels };
  const path = pathOfSetting(cell, 'labels');
  report({
    severity: 'warning',
    code: 'no-effect',
    message: `\`labels\` has no effect on \`${data.kind}\` data, whose classes are fixed; remove it`,
    path,
    part: 'key',
    fixes: [document.fix.removeKey(path)],
  });
  return {};
}

/** Splits as written or the data's own; those of the packed emoji are known without opening anything. */
function checkSplits(cell: WrittenCell, data: DataSettings, context: TransferContext): { train: string; test: string } {
  const { written } = cell;
  const [first, second] = written.task === 'retrieval' ? (['gallery', 'query'] as const) : (['train', 'test'] as const);
  const given = written as Readonly<Record<string, unknown>>;
  const train = typeof given[first] === 'string' ? given[first] : data.train;
  const test = typeof given[second] === 'string' ? given[second] : data.test;
  if (data.kind === 'emoji') {
    if (given[first] !== undefined) checkEmojiSplit(train, pathOfSetting(cell, first), context);
    if (given[second] !== undefined) checkEmojiSplit(test, pathOfSetting(cell, second), context);
  }
  return { train, test };
}

function sizesOf({ trainImages, testImages }: { trainImages?: number; testImages?: number }): {
  trainImages?: number;
  testImages?: number;
} {
  return { ...(trainImages === undefined ? {} : { trainImages }), ...(testImages === undefined ? {} : { testImages }) };
}
