/** Reads the maps that stages left, each once, through the worker; what cannot be read becomes a note. */
import type { EmbeddingModel, EmbeddingStage } from '../../../src/shared/protocol/panels/embeddingPanel';
import { EMBEDDING_ARRAYS_FILE, EMBEDDING_FILE, type EmbeddingResults } from '../../../src/shared/results/embedding';
import type { ReadEmbedding } from '../../../src/shared/views/embedding/embeddingStudy';
import { createEngineOnce, fetchOf } from '../../ui/engine';
import { createStageReads } from '../../ui/stageReads';
import type { EngineCalls } from './engineMessages';

export interface ReadMaps {
  /** Those that could be read, in the order asked for. */
  readonly read: readonly ReadEmbedding[];
  readonly problems: readonly string[];
}

export type Reading = (model: EmbeddingModel, stages: readonly EmbeddingStage[]) => Promise<ReadMaps>;

export function createReading(): Reading {
  const start = createEngineOnce<EngineCalls>();
  const readStages = createStageReads<EmbeddingStage, EmbeddingResults>();
  const readOne = async (script: string, { folder }: EmbeddingStage): Promise<EmbeddingResults> => {
    const bytesOf = async (name: string): Promise<ArrayBuffer> => (await fetchOf(`${folder}/${name}`)).arrayBuffer();
    const [engine, json, arrays] = await Promise.all([
      start(script),
      bytesOf(EMBEDDING_FILE),
      bytesOf(EMBEDDING_ARRAYS_FILE),
    ]);
    return engine.call('read', { json, arrays });
  };
  return async ({ workerScript }, stages) => {
    const { read, problems } = await readStages(stages, (stage) => readOne(workerScript, stage));
    return { read: read.map(({ stage, value }) => ({ stage, results: value })), problems };
  };
}
