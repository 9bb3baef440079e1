/** Imported weights that do not fit the backbone, or that were made for other images than these. */
import type { CheckContext } from './context';

export function checkWeights(context: CheckContext): void {
  for (const { id, method } of context.experiment.pretrainings) {
    const facts = context.facts.weights;
    if (method !== 'imported' || !facts || !Object.hasOwn(facts, id)) continue;
    const { problem, warnings } = facts[id]!;
    const path = context.pathOf(id, 'weights');
    if (problem !== undefined) context.report({ severity: 'error', code: 'unfit-weights', message: problem, path });
    for (const message of warnings) context.report({ severity: 'warning', code: 'strange-weights', message, path });
  }
}
