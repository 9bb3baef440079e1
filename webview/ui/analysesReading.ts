/** The newest model of a panel of analyses; what its stages left is read anew when they are others, or when the view wants others. */
import type { AnalysesModel } from '../../src/shared/protocol/panels/analysesPanel';
import type { AnalysisStage } from '../../src/shared/protocol/panels/analysisStart';
import { createLatest } from './engine';

export interface AnalysesReading<Model> {
  /** Keeps the model, and reads its stages where they are not those of the model before. */
  take(model: Model): void;
  /** Reads for the model that is kept. */
  again(): void;
  readonly model: Model | undefined;
}

export interface AnalysesReadingOptions<Model> {
  readonly read: (model: Model) => Promise<void>;
  readonly onFail: (message: string) => void;
}

export function createAnalysesReading<Model extends AnalysesModel<AnalysisStage>>({
  read,
  onFail,
}: AnalysesReadingOptions<Model>): AnalysesReading<Model> {
  let model: Model | undefined;
  const load = createLatest(async (next: Model) => {
    try {
      await read(next);
    } catch (error) {
      onFail(error instanceof Error ? error.message : String(error));
    }
  });
  return {
    get model() {
      return model;
    },
    take: (next) => {
      const isOther = !model || studied(next) !== studied(model);
      model = next;
      if (isOther) load(next);
    },
    again: () => model && load(model),
  };
}

function studied({ stages, pretrainings }: AnalysesModel<AnalysisStage>): string {
  return JSON.stringify([stages, pretrainings]);
}
