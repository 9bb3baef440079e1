/** Image size against the network's stride, and memory. */
import { nameWithStem } from '../backbones/describeBackbone';
import { activationBytes, describeLayers, hasStages, parameterCount, recomputedActivationBytes } from '../layers';
import type { BackboneSettings, TrainedPretraining } from '../schema';
import { formatBytes } from '../../views/formatNumbers';
import { isTrained } from '../training';
import { isMomentum, type CheckContext } from './context';

/** Parameters, gradients, momentum: three copies of float32 for whatever is trained; the key encoder is one more. */
const trainingCopies = 3;

export function checkSize(context: CheckContext): void {
  const { experiment } = context;
  checkImageSize(experiment.imageSize, ['imageSize'], context);
  for (const { id, ...settings } of [...experiment.pretrainings.filter(isTrained), ...experiment.transfers]) {
    if (settings.imageSize !== experiment.imageSize)
      checkImageSize(settings.imageSize, context.pathOf(id, 'imageSize'), context);
  }
  checkMemory(context);
}

/** layer4 of a ResNet needs at least two positions a side for its 3 × 3 filters to see anything but padding. */
function checkImageSize(
  imageSize: number,
  path: readonly (string | number)[],
  { experiment, report }: CheckContext,
): void {
  const name = nameWithStem(experiment.backbone);
  const { stem } = experiment.backbone;
  const stride = Math.max(...describeLayers(experiment.backbone).map((layer) => layer.stride));
  const grid = imageSize / stride;
  if (grid >= 2) {
    if (imageSize % stride === 0) return;
    const message = `${imageSize} px is not a multiple of ${stride}, the stride of ${name}, so ${hasStages(experiment.backbone) ? 'the last layers see a partly padded border' : 'a border of the image is not seen'}; ${Math.round(grid) * stride} px fits`;
    report({ severity: 'info', code: 'image-size-stride', message, path });
    return;
  }
  const advice =
    stem === 'imagenet' && hasStages(experiment.backbone)
      ? 'use a `small` or `cifar` stem, or larger images'
      : 'use larger images';
  const seen = grid < 1 ? 'less than one position' : 'a single position';
  const message = `${name} shrinks images ${stride} times, so of ${imageSize} px ${seen} is left in ${hasStages(experiment.backbone) ? 'layer4' : 'the last layer'}; ${advice}`;
  report({ severity: grid < 1 ? 'error' : 'warning', code: 'image-too-small', message, path });
}

function checkMemory(context: CheckContext): void {
  const { memory } = context.facts;
  if (!memory) return;
  const { backbone, pretrainings } = context.experiment;
  for (const pretraining of pretrainings.filter(isTrained)) {
    const { fixed, perImage } = trainingBytes(pretraining, backbone);
    const needed = fixed + pretraining.batch * perImage;
    const { processes } = pretraining;
    // Each holds weights and a batch of its own.
    const limit = Math.min(memory.process, memory.machine / processes);
    if (needed <= limit) continue;
    const fitting = Math.floor((limit - fixed) / perImage);
    const advice = [memoryAdvice(pretraining, fitting), ...fewerProcesses(needed, memory, processes)].join('; ');
    const [who, has] =
      processes === 1
        ? [`\`${pretraining.id}\` needs`, 'of this runtime']
        : [`each of the ${processes} processes of \`${pretraining.id}\` needs`, 'that each can have'];
    context.report({
      severity: 'warning',
      code: 'memory',
      message: `${who} about ${formatBytes(needed)} (${formatBytes(perImage)} an image and ${formatBytes(fixed)} for weights), more than the ${formatBytes(limit)} ${has}, and would run out of memory; ${advice}`,
      path: context.pathOf(pretraining.id, 'batch'),
    });
  }
}

/** Where one process would have room and the machine has none for all. */
function fewerProcesses(
  needed: number,
  memory: { readonly process: number; readonly machine: number },
  processes: number,
): string[] {
  const most = Math.floor(memory.machine / needed);
  if (needed > memory.process || most < 1 || most >= processes) return [];
  return [most === 1 ? 'a single process fits' : `at most ${most} \`processes\` fit`];
}

/** Cutting the batch costs nothing but batch norm's view; recomputing costs time. */
function memoryAdvice(pretraining: TrainedPretraining, fitting: number): string {
  const { batch, accumulate, batchNormGroups, recompute } = pretraining;
  const again = recompute ? '' : '`recompute: true` needs about half the memory';
  if (fitting < 2) return again || 'use a smaller network or smaller images';
  const cut = (parts: number) => batch / parts;
  const isGood = (size: number) => size <= fitting && size % batchNormGroups === 0 && size >= 2 * batchNormGroups;
  const parts = Array.from({ length: batch }, (_, i) => i + 1).find((count) => isGood(cut(count)));
  const same = `\`batch: ${cut(parts ?? 1)}\` with \`accumulate: ${accumulate * (parts ?? 1)}\` learns from as many images`;
  const advice = [`a batch of at most ${fitting} fits`, ...(parts ? [same] : []), ...(again ? [again] : [])];
  return advice.join('; ');
}

/** Bytes that a training needs, estimated: `fixed` for weights, their copies and the queue, `perImage` of the batch. */
export function trainingBytes(
  pretraining: TrainedPretraining,
  backbone: BackboneSettings,
): { readonly fixed: number; readonly perImage: number } {
  const copies = trainingCopies + (isMomentum(pretraining) ? 1 : 0);
  const queue = isMomentum(pretraining) ? pretraining.queue * pretraining.dimension * 4 : 0;
  return {
    fixed: parameterCount(backbone) * 4 * copies + queue,
    perImage: (pretraining.recompute ? recomputedActivationBytes : activationBytes)(backbone, pretraining.imageSize, 1),
  };
}
