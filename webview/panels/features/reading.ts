/** Reads what stages left, each once, through the worker; what cannot be read becomes a note. */
import type { FeaturesModel, FeaturesStage } from '../../../src/shared/protocol/panels/featuresPanel';
import { ACTIVATIONS_FILE, ACTIVATIONS_TENSORS } from '../../../src/shared/results/activations';
import { ATTRIBUTION_FILE, ATTRIBUTION_TENSORS } from '../../../src/shared/results/attribution';
import { INVERSION_FILE } from '../../../src/shared/results/inversion';
import { MAXIMISATION_FILE } from '../../../src/shared/results/maximisation';
import type { FeaturesFile } from '../../../src/shared/views/features/featuresStudy';
import { createEngineOnce, fetchOf, type Engine } from '../../ui/engine';
import { createStageReads } from '../../ui/stageReads';
import { createBitmaps, type FeaturesBitmaps } from './bitmaps';
import type { EngineCalls } from './engineMessages';

export interface ReadStages {
  readonly engine: Engine<EngineCalls>;
  readonly bitmaps: FeaturesBitmaps;
  /** Those that could be read, in the order asked for. */
  readonly read: readonly { readonly stage: FeaturesStage; readonly file: FeaturesFile }[];
  readonly problems: readonly string[];
}

export interface Reading {
  read(model: FeaturesModel, stages: readonly FeaturesStage[]): Promise<ReadStages>;
}

const files = {
  inversion: { text: INVERSION_FILE, arrays: undefined },
  activations: { text: ACTIVATIONS_FILE, arrays: ACTIVATIONS_TENSORS },
  attribution: { text: ATTRIBUTION_FILE, arrays: ATTRIBUTION_TENSORS },
  maximisation: { text: MAXIMISATION_FILE, arrays: undefined },
} as const;

export function createReading(): Reading {
  let opened: { readonly engine: Engine<EngineCalls>; readonly bitmaps: FeaturesBitmaps } | undefined;
  const start = createEngineOnce<EngineCalls>();
  const readStages = createStageReads<FeaturesStage, FeaturesFile>();
  const readOne = async (engine: Engine<EngineCalls>, { key, kind, folder }: FeaturesStage): Promise<FeaturesFile> => {
    const { text, arrays } = files[kind];
    const [said, bytes] = await Promise.all([
      fetchOf(`${folder}/${text}`).then((found) => found.text()),
      arrays === undefined ? undefined : fetchOf(`${folder}/${arrays}`).then((found) => found.arrayBuffer()),
    ]);
    return engine.call('read', { stage: key, kind, text: said, ...(bytes && { arrays: bytes }) });
  };
  return {
    read: async ({ workerScript }, stages) => {
      const engine = await start(workerScript);
      opened ??= { engine, bitmaps: createBitmaps(engine) };
      const { read, problems } = await readStages(stages, (stage) => readOne(engine, stage));
      return { ...opened, read: read.map(({ stage, value }) => ({ stage, file: value })), problems };
    },
  };
}
