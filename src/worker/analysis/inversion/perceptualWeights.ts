/** The network of the perceptual distance: from the user's files, or with random weights where there are none. */
import type { InversionAnalysis } from '../../../shared/experiment/analysisSchema';
import type { PerceptualTrunk } from '../../../shared/experiment/perceptualTrunks';
import { UserError } from '../../../shared/errors';
import { deriveRandom } from '../../../shared/random';
import { perceptualPlace } from '../../../shared/weights/perceptualNames';
import type { TensorPlace } from '../../../shared/weights/tensorPlace';
import { useWeights } from '../../../shared/weights/useWeights';
import { weightPlatform } from '../../checkpoint/weightPlatform';
import { placePath } from '../../data/placePath';
import type { HostTensor } from '../../models/weightStore';
import type { PerceptualNetwork } from './perceptualDistance';
import { createTrunkWeights, trunkChannels } from './perceptualTrunk';

/** The caller disposes its `weights`. baseDir: folder that paths are relative to. */
export async function openPerceptual(
  { trunk, lpips }: Pick<InversionAnalysis, 'trunk' | 'lpips'>,
  baseDir: string,
): Promise<PerceptualNetwork> {
  // The same random trunk in every experiment, whatever its seeds.
  const weights = createTrunkWeights(trunk, deriveRandom(0, `random-lpips-${trunk}`));
  if (lpips.length === 0) return { measure: 'random-lpips', trunk, weights };
  try {
    const found: Found = { trunk: new Map(), linear: [] };
    for (const file of lpips) await collect(file, baseDir, { found, shapes: weights.shapes(), trunk });
    const missing = [...weights.shapes().keys()].find((name) => !found.trunk.has(name));
    if (missing !== undefined) throw refusal(lpips, trunk, `lack ${missing}`);
    weights.importTensors(found.trunk);
    const levels = trunkChannels(trunk).length;
    const known = found.linear.filter((level) => level !== undefined);
    if (known.length === 0) return { measure: 'unlearned-lpips', trunk, weights };
    if (known.length < levels) throw refusal(lpips, trunk, `hold ${known.length} of ${levels} linear layers`);
    return { measure: 'lpips', trunk, weights, linear: known };
  } catch (error) {
    weights.dispose();
    throw error;
  }
}

interface Found {
  readonly trunk: Map<string, HostTensor>;
  /** By level. */
  readonly linear: Float32Array[];
}

interface Wanted {
  readonly found: Found;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly trunk: PerceptualTrunk;
}

async function collect(file: string, baseDir: string, wanted: Wanted): Promise<void> {
  const path = { path: placePath(file, baseDir), name: file };
  await useWeights(path, weightPlatform, async ({ tensors }) => {
    for (const [name, tensor] of tensors) await take(name, tensor, { ...wanted, file });
  });
}

async function take(name: string, tensor: TensorPlace, wanted: Wanted & { readonly file: string }): Promise<void> {
  const { found, shapes, trunk, file } = wanted;
  const place = perceptualPlace(name);
  if (!place) return;
  const expected = place.part === 'trunk' ? shapes.get(place.name) : [1, trunkChannels(trunk)[place.level]!, 1, 1];
  if (expected?.join() !== tensor.shape.join())
    throw refusal([file], trunk, `hold ${name} of shape [${tensor.shape.join(', ')}], which it has no place for`);
  const data = await tensor.read();
  if (place.part === 'trunk') found.trunk.set(place.name, { shape: tensor.shape, data });
  else found.linear[place.level] = data;
}

const titles: Readonly<Record<PerceptualTrunk, string>> = {
  ...{ alex: 'AlexNet', vgg: 'VGG-16', squeeze: 'SqueezeNet 1.1' },
};

function refusal(files: readonly string[], trunk: PerceptualTrunk, reason: string): UserError {
  return new UserError(
    'weights',
    `the weights ${files.join(' and ')} are not those of LPIPS with ${titles[trunk]}: they ${reason}; name torchvision's trunk, the lpips package's state dict, or set \`trunk\``,
  );
}
