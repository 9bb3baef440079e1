/** Reads the maps that stages left, each once, through the worker; what cannot be read becomes a note. */
import type { EmbeddingModel, EmbeddingStage } from '../../../src/shared/protocol/panels/embeddingPanel';
import { EMBEDDING_ARRAYS_FILE, EMBEDDING_FILE, type EmbeddingResults } from '../../../src/shared/results/embedding';
import type { ReadEmbedding } from '../../../src/shared/views/embedding/embeddingStudy';
import { fetchOf, startEngine, type Engine } from '../../ui/engine';
import type { EngineCalls } from './engineMessages';

export interface ReadMaps {
  /** Those that could be read, in the order asked for. */
  readonly read: readonly ReadEmbedding[];
  readonly problems: readonly string[];
}

export type Reading = (model: EmbeddingModel, stages: readonly EmbeddingStage[]) => Promise<ReadMaps>;

type Result = { readonly results: EmbeddingResults } | { readonly problem: string };

export function createReading(): Reading {
  let engine: Promise<Engine<EngineCalls>> | undefined;
  /** By key: what a stage left does not change. */
  const known = new Map<string, Promise<Result>>();
  const readOne = async (script: string, { folder }: EmbeddingStage): Promise<EmbeddingResults> => {
    const bytesOf = async (name: string): Promise<ArrayBuffer> => (await fetchOf(`${folder}/${name}`)).arrayBuffer();
    engine ??= startEngine<EngineCalls>(script);
    const [json, arrays] = await Promise.all([bytesOf(EMBEDDING_FILE), bytesOf(EMBEDDING_ARRAYS_FILE)]);
    return (await engine).call('read', { json, arrays });
  };
  const resultOf = (script: string, stage: EmbeddingStage): Promise<Result> => {
    const before = known.get(stage.key);
    if (before) return before;
    const result = readOne(script, stage).then(
      (results) => ({ results }),
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
  return async ({ workerScript }, stages) => {
    const all = await Promise.all(stages.map((stage) => resultOf(workerScript, stage)));
    return {
      read: all.flatMap((one, i) => ('results' in one ? [{ stage: stages[i]!, results: one.results }] : [])),
      problems: all.flatMap((one) => ('problem' in one ? [one.problem] : [])),
    };
  };
}
