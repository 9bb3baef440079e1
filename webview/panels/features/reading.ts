/** Reads what stages left, each once, through the worker; what cannot be read becomes a note. */
import type { FeaturesModel, FeaturesStage } from '../../../src/shared/protocol/panels/featuresPanel';
import { ACTIVATIONS_FILE, ACTIVATIONS_TENSORS } from '../../../src/shared/results/activations';
import { ATTRIBUTION_FILE, ATTRIBUTION_TENSORS } from '../../../src/shared/results/attribution';
import { INVERSION_FILE } from '../../../src/shared/results/inversion';
import { MAXIMISATION_FILE } from '../../../src/shared/results/maximisation';
import type { FeaturesFile } from '../../../src/shared/views/features/featuresStudy';
import { fetchOf, startEngine, type Engine } from '../../ui/engine';
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

type Result = { readonly file: FeaturesFile } | { readonly problem: string };

export function createReading(): Reading {
  let opened: { readonly engine: Engine<EngineCalls>; readonly bitmaps: FeaturesBitmaps } | undefined;
  /** By key: what a stage left does not change. */
  const known = new Map<string, Promise<Result>>();
  const readOne = async (engine: Engine<EngineCalls>, { key, kind, folder }: FeaturesStage): Promise<FeaturesFile> => {
    const { text, arrays } = files[kind];
    const [said, bytes] = await Promise.all([
      fetchOf(`${folder}/${text}`).then((found) => found.text()),
      arrays === undefined ? undefined : fetchOf(`${folder}/${arrays}`).then((found) => found.arrayBuffer()),
    ]);
    return engine.call('read', { stage: key, kind, text: said, ...(bytes && { arrays: bytes }) });
  };
  const resultOf = (engine: Engine<EngineCalls>, stage: FeaturesStage): Promise<Result> => {
    const before = known.get(stage.key);
    if (before) return before;
    const result = readOne(engine, stage).then(
      (file) => ({ file }),
      (error: unknown) => {
        // It may be there the next time.
        known.delete(stage.key);
        const why = error instanceof Error ? error.message : String(error);
        return { problem: `${stage.analysis} of ${stage.pretraining}: ${why}` };
      },
    );
    known.set(stage.key, result);
    return result;
  };
  return {
    read: async ({ workerScript }, stages) => {
      if (!opened) {
        const engine = await startEngine<EngineCalls>(workerScript);
        opened = { engine, bitmaps: createBitmaps(engine) };
      }
      const { engine } = opened;
      const results = await Promise.all(stages.map((stage) => resultOf(engine, stage)));
      return {
        ...opened,
        read: results.flatMap((result, i) => ('file' in result ? [{ stage: stages[i]!, file: result.file }] : [])),
        problems: results.flatMap((result) => ('problem' in result ? [result.problem] : [])),
      };
    },
  };
}
