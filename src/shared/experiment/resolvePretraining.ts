/**
 * One pretraining with its method worked out, its recipe applied and its defaults filled in. Order of precedence: the
 * matrix, the file, the recipe, the default of the method. Settings that its method does not use are dropped, and said.
 */
import { assertNever } from '../assertNever';
import { suggest } from '../suggest';
import { listWords } from './describe';
import { fillDefaults } from './fields';
import { pathOfSetting, type Cell } from './matrix';
import { trainedMethods, type TrainedMethod } from './methods';
import {
  bankFields,
  defaultEpochs,
  embeddingFields,
  momentumFields,
  monitorFields,
  trainingFields,
} from './pretrainingFields';
import type { PretrainingRecipe, RecipeBook } from './recipe';
import { checkEmojiSplit, checkPath, type ResolveContext } from './resolveData';
import { resolveSchedule } from './resolveSchedule';
import { resolveSnapshot, resolveSnapshots } from './resolveSnapshot';
import { reportUnused } from './usedSettings';
import type {
  DataSettings,
  PretrainingSettings,
  TrainedPretraining,
  TrainingSettings,
  WrittenPretraining,
} from './schema';

export interface PretrainingContext extends ResolveContext {
  readonly recipes: RecipeBook;
  readonly data: Readonly<Record<string, DataSettings>>;
  /** Side in px unless the pretraining says otherwise. */
  readonly imageSize: number;
}

type Method = PretrainingSettings['method'];
type Settings = Readonly<Record<string, unknown>>;

/** Resolves one cell; undefined when a problem leaves nothing to run. */
export function resolvePretraining(
  cell: Cell<WrittenPretraining>,
  context: PretrainingContext,
): PretrainingSettings | undefined {
  const { written } = cell;
  const recipe = findRecipe(cell, context);
  if (recipe === 'unknown') return undefined;
  const method = methodOf(cell, recipe, context);
  if (!method) return undefined;
  if (recipe && recipe.method !== method) return reportWrongRecipe({ cell, recipe, method }, context);
  reportUnused(cell, method, context);
  const base = {
    id: cell.id,
    ...(written.about === undefined ? {} : { about: written.about }),
    ...(written.resources && { resources: written.resources }),
  };
  if (method === 'random') return resolveRandom(cell, base, context);
  if (method === 'imported') return resolveImported(cell, base, context);
  if (method === 'snapshot') return resolveSnapshot(cell, base, context);
  return resolveTrained({ cell, method, recipe }, base, context);
}

/** Random weights need images only to measure batch-norm statistics on. */
function resolveRandom(
  cell: Cell<WrittenPretraining>,
  base: { id: string },
  context: PretrainingContext,
): PretrainingSettings | undefined {
  const { written } = cell;
  if (written.batchNorm !== 'calibrated') return { ...base, method: 'random', batchNorm: 'initial' };
  const data = findData(cell, context);
  if (!data) return undefined;
  const split = written.split ?? data.train;
  if (data.kind === 'emoji') checkEmojiSplit(split, pathOfSetting(cell, 'split'), context);
  const imageSize = written.imageSize ?? context.imageSize;
  return { ...base, method: 'random', batchNorm: 'calibrated', data: written.data!, split, imageSize };
}

function resolveImported(
  cell: Cell<WrittenPretraining>,
  base: { id: string },
  context: PretrainingContext,
): PretrainingSettings | undefined {
  const { weights } = cell.written;
  const path = pathOfSetting(cell, 'weights');
  if (weights === undefined) {
    context.report({
      severity: 'error',
      code: 'missing-key',
      message: `\`${cell.id}\` imports weights but names no file; add \`weights: path/to/checkpoint\``,
      path: cell.path,
    });
    return undefined;
  }
  const placeholder = /(?<!\$)\{(?!seed\})[^}]*\}/.exec(weights)?.[0];
  if (placeholder) {
    context.report({
      severity: 'error',
      code: 'bad-path',
      message: `\`${placeholder}\` is not known in a path; only \`{seed}\` is filled in`,
      path,
    });
  }
  checkPath(weights, path, context);
  const { family, prefix, encoder } = cell.written;
  const written = Object.entries({ family, prefix, encoder }).filter(([, value]) => value !== undefined);
  return { ...base, method: 'imported', weights, ...(written.length > 0 && { mapping: Object.fromEntries(written) }) };
}

function findRecipe(
  cell: Cell<WrittenPretraining>,
  { recipes, report, document }: PretrainingContext,
): PretrainingRecipe | 'unknown' | undefined {
  const name = cell.written.recipe;
  if (name === undefined) return undefined;
  const recipe = recipes.get(name);
  if (recipe?.for === 'pretraining') return recipe;
  const fitting = [...recipes.values()].filter((known) => known.for === 'pretraining').map((known) => known.name);
  const nearest = suggest(name, fitting);
  const path = pathOfSetting(cell, 'recipe');
  const what = recipe ? `the recipe \`${name}\` is for transfers` : `there is no recipe called \`${name}\``;
  const hint = nearest ? `; did you mean \`${nearest}\`?` : `; known: ${fitting.join(', ')}`;
  report({
    severity: 'error',
    code: 'unknown-recipe',
    message: what + hint,
    path,
    fixes: [nearest ? document.fix.replaceValue(path, nearest) : undefined],
  });
  return 'unknown';
}

function methodOf(
  cell: Cell<WrittenPretraining>,
  recipe: PretrainingRecipe | undefined,
  { report, document }: PretrainingContext,
): Method | undefined {
  const { method, weights, of, data } = cell.written;
  if (weights !== undefined && method !== undefined && method !== 'imported') {
    const path = pathOfSetting(cell, 'weights');
    report({
      severity: 'error',
      code: 'weights-and-method',
      message: `\`${cell.id}\` has both \`weights\` and \`method: ${method}\`, so it is unclear whether to import or to ${otherVerb(method)}; remove one of them`,
      path,
      part: 'key',
      fixes: [document.fix.removeKey(path), document.fix.removeKey([...cell.path, 'method'])],
    });
    return undefined;
  }
  if (method !== undefined) return method;
  if (weights !== undefined) return 'imported';
  if (of !== undefined) return 'snapshot';
  if (recipe) return recipe.method;
  if (data === undefined) return 'random';
  report({
    severity: 'error',
    code: 'missing-key',
    message: `\`${cell.id}\` has \`data\` but no \`method\`, so it is unclear how to train on it; add \`method\` with one of ${listWords(trainedMethods.map((known) => `\`${known}\``))}`,
    path: [...cell.path, 'data'],
    part: 'key',
    fixes: [
      document.fix.setValue([...cell.path, 'method'], 'moco'),
      document.fix.setValue([...cell.path, 'method'], 'supervised'),
    ],
  });
  return undefined;
}

function otherVerb(method: Exclude<Method, 'imported'>): string {
  if (method === 'random') return 'draw';
  return method === 'snapshot' ? 'take a snapshot' : 'train';
}

function reportWrongRecipe(
  { cell, recipe, method }: { cell: Cell<WrittenPretraining>; recipe: PretrainingRecipe; method: Method },
  { report, recipes, document }: PretrainingContext,
): undefined {
  const fitting = [...recipes.values()]
    .filter((other) => other.for === 'pretraining' && other.method === method)
    .map(({ name }) => name);
  const path = pathOfSetting(cell, 'recipe');
  const known = fitting.length > 0 ? `; recipes for \`${method}\`: ${fitting.join(', ')}` : '; remove `recipe`';
  report({
    severity: 'error',
    code: 'wrong-recipe',
    message: `the recipe \`${recipe.name}\` is for \`${recipe.method}\`, not for \`${method}\`${known}`,
    path,
    fixes: fitting.map((name) => document.fix.replaceValue(path, name)),
  });
  return undefined;
}

function resolveTrained(
  { cell, method, recipe }: { cell: Cell<WrittenPretraining>; method: TrainedMethod; recipe?: PretrainingRecipe },
  base: { id: string; about?: string },
  context: PretrainingContext,
): TrainedPretraining | undefined {
  const { written } = cell;
  const data = findData(cell, context);
  if (!data) return undefined;
  const optimizer = written.optimizer ?? recipe?.settings.optimizer;
  // LARS scales rates by weight norms, which mean nothing for batch-norm shifts that start at 0 (You 2017).
  const byOptimizer: Settings = optimizer === 'lars' ? { weightDecayExclude: 'norm-and-bias' } : {};
  const settings: Settings = { ...byOptimizer, ...recipe?.settings, ...written };
  const duration = durationOf({ cell, method, recipe }, context);
  const common: TrainingSettings = {
    ...base,
    data: written.data!,
    split: written.split ?? data.train,
    imageSize: written.imageSize ?? recipe?.settings.imageSize ?? context.imageSize,
    ...(written.recipe === undefined ? {} : { recipe: written.recipe }),
    ...duration,
    ...resolveSnapshots(cell, duration, context),
    ...fillDefaults(trainingFields, settings, method),
    schedule: resolveSchedule(method, recipe?.settings.schedule, written.schedule),
    monitor: fillDefaults(monitorFields, { ...recipe?.settings.monitor, ...written.monitor }),
  };
  if (data.kind === 'emoji') checkEmojiSplit(common.split, pathOfSetting(cell, 'split'), context);
  switch (method) {
    case 'supervised':
      return { ...common, method };
    case 'instdisc': {
      const bank = fillDefaults(bankFields, { ...recipe?.settings.bank, ...written.bank });
      return { ...common, method, ...fillDefaults(embeddingFields, settings, method), bank };
    }
    case 'moco':
    case 'exemplar':
    case 'supcon':
      return {
        ...common,
        method,
        ...fillDefaults(embeddingFields, settings, method),
        ...fillDefaults(momentumFields, settings, method),
      };
    default:
      return assertNever(method);
  }
}

function findData(
  cell: Cell<WrittenPretraining>,
  { data, report, document }: PretrainingContext,
): DataSettings | undefined {
  const id = cell.written.data;
  if (id !== undefined && Object.hasOwn(data, id)) return data[id];
  const known = Object.keys(data);
  const path = pathOfSetting(cell, 'data');
  if (id === undefined) {
    report({
      severity: 'error',
      code: 'missing-key',
      message: `\`${cell.id}\` needs images but names no \`data\`; add one of ${known.join(', ') || 'the entries of `data` (there are none yet)'}`,
      path,
      fixes: known.map((name) => document.fix.setValue([...cell.path, 'data'], name)),
    });
    return undefined;
  }
  const nearest = suggest(id, known);
  report({
    severity: 'error',
    code: 'unknown-data',
    message: `there is no data called \`${id}\`${nearest ? `; did you mean \`${nearest}\`?` : known.length > 0 ? `; known: ${known.join(', ')}` : '; add it under `data`'}`,
    path,
    fixes: [nearest ? document.fix.replaceValue(path, nearest) : undefined],
  });
  return undefined;
}

function durationOf(
  { cell, method, recipe }: { cell: Cell<WrittenPretraining>; method: TrainedMethod; recipe?: PretrainingRecipe },
  { report, document }: PretrainingContext,
): { epochs: number } | { steps: number } {
  const { epochs, steps } = cell.written;
  if (epochs !== undefined && steps !== undefined) {
    const path = pathOfSetting(cell, 'epochs');
    report({
      severity: 'error',
      code: 'epochs-and-steps',
      message: `both \`epochs: ${epochs}\` and \`steps: ${steps}\` are given, and they may disagree about the length of the training; remove one of them`,
      path,
      part: 'key',
      fixes: [document.fix.removeKey(path), document.fix.removeKey(pathOfSetting(cell, 'steps'))],
    });
  }
  if (steps !== undefined) return { steps };
  if (epochs !== undefined) return { epochs };
  if (recipe?.settings.steps !== undefined) return { steps: recipe.settings.steps };
  return { epochs: recipe?.settings.epochs ?? defaultEpochs[method] };
}
