/** Pictures that channels, places or classes answer to most; what it leaves is described in results/maximisation.ts. */
import { readFile, rm } from 'node:fs/promises';
import sharp from 'sharp';
import type { MaximisationAnalysis } from '../../../shared/experiment/analysisSchema';
import type { NetworkAnalysisStage } from '../../../shared/experiment/stages';
import { deriveRandom } from '../../../shared/random';
import {
  MAXIMISATION_FILE,
  MAXIMISATION_VERSION,
  wishSheetName,
  type MaximisationFile,
} from '../../../shared/results/maximisation';
import type { FileStamp, LayerScore } from '../../../shared/results/records';
import type { StageContext, StageOutput } from '../../stageContext';
import { METRICS_FILE } from '../../storage/metricsFile';
import { runTrainingLoop } from '../../train/trainingLoop';
import { openClassifier } from '../attribution/openClassifier';
import { withFrozenNetwork } from '../frozenNetwork';
import { PictureStack, toPixels } from '../pixelImages';
import { listGoals, type Goal, type GoalSource } from './goals';
import { createMaximisationTask, paint, valueOf, type MaximisationTask } from './maximisationTask';
import { WavePicture } from './wavePicture';

const NOISE_PICTURES = 8;

export interface MaximisationWork {
  readonly stage: NetworkAnalysisStage;
  readonly settings: MaximisationAnalysis;
}

export async function analyseMaximisation(work: MaximisationWork, context: StageContext): Promise<StageOutput> {
  const { stage, settings } = work;
  const { explained } = stage;
  if (explained?.source !== 'pretraining')
    return withFrozenNetwork(stage, context, (backbone) => maximise({ ...work, source: { backbone } }, context));
  const classifier = await openClassifier(stage, explained, context);
  try {
    return await maximise({ stage, settings, source: { backbone: classifier.backbone, classifier } }, context);
  } finally {
    classifier.dispose();
  }
}

async function maximise(
  { stage, settings, source }: MaximisationWork & { readonly source: GoalSource },
  context: StageContext,
): Promise<StageOutput> {
  const { iterations, learningRate, checkpointEvery } = settings;
  const goals = listGoals(source, settings, context.seed);
  const picture = new WavePicture(settings.imageSize);
  const snapshots = new Snapshots({ goals, picture, steps: spreadSteps(settings), context });
  const task = createMaximisationTask({
    ...{ goals, picture, settings, seed: context.seed, signal: context.signal, values: snapshots.values },
    afterStep: (done) => snapshots.takeIfDue(done, task),
  });
  try {
    await snapshots.takeIfDue(0, task);
    const loop = {
      ...{ id: settings.id, steps: iterations, batch: goals.length, accumulate: 1, clipNorm: 0, evaluateEvery: 0 },
      ...{ logEvery: Math.max(1, Math.round(iterations / 32)), checkpointEvery, checkpointAtEnd: true },
      schedule: { kind: 'constant', learningRate, warmupSteps: 0, per: 'step' } as const,
      optimizer: { kind: 'adam' } as const,
    };
    const trained = await runTrainingLoop(task, loop, context);
    const file = await describe({ stage, goals, picture, snapshots }, context);
    const files = { [METRICS_FILE]: trained.metricsStamp, ...(await snapshots.finish(file)) };
    const layers = scoreLayers(file, source);
    const result = { kind: 'analysis' as const, analysis: settings.kind, images: 0, layers, notes: [] };
    return { result, files, earlier: trained.earlier };
  } finally {
    task.dispose();
    picture.dispose();
  }
}

/** 0 … iterations, evenly spread. */
function spreadSteps({ snapshots, iterations }: MaximisationAnalysis): number[] {
  const steps = Array.from({ length: snapshots }, (_, i) => Math.round((i * iterations) / (snapshots - 1)));
  return [...new Set(steps)];
}

interface SnapshotParts {
  readonly goals: readonly Goal[];
  readonly picture: WavePicture;
  readonly steps: readonly number[];
  readonly context: StageContext;
}

/** Pictures on the way: one strip of all wishes for each step, put on sheets at the end. */
class Snapshots {
  /** By wish and snapshot. */
  readonly values = new Map<string, number>();

  constructor(private readonly parts: SnapshotParts) {}

  get steps(): readonly number[] {
    return this.parts.steps;
  }

  value(wish: number, snapshot: number): number {
    return this.values.get(`${wish} ${snapshot}`)!;
  }

  async takeIfDue(done: number, { waves }: Pick<MaximisationTask, 'waves'>): Promise<void> {
    const { goals, picture, steps, context } = this.parts;
    const snapshot = steps.indexOf(done);
    if (snapshot < 0) return;
    const { size } = picture;
    const strip = new Uint8Array(goals.length * size * size * 3);
    for (const [wish, goal] of goals.entries()) {
      const pixels = await paint(picture, waves[wish]!);
      this.values.set(`${wish} ${snapshot}`, await valueOf(goal, pixels, size));
      strip.set(toPixels(pixels), wish * size * size * 3);
    }
    const raw = { width: size, height: size * goals.length, channels: 3 } as const;
    const png = await sharp(strip, { raw }).png().toBuffer();
    await context.stages.writeFile(context.key, stripName(snapshot), new Uint8Array(png));
  }

  async finish(file: MaximisationFile): Promise<Record<string, FileStamp>> {
    const { goals, picture, steps, context } = this.parts;
    const { size } = picture;
    const stack = new PictureStack(goals.length * steps.length, size);
    for (const snapshot of steps.keys()) {
      const strip = await readFile(context.stages.file(context.key, stripName(snapshot)));
      const pixels = new Uint8Array(await sharp(strip).removeAlpha().raw().toBuffer());
      for (const wish of goals.keys())
        stack.set(
          wish * steps.length + snapshot,
          pixels.subarray(wish * size * size * 3, (wish + 1) * size * size * 3),
        );
    }
    const files: Record<string, FileStamp> = {};
    const write = async (name: string, bytes: string | Uint8Array) => {
      files[name] = await context.stages.writeFile(context.key, name, bytes);
    };
    let sheet = 0;
    for await (const bytes of stack.sheets()) await write(wishSheetName(sheet++), bytes);
    await write(MAXIMISATION_FILE, JSON.stringify(file));
    for (const snapshot of steps.keys())
      await rm(context.stages.file(context.key, stripName(snapshot)), { force: true });
    return files;
  }
}

function stripName(snapshot: number): string {
  return `strip-${snapshot}.png`;
}

async function describe(
  {
    stage,
    goals,
    picture: { size },
    snapshots,
  }: { readonly stage: NetworkAnalysisStage } & Pick<SnapshotParts, 'goals' | 'picture'> & {
      readonly snapshots: Snapshots;
    },
  context: StageContext,
): Promise<MaximisationFile> {
  const noise = await noiseValues(goals, size, context.seed);
  return {
    ...{ version: MAXIMISATION_VERSION, kind: 'maximisation', pretraining: stage.pretraining, size },
    snapshots: [...snapshots.steps],
    wishes: goals.map(({ of, layer, index, name }, wish) => ({
      ...{ of, layer, index, name, noise: noise[wish]! },
      values: [...snapshots.steps.keys()].map((snapshot) => snapshots.value(wish, snapshot)),
    })),
  };
}

/** Of each wish, the mean over pictures of independent grey pixels. */
async function noiseValues(goals: readonly Goal[], size: number, seed: number): Promise<number[]> {
  const sums = goals.map(() => 0);
  for (let i = 0; i < NOISE_PICTURES; i++) {
    const random = deriveRandom(seed, 'noise', i);
    const grey = Float32Array.from({ length: size * size }, () => random.uniformIn(-2, 2));
    const pixels = Float32Array.from({ length: size * size * 3 }, (_, k) => grey[Math.floor(k / 3)]!);
    for (const [wish, goal] of goals.entries()) sums[wish]! += (await valueOf(goal, pixels, size)) / NOISE_PICTURES;
  }
  return sums;
}

/** How far wishes were met: of each layer, the share of wishes that beat grey noise, and by how much in its own units. */
function scoreLayers({ wishes }: MaximisationFile, { backbone }: GoalSource): LayerScore[] {
  const layers = [...new Set(wishes.map(({ layer }) => layer))].filter((layer) => layer !== '');
  return layers.map((layer, position) => {
    const own = wishes.filter((wish) => wish.layer === layer);
    const met = own.filter(({ values, noise }) => values.at(-1)! > noise).length;
    const gain = own.reduce((sum, { values, noise }) => sum + values.at(-1)! - noise, 0) / own.length;
    return {
      layer,
      depth: layers.length > 1 ? position / (layers.length - 1) : 1,
      dimension: backbone.layers.find(({ name }) => name === layer)!.channels,
      metrics: { wishesMet: met / own.length, gainOverNoise: gain },
    };
  });
}
