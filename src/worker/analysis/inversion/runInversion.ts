/**
 * The stage of an inversion: image by image, layer by layer, one picture is fitted after the other; snapshots, distances and
 * error maps are kept on the way. docs/methods/inversion.md.
 */
import type { InversionAnalysis } from '../../../shared/experiment/analysisSchema';
import { layerDepths } from '../../../shared/experiment/layers';
import type { NetworkAnalysisStage } from '../../../shared/experiment/stages';
import { Cancelled } from '../../../shared/errors';
import {
  INVERSION_FILE,
  INVERSION_VERSION,
  type Inversion,
  type InversionErrorMap,
  type InversionResults,
} from '../../../shared/results/inversion';
import type { AnalysisResult } from '../../../shared/results/records';
import type { Backbone } from '../../models/backbone';
import type { StageContext, StageOutput } from '../../stageContext';
import { METRICS_FILE } from '../../storage/metricsFile';
import { withFrozenNetwork } from '../frozenNetwork';
import { openPictures, type Pictures } from '../pictures';
import { emptyPartial, InversionProgress } from './inversionProgress';
import { mapErrors, measureDistances, summariseInversions, type SeenPicture } from './inversionScores';
import { LayerInversion } from './invertLayer';
import { placesOf } from './layerFeatures';
import type { PerceptualNetwork } from './perceptualDistance';
import { openPerceptual } from './perceptualWeights';
import { encodeMap, encodePicture, toShown } from './pictureFiles';

export async function runInversion(
  stage: NetworkAnalysisStage,
  settings: InversionAnalysis,
  context: StageContext,
): Promise<StageOutput> {
  const pictures = await openPictures(settings, context);
  return withFrozenNetwork(stage, context, async (backbone) => {
    const perceptual = await openPerceptual(settings, context.baseDir);
    try {
      const progress = await InversionProgress.open(context);
      const work = new InversionWork({ settings, context, pictures, backbone, perceptual, progress });
      return await work.run();
    } finally {
      perceptual.weights.dispose();
    }
  });
}

interface WorkParts {
  readonly settings: InversionAnalysis;
  readonly context: StageContext;
  readonly pictures: Pictures;
  readonly backbone: Backbone;
  readonly perceptual: PerceptualNetwork;
  readonly progress: InversionProgress;
}

/** Points of each curve, about. */
const CURVE_POINTS = 60;

class InversionWork {
  /** Updates since the state was last written. */
  private unsaved = 0;

  constructor(private readonly parts: WorkParts) {}

  async run(): Promise<StageOutput> {
    const { pictures, progress } = this.parts;
    for (const image of pictures.places.keys()) {
      const name = imageName(image);
      if (!progress.work.files[name])
        await progress.keep(name, await encodePicture(this.shownImage(image), pictures.size));
    }
    while (this.done < this.count) await this.invertNext();
    return this.finish();
  }

  private get done(): number {
    return this.parts.progress.work.inversions.length;
  }

  /** Of all inversions: image by image, each with its layers. */
  private get count(): number {
    return this.parts.pictures.places.length * this.parts.settings.layers.length;
  }

  private async invertNext(): Promise<void> {
    const { settings, pictures, backbone, context, progress } = this.parts;
    const [image, layer] = [Math.floor(this.done / settings.layers.length), this.done % settings.layers.length];
    const { size } = pictures;
    const inversion = await LayerInversion.begin(
      {
        ...{ backbone, size, seed: context.seed, layer: settings.layers[layer]! },
        image: this.normalisedImage(image),
        place: pictures.places[image]!,
      },
      settings,
    );
    try {
      if (progress.resumed) this.takeUp(inversion);
      this.describeLayer(layer, inversion.shape);
      while (inversion.iteration < settings.iterations) await this.advance(inversion, { image, layer });
    } finally {
      inversion.dispose();
    }
    if (this.unsaved >= settings.checkpointEvery) await this.save();
  }

  private takeUp(inversion: LayerInversion): void {
    const { progress, context, settings } = this.parts;
    inversion.importState(progress.resumed!);
    progress.resumed = undefined;
    const step = this.done * settings.iterations + inversion.iteration;
    context.progress(step, this.count * settings.iterations, 'steps', `resumed at step ${step}`);
  }

  /** One update, and what is due after it. */
  private async advance(inversion: LayerInversion, at: Position): Promise<void> {
    const { settings, context } = this.parts;
    const { iterations, snapshots } = settings;
    const loss = await inversion.advance();
    this.unsaved++;
    await this.log(inversion, loss, at);
    if (snapshots.includes(inversion.iteration)) await this.takeSnapshot(inversion, at);
    const isLast = inversion.iteration === iterations;
    const isStopping = context.signal.aborted;
    if (isStopping || (!isLast && this.unsaved >= settings.checkpointEvery))
      await this.save(isLast ? undefined : inversion);
    if (isStopping) throw new Cancelled();
    // A synchronous runtime would otherwise starve heartbeats and messages.
    await new Promise((resolve) => setImmediate(resolve));
  }

  private async log(inversion: LayerInversion, loss: number, { image, layer }: Position): Promise<void> {
    const { settings, context, progress, pictures } = this.parts;
    const { iteration } = inversion;
    const step = this.done * settings.iterations + iteration;
    const name = settings.layers[layer]!;
    const detail = `image ${image + 1} of ${pictures.places.length}, ${name}`;
    context.progress(step, this.count * settings.iterations, 'steps', detail);
    const every = Math.max(1, Math.round(settings.iterations / CURVE_POINTS));
    if (iteration !== 1 && iteration % every !== 0 && iteration !== settings.iterations) return;
    await context.stages.requireOwned(context.key);
    const { curve } = progress.work.partial;
    curve.iterations.push(iteration - 1);
    curve.losses.push(loss);
    const metrics = { featureError: loss / inversion.meanSquare };
    await progress.metrics.append({ step, metrics, ...(iteration === 1 && { event: detail }) });
    context.metrics(step, metrics);
  }

  /** Keeps the picture as it is and its distances; the last one ends the inversion. */
  private async takeSnapshot(inversion: LayerInversion, { image, layer }: Position): Promise<void> {
    const { settings, pictures, progress, perceptual } = this.parts;
    const { iteration } = inversion;
    const { picture, features } = await inversion.look();
    const found = { shown: toShown(picture), features };
    const wanted: SeenPicture = { shown: this.shownImage(image), features: await inversion.wantedFeatures() };
    const file = `image-${image}-${settings.layers[layer]!}-${iteration}.png`;
    await progress.keep(file, await encodePicture(found.shown, pictures.size));
    const distances = await measureDistances(found, wanted, { perceptual, size: pictures.size });
    progress.work.partial.snapshots.push({ iteration, file, distances });
    if (iteration < settings.iterations) return;
    const errorMap = await this.keepErrorMap(found.features, wanted.features, { inversion, image, layer });
    this.close({ image, layer, ...progress.work.partial, ...(errorMap && { errorMap }) });
  }

  private close(finished: Inversion): void {
    const { work } = this.parts.progress;
    this.parts.progress.work = {
      ...work,
      inversions: [...work.inversions, finished],
      partial: emptyPartial(),
    };
  }

  private async keepErrorMap(
    found: Float32Array,
    wanted: Float32Array,
    { inversion, image, layer }: Position & { readonly inversion: LayerInversion },
  ): Promise<InversionErrorMap | undefined> {
    const map = mapErrors(found, wanted, inversion.shape);
    if (!map) return undefined;
    const file = `image-${image}-${this.parts.settings.layers[layer]!}-error.png`;
    await this.parts.progress.keep(file, await encodeMap(map.errors, map.grid, map.max));
    return { file, max: map.max, mean: map.mean };
  }

  private describeLayer(index: number, shape: readonly number[]): void {
    const { settings, backbone, progress } = this.parts;
    if (progress.work.layers[index]) return;
    const layer = settings.layers[index]!;
    const places = placesOf(shape);
    progress.work.layers.push({
      layer,
      depth: layerDepths(backbone.config).get(layer)!,
      ...(places && { grid: places.grid }),
      dimension: shape.at(-1)!,
    });
  }

  /** inversion: the one under way; none between two. */
  private async save(inversion?: LayerInversion): Promise<void> {
    const { progress, settings } = this.parts;
    const step = this.done * settings.iterations + (inversion?.iteration ?? 0);
    await progress.save(step, await inversion?.exportState());
    this.unsaved = 0;
  }

  private async finish(): Promise<StageOutput> {
    const { settings, pictures, perceptual, progress } = this.parts;
    const { layers, inversions } = progress.work;
    const results: InversionResults = {
      version: INVERSION_VERSION,
      prior: settings.prior,
      quick: settings.quick,
      iterations: settings.iterations,
      size: pictures.size,
      perceptual: { measure: perceptual.measure, trunk: perceptual.trunk },
      images: Array.from(pictures.places, (place, image) => ({
        place,
        name: pictures.names[image]!,
        label: pictures.labels[image]!,
        file: imageName(image),
      })),
      layers: layers.map(({ layer, depth, grid }) => ({ layer, depth, ...(grid && { grid }) })),
      inversions,
    };
    await progress.keep(INVERSION_FILE, new TextEncoder().encode(JSON.stringify(results)));
    const places = Array.from(pictures.places);
    const result: AnalysisResult = {
      kind: 'analysis',
      analysis: settings.kind,
      data: settings.data,
      images: places.length,
      ...summariseInversions({ layers, inversions, places, measure: perceptual.measure }),
      notes: notesOf(settings, perceptual),
    };
    const files = { ...progress.work.files, [METRICS_FILE]: await progress.metrics.stamp() };
    return { result, files, earlier: progress.earlier };
  }

  private normalisedImage(image: number): Float32Array {
    const { size, values } = this.parts.pictures;
    const count = size * size * 3;
    return values.slice(image * count, (image + 1) * count);
  }

  private shownImage(image: number): Float32Array {
    return toShown(this.normalisedImage(image));
  }
}

/** Places among the images and the layers. */
interface Position {
  readonly image: number;
  readonly layer: number;
}

function imageName(image: number): string {
  return `image-${image}.png`;
}

function notesOf({ prior, quick, iterations }: InversionAnalysis, { measure, trunk }: PerceptualNetwork): string[] {
  const network = { alex: 'an AlexNet', vgg: 'a VGG-16', squeeze: 'a SqueezeNet 1.1' }[trunk];
  const distance = {
    lpips: undefined,
    'unlearned-lpips': `the perceptual distance is LPIPS without its learned weights, over ${network} that was trained`,
    'random-lpips': `the perceptual distance is that of ${network} with random weights; it is not LPIPS and compares with nothing published`,
  }[measure];
  const way = `${iterations} iterations${quick ? ' of the quick form' : ''}, prior ${prior}`;
  return [way, ...(distance === undefined ? [] : [distance])];
}
