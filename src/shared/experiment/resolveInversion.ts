/** An inversion with its defaults filled in, which depend on its prior, on `quick` and on the size of the images. */
import { smallestSsimSide } from '../math/pictures/structuralSimilarity';
import type { DrawingNetwork, InversionAnalysis, WrittenAnalysis } from './analysisSchema';
import { defaultOf } from './fields';
import { inversionFields } from './inversionFields';
import type { Path } from './places';
import { checkPath, type ResolveContext } from './resolveData';

type WrittenInversion = Extract<WrittenAnalysis, { readonly kind: 'inversion' }>;
type OwnSettings = Omit<
  InversionAnalysis,
  'kind' | 'id' | 'about' | 'data' | 'split' | 'imageSize' | 'layers' | 'of' | 'images'
>;

interface Place {
  readonly path: Path;
  /** px */
  readonly imageSize: number;
  readonly context: ResolveContext;
}

const released = { channels: [16, 32, 64, 128, 128, 128], kernels: [7, 7, 5, 5, 3, 3] };
const small = { channels: [16, 32, 32, 32], kernels: [3] };

export function resolveInversion(written: WrittenInversion, place: Place): OwnSettings {
  const { quick = false } = written;
  const prior = written.prior ?? (defaultOf(inversionFields.prior) as InversionAnalysis['prior']);
  const iterations = written.iterations ?? (quick ? 200 : 3000);
  reportTooSmall(place);
  const lpips = written.lpips === undefined ? [] : [written.lpips].flat();
  for (const file of lpips) checkPath(file, [...place.path, 'lpips'], place.context);
  return {
    prior,
    quick,
    iterations,
    learningRate: written.learningRate ?? (prior === 'deep' ? (quick ? 0.01 : 0.001) : 0.05),
    ...(prior === 'deep' && { network: resolveNetwork(written, quick, place) }),
    variation: prior === 'total-variation' ? (written.variation ?? numberOf('variation')) : 0,
    snapshots: resolveSnapshots(written.snapshots, iterations, place),
    trunk: written.trunk ?? (defaultOf(inversionFields.trunk) as InversionAnalysis['trunk']),
    lpips,
    checkpointEvery: written.checkpointEvery ?? numberOf('checkpointEvery'),
  };
}

function numberOf(key: 'variation' | 'checkpointEvery' | 'skipChannels' | 'noiseChannels' | 'noiseScale'): number {
  return defaultOf(inversionFields[key]) as number;
}

/** Smallest side in px of the deepest map. */
const smallestMap = 4;

/** How many of `scales` an image of `size` px has room for, at least one, and the side in px of the noise: all halvings are even. */
export function fitScales(size: number, scales: number): { readonly scales: number; readonly side: number } {
  for (let count = scales; ; count--) {
    const step = 2 ** count;
    const side = Math.ceil(size / step) * step;
    if (count === 1 || side >= smallestMap * step) return { scales: count, side };
  }
}

function resolveNetwork(
  written: WrittenInversion,
  quick: boolean,
  { path, imageSize, context }: Place,
): DrawingNetwork {
  const usual = quick ? small : released;
  const channels = written.channels ?? usual.channels;
  const kernels =
    written.kernels ?? (written.channels === undefined ? usual.kernels : usual.kernels.slice(0, channels.length));
  // One kernel stands for all scales, and the last one for those that have none of their own.
  const filled = channels.map((_, scale) => kernels[scale] ?? kernels.at(-1)!);
  if (written.kernels && written.kernels.length > 1 && written.kernels.length !== channels.length) {
    context.report({
      severity: 'error',
      code: 'uneven-lists',
      message: `there are ${written.kernels.length} \`kernels\` for ${channels.length} \`channels\`; give one for each scale, or one for all`,
      path: [...path, 'kernels'],
    });
  }
  const { scales, side } = fitScales(imageSize, channels.length);
  return {
    channels: channels.slice(0, scales),
    kernels: filled.slice(0, scales),
    skipChannels: written.skipChannels ?? numberOf('skipChannels'),
    noiseChannels: written.noiseChannels ?? numberOf('noiseChannels'),
    noiseScale: written.noiseScale ?? numberOf('noiseScale'),
    side,
  };
}

function resolveSnapshots(
  written: readonly number[] | undefined,
  iterations: number,
  { path, context }: Place,
): readonly number[] {
  const late = written?.find((iteration) => iteration > iterations);
  if (late !== undefined) {
    context.report({
      severity: 'error',
      code: 'late-snapshot',
      message: `a snapshot at iteration ${late} is never taken, since \`iterations\` is ${iterations}; name earlier ones`,
      path: [...path, 'snapshots'],
    });
  }
  const chosen =
    written ?? [30, 10, 3].map((part) => Math.round(iterations / part)).filter((iteration) => iteration > 0);
  return [...new Set([...chosen, iterations])].sort((a, b) => a - b);
}

function reportTooSmall({ path, imageSize, context }: Place): void {
  if (imageSize >= smallestSsimSide) return;
  context.report({
    severity: 'error',
    code: 'image-too-small',
    message: `structural similarity needs images of at least ${smallestSsimSide} px, not ${imageSize}; raise \`imageSize\``,
    path,
  });
}
