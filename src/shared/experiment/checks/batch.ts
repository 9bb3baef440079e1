/** Batch size against batch norm, data and learning rate. Linear scaling: Goyal et al. 2017, arXiv 1706.02677. */
import { effectiveBatch, showBatch } from '../effectiveBatch';
import { defaultOf } from '../fields';
import { hasBatchNorm } from '../layers';
import { trainingFields } from '../pretrainingFields';
import type { TrainedPretraining } from '../schema';
import type { CheckContext } from './context';

export function checkBatch(pretraining: TrainedPretraining, context: CheckContext): void {
  checkGroups(pretraining, context);
  checkProcesses(pretraining, context);
  checkBatchAgainstData(pretraining, context);
  checkLearningRate(pretraining, context);
}

function checkGroups({ id, batch, batchNormGroups }: TrainedPretraining, context: CheckContext): void {
  if (!hasBatchNorm(context.experiment.backbone)) return;
  const path = context.pathOf(id, context.isWritten(id, 'batchNormGroups') ? 'batchNormGroups' : 'batch');
  const fitting = [8, 4, 2, 1].find((groups) => batch % groups === 0 && batch >= 2 * groups) ?? 1;
  const fixPath = context.pathToSet(id, 'batchNormGroups');
  const fixes = [fixPath && context.document.fix.setValue(fixPath, fitting)];
  if (batch % batchNormGroups !== 0) {
    const message = `a batch of ${batch} cannot be split into ${batchNormGroups} equal groups for batch norm; use a multiple of ${batchNormGroups}, or \`batchNormGroups: ${fitting}\``;
    context.report({ severity: 'error', code: 'batch-norm-groups', message, path, fixes });
  } else if (batch < 2 * batchNormGroups) {
    const where = batchNormGroups > 1 ? `in each of the ${batchNormGroups} batch-norm groups` : 'in the batch';
    const advice = batch >= 2 ? `use \`batchNormGroups: ${fitting}\` or a larger batch` : 'use a batch of at least 2';
    const message = `with one image ${where}, batch norm has next to nothing to average over and learns from noise; ${advice}`;
    context.report({ severity: 'error', code: 'batch-norm-one-image', message, path, fixes: batch >= 2 ? fixes : [] });
  }
}

/** Processes share the parts of an update, so that who computes them cannot change what is learnt. */
function checkProcesses(pretraining: TrainedPretraining, context: CheckContext): void {
  const { id, processes, accumulate } = pretraining;
  checkDevices(pretraining, context);
  if (accumulate % processes === 0) return;
  const fitting =
    Array.from({ length: processes }, (_, i) => processes - i).find((count) => accumulate % count === 0) ?? 1;
  const path = context.pathOf(id, 'processes');
  const why =
    accumulate === 1
      ? `an update has a single part (\`accumulate: 1\`), which ${processes} processes cannot share; ${cutBatch(pretraining)}`
      : `the ${accumulate} parts of an update (\`accumulate\`) cannot be shared evenly by ${processes} processes; use \`processes: ${fitting}\`, or a multiple of ${processes} for \`accumulate\``;
  const fix = context.pathToSet(id, 'processes');
  context.report({
    ...{ severity: 'error', code: 'processes-accumulate', message: why, path },
    fixes: [fix && context.document.fix.setValue(fix, fitting)],
  });
}

/** The same images an update, and the same images to each batch-norm group where that is possible. */
function cutBatch({ batch, batchNormGroups, processes }: TrainedPretraining): string {
  if (batch % processes !== 0) return `use \`accumulate: ${processes}\` with a smaller \`batch\``;
  const cut = `write \`batch: ${batch / processes}\` with \`accumulate: ${processes}\``;
  if (batchNormGroups === 1) return `${cut} for as many images an update`;
  return batchNormGroups % processes === 0
    ? `${cut} and \`batchNormGroups: ${batchNormGroups / processes}\`, which is the same training`
    : `${cut} and a \`batchNormGroups\` that divides ${batch / processes}`;
}

/** Graphics processors that are asked for and processes that use them. */
function checkDevices({ id, processes, resources }: TrainedPretraining, context: CheckContext): void {
  const gpus = resources?.gpus ?? context.experiment.resources?.gpus ?? 0;
  if (gpus < 2 && processes < 2) return;
  if (gpus === 0 || gpus === processes) return;
  const path = context.pathOf(id, gpus > processes && resources?.gpus !== undefined ? 'resources' : 'processes');
  const message =
    gpus < processes
      ? `${processes} processes need a graphics processor each, but \`resources\` ask for ${gpus}; set \`gpus: ${processes}\``
      : `of the ${gpus} graphics processors that \`resources\` ask for, ${processes === 1 ? 'one is' : `${processes} are`} used; share each update by \`processes: ${gpus}\``;
  context.report({ severity: 'warning', code: 'processes-gpus', message, path });
}

function checkBatchAgainstData(pretraining: TrainedPretraining, context: CheckContext): void {
  const { id, data, split, accumulate } = pretraining;
  const batch = effectiveBatch(pretraining);
  const length = context.split(data, split)?.length;
  if (length === undefined || batch <= length) return;
  context.report({
    severity: 'error',
    code: 'batch-larger-than-data',
    message: `the batch of ${showBatch(pretraining)} is larger than \`${data}\` ${split} with its ${length} images, so there is not one full batch; use at most ${Math.floor(length / accumulate)}`,
    path: context.pathOf(id, 'batch'),
  });
}

/** A batch that differs from the one that the learning rate was published for. */
function checkLearningRate(pretraining: TrainedPretraining, context: CheckContext): void {
  const { id, method, learningRate, recipe: name } = pretraining;
  const batch = effectiveBatch(pretraining);
  const recipe = name === undefined ? undefined : context.recipes.get(name);
  const settings = recipe?.for === 'pretraining' ? recipe.settings : {};
  const batchMeant = (settings.batch ?? (defaultOf(trainingFields.batch) as number)) * (settings.accumulate ?? 1);
  const rateMeant = settings.learningRate ?? (defaultOf(trainingFields.learningRate, method) as number);
  // Without `learningRate` the writer may not know that it hangs on the batch; written out, it is a decision.
  if (batch === batchMeant || learningRate !== rateMeant || context.isWritten(id, 'learningRate')) return;
  const scaled = Number(((rateMeant * batch) / batchMeant).toPrecision(6));
  const source = name ? `of the recipe \`${name}\`` : `that \`${method}\` has by default`;
  const fixPath = context.pathToSet(id, 'learningRate');
  context.report({
    severity: 'warning',
    code: 'batch-without-learning-rate',
    message: `the batch is ${showBatch(pretraining)}, but the learning rate ${rateMeant} ${source} is meant for ${batchMeant}: steps would be ${batch < batchMeant ? 'too large for so noisy gradients' : 'needlessly small'}; scale it in proportion, to ${scaled}`,
    path: context.pathOf(id, 'batch'),
    fixes: [fixPath && context.document.fix.setValue(fixPath, scaled)],
  });
}
