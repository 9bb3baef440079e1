/** `Analyse…` for a map of other layers, models, or by another method. */
import type { AnalysisIntent } from '../../../src/shared/protocol/panels/analysisStart';
import {
  embeddingMethods,
  type EmbeddingMethod,
  type EmbeddingModel,
} from '../../../src/shared/protocol/panels/embeddingPanel';
import { methodNames } from '../../../src/shared/views/embedding/embeddingPanel';
import { createAnalysisMenu } from '../../ui/analysisMenu';
import { createChoice } from '../../ui/choice';

export interface StartMenu {
  readonly node: HTMLElement;
  draw(model: EmbeddingModel, seed: number | undefined): void;
}

export function createStartMenu(send: (intent: AnalysisIntent) => void): StartMenu {
  let method: EmbeddingMethod = 'umap';
  const choice = createChoice('Method', (value) => {
    method = value as EmbeddingMethod;
  });
  const menu = createAnalysisMenu(send, [choice.node]);
  return {
    node: menu.node,
    draw: ({ offer }, seed) => {
      choice.draw(
        embeddingMethods.map((value) => ({ value, label: methodNames[value] })),
        method,
      );
      menu.draw({
        ...{ offer, kinds: ['embedding'], layered: ['embedding'], settings: () => ({ method }) },
        ...(seed !== undefined && { seed }),
      });
    },
  };
}
