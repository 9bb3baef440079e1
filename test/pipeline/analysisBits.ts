/** Tiny results of analyses that look at images with the network itself, for the pinned bits. */
import { readFileSync } from 'node:fs';
import type { NetworkAnalysis } from '../../src/shared/experiment/analysisSchema';
import type { ExplainedModel, NetworkAnalysisStage } from '../../src/shared/experiment/stages';
import { probeNames } from '../../src/shared/experiment/augmentation';
import { ACTIVATIONS_TENSORS } from '../../src/shared/results/activations';
import { ATTRIBUTION_TENSORS } from '../../src/shared/results/attribution';
import { MAXIMISATION_FILE } from '../../src/shared/results/maximisation';
import type { StageRecord, StageResult } from '../../src/shared/results/records';
import { runAnalysis } from '../../src/worker/analysis/runAnalysis';
import { encodeWeights } from '../../src/worker/checkpoint/weightsFile';
import { createHead } from '../../src/worker/models/heads';
import { createBackbone } from '../../src/worker/models/registry';
import { CHECKPOINT_FILE } from '../../src/worker/pretrain/pretraining';
import type { StageContext } from '../../src/worker/stageContext';
import { cheapRandom, fillWithFormula } from '../unit/worker/models/formulaWeights';
import { IMAGE_SIDE, tinyBackbone } from './tinyWorld';

export interface LookedResult {
  readonly result: StageResult;
  /** Content of its file, where the record does not hold all. */
  readonly bytes: Uint8Array;
}

const base = { imageSize: IMAGE_SIDE, of: ['any'], layers: ['layer2', 'layer3'] } as const;
const looking = { ...base, data: 'tiny', split: 'train' } as const;
const many = { ...looking, images: 24 } as const;
const own: ExplainedModel = { source: 'pretraining', data: 'tiny', split: 'train' };

interface Case {
  readonly settings: NetworkAnalysis;
  readonly explained?: ExplainedModel;
  readonly file?: string;
}

const cases: readonly Case[] = [
  {
    settings: {
      ...{ ...looking, id: 'activations', kind: 'activations', images: [0, 5] },
      ...{ channels: 4, scan: 24, examples: 2, dimensions: 3 },
    },
    file: ACTIVATIONS_TENSORS,
  },
  {
    settings: {
      ...{ ...looking, id: 'attribution', kind: 'attribution', images: [5], target: { class: 2 } },
      ...{ methods: ['grad-cam', 'occlusion'], window: 2, steps: 4 },
    },
    explained: own,
    file: ATTRIBUTION_TENSORS,
  },
  {
    settings: {
      ...{ ...base, id: 'maximisation', kind: 'maximisation', maximise: 'channel', channels: 2, iterations: 3 },
      ...{ learningRate: 0.05, jitter: 0.1, rotate: 5, zoom: 0.1, snapshots: 2, checkpointEvery: 3 },
    },
    file: MAXIMISATION_FILE,
  },
  { settings: { ...many, id: 'likeness', kind: 'likeness', augment: 'moco-v2', pool: 'average' } },
  { settings: { ...many, id: 'invariance', kind: 'invariance', augmentations: [...probeNames], pool: 'average' } },
  { settings: { ...many, id: 'readout', kind: 'readout', places: 4, l2: 0.001 } },
  { settings: { ...many, id: 'leep', kind: 'leep' } },
];

/** One of each kind, of a network with formula weights and a classifier of four classes. */
export async function lookAll(
  contextOf: (key: string, needs?: StageContext['needs']) => StageContext,
): Promise<Map<string, LookedResult>> {
  const backbone = createBackbone(tinyBackbone, cheapRandom);
  const head = createHead({ kind: 'classifier', inputSize: backbone.featureSize, outputSize: 4 }, cheapRandom);
  for (const { weights } of [backbone, head]) fillWithFormula(weights);
  const bytes = await encodeWeights({ stores: [backbone.weights, head.weights] });
  await contextOf('looked').stages.writeFile('looked', CHECKPOINT_FILE, bytes);
  backbone.dispose();
  head.dispose();
  const pretraining = { key: 'looked', result: { kind: 'pretraining', method: 'supervised' } } as StageRecord;
  const needs = new Map([['looked', pretraining]]);
  const found = new Map<string, LookedResult>();
  for (const { settings, explained, file } of cases) {
    const { id } = settings;
    const stage: NetworkAnalysisStage = {
      ...{ kind: 'analysis', key: id, id, label: id, pretraining: 'any', seed: 3, seeds: [3], needs: ['looked'] },
      ...{ analysis: id, settings, backbone: tinyBackbone, weights: 'looked', ...(explained && { explained }) },
    };
    const context = contextOf(id, needs);
    const { result } = await runAnalysis(stage, context);
    const bytes = file === undefined ? new Uint8Array() : readFileSync(context.stages.file(id, file));
    found.set(id, { result, bytes });
  }
  return found;
}
