/** What makes rows of the resulting table unfair to compare: overridden recipes, unequal lengths, too few seeds. */
import { canonicalJson, type Json } from '../../hash';
import { showValue } from '../describe';
import { effectiveBatch } from '../effectiveBatch';
import type { PretrainingSettings, TrainedPretraining } from '../schema';
import { drawsNumbers } from '../stageSettings';
import { isTrained } from '../training';
import { isFineTuning } from '../transferSchema';
import type { CheckContext } from './context';

/** Rows against each other. */
export function checkUnfairRows(context: CheckContext): void {
  checkLengths(context.experiment.pretrainings.filter(isTrained), context);
  checkIntervals(context);
  checkReference(context);
}

/** Rows against the recipes that they follow. */
export function checkRecipes(context: CheckContext): void {
  for (const pretraining of context.experiment.pretrainings)
    if (isTrained(pretraining)) checkOverrides(pretraining, context);
}

/** Settings of a recipe that change what its published figures mean. */
const decisive = [
  ...[
    'batch',
    'momentum',
    'weightDecay',
    'weightDecayExclude',
    'optimizer',
    'schedule',
    'augment',
    'head',
    'dimension',
  ],
  ...[
    'temperature',
    'queue',
    'encoderMomentum',
    'bank',
    'epochs',
    'steps',
    'imageSize',
    'learningRate',
    'batchNormGroups',
  ],
] as const;

function checkOverrides(pretraining: TrainedPretraining, context: CheckContext): void {
  const recipe = pretraining.recipe === undefined ? undefined : context.recipes.get(pretraining.recipe);
  if (recipe?.for !== 'pretraining') return;
  const published: Readonly<Record<string, unknown>> = recipe.settings;
  const now: Readonly<Record<string, unknown>> = { ...pretraining };
  for (const key of decisive) {
    // In a matrix the setting is what the experiment is about.
    if (!context.isWritten(pretraining.id, key) || context.isFromMatrix(pretraining.id, key)) continue;
    const meant =
      published[key] ?? (key === 'epochs' ? published.steps : key === 'steps' ? published.epochs : undefined);
    if (meant === undefined || isContained(meant, now[key])) continue;
    // A batch and a learning rate in proportion keep to the recipe; a batch alone is told of by its own check.
    if ((key === 'learningRate' || key === 'batch') && isScaled(pretraining, published)) continue;
    // Groups of parts are groups of the batch that the parts make up.
    if (key === 'batchNormGroups' && pretraining.batchNormGroups * pretraining.accumulate === meant) continue;
    if (key === 'batch' && !context.isWritten(pretraining.id, 'learningRate')) continue;
    const difference = firstDifference(key, meant, now[key]);
    const path = context.pathOf(pretraining.id, key);
    context.report({
      severity: 'warning',
      code: 'recipe-overridden',
      message: `\`${difference.name}\` is ${showValue(difference.now)} where the recipe \`${recipe.name}\` has ${showValue(difference.meant)}: the result can no longer be compared with others of that recipe; remove it, or leave the recipe out`,
      path,
      part: 'key',
      fixes: [context.document.fix.removeKey(path)],
    });
  }
}

/** The setting itself, or the first key in it that differs. */
function firstDifference(name: string, meant: unknown, now: unknown): { name: string; meant: unknown; now: unknown } {
  if (typeof meant !== 'object' || meant === null || Array.isArray(meant)) return { name, meant, now };
  const values = now as Readonly<Record<string, unknown>>;
  const [key, value] = Object.entries(meant).find(([key, value]) => !isContained(value, values[key]))!;
  return { name: `${name}.${key}`, meant: value, now: values[key] };
}

/** A learning rate in proportion to the batch keeps to the recipe. */
function isScaled(pretraining: TrainedPretraining, published: Readonly<Record<string, unknown>>): boolean {
  const { learningRate: rate, batch: meant } = published;
  const { learningRate } = pretraining;
  const batch = effectiveBatch(pretraining);
  return (
    typeof rate === 'number' && typeof meant === 'number' && Math.abs(learningRate / batch / (rate / meant) - 1) < 1e-6
  );
}

/** Whether all that the recipe says holds; keys that it leaves out may differ. */
function isContained(meant: unknown, now: unknown): boolean {
  if (typeof meant !== 'object' || meant === null || Array.isArray(meant))
    return canonicalJson((meant ?? null) as Json) === canonicalJson((now ?? null) as Json);
  return Object.entries(meant).every(([key, value]) =>
    isContained(value, (now as Record<string, unknown> | undefined)?.[key]),
  );
}

function checkLengths(trained: readonly TrainedPretraining[], context: CheckContext): void {
  const lengths = trained.flatMap((pretraining) => {
    const steps = context.totalSteps(pretraining);
    return steps === undefined
      ? []
      : [
          {
            id: pretraining.id,
            steps,
            varied: context.isFromMatrix(pretraining.id, 'steps') || context.isFromMatrix(pretraining.id, 'epochs'),
          },
        ];
  });
  const longest = lengths.reduce<(typeof lengths)[number] | undefined>(
    (best, entry) => (best && best.steps >= entry.steps ? best : entry),
    undefined,
  );
  if (!longest) return;
  for (const { id, steps, varied } of lengths) {
    if (varied || longest.varied || steps >= longest.steps / 1.5) continue;
    const key = context.isWritten(id, 'steps') ? 'steps' : 'epochs';
    context.report({
      severity: 'info',
      code: 'unequal-length',
      message: `\`${context.entryId(id)}\` trains for ${steps} steps and \`${longest.id}\` for ${longest.steps}: a difference between them may be one of training time; give both the same \`steps\` for a fair comparison`,
      path: context.pathOf(id, key),
    });
  }
}

export function checkSeeds({ experiment: { seeds }, report }: CheckContext): void {
  const repeated = seeds.findIndex((seed, index) => seeds.indexOf(seed) !== index);
  if (repeated >= 0) {
    report({
      severity: 'error',
      code: 'duplicate-seed',
      message: `the seed ${seeds[repeated]} is listed twice; the same run would count double and make the interval too narrow; remove one`,
      path: ['seeds', repeated],
    });
  }
}

function checkIntervals(context: CheckContext): void {
  const { experiment, report, document } = context;
  const { seeds, pretrainings } = experiment;
  const repeated = pretrainings.filter(isSameForAllSeeds);
  // A head that is trained anew for each seed, or a draw of labels, makes results of their own out of the same file.
  const isAllRepeated = experiment.transfers.every((one) => !isFineTuning(one) && !drawsNumbers(one));
  if (seeds.length === 1) {
    // More seeds would repeat the results of all but random weights.
    const isVaried = pretrainings.some((one) => one.method !== 'random' && !isSameForAllSeeds(one));
    if (isAllRepeated && repeated.length > 0 && !isVaried) return;
    report({
      severity: 'info',
      code: 'one-seed',
      message:
        'with one seed there is no interval, so a difference may be chance; three seeds or more, such as `seeds: [0, 1, 2]`, show it',
      path: ['seeds'],
      fixes: [document.fix.setValue(['seeds'], [0, 1, 2])],
    });
    return;
  }
  for (const pretraining of isAllRepeated ? repeated : []) {
    report({
      severity: 'info',
      code: 'same-weights-for-all-seeds',
      message: `\`${pretraining.id}\` imports the same file for all ${seeds.length} seeds, so its results count once; use \`{seed}\` in the path where there is a file for each`,
      path: context.pathOf(pretraining.id, 'weights'),
    });
  }
}

/** One file, whatever the seed. */
function isSameForAllSeeds(pretraining: PretrainingSettings): boolean {
  return pretraining.method === 'imported' && !pretraining.weights.includes('{seed}');
}

/** Without random weights in the table nobody can say how much any pretraining adds. */
function checkReference({ experiment, document, report }: CheckContext): void {
  const { pretrainings, transfers } = experiment;
  const isCompared = pretrainings.length > 1 && transfers.length > 0 && pretrainings.some(isTrained);
  if (!isCompared || pretrainings.some(({ method }) => method === 'random')) return;
  const id = pretrainings.some((pretraining) => pretraining.id === 'random') ? 'random-weights' : 'random';
  const fix = document.fix.addItem('pretrainings', { id, method: 'random' }, 'Add a row of random weights');
  report({
    severity: 'info',
    code: 'no-random-row',
    message:
      'no pretraining has random weights: the table will say which one is best, but not how much pretraining adds; add one, it costs no training',
    path: ['pretrainings'],
    part: 'key',
    fixes: [fix],
  });
}
