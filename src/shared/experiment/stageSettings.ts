/** What of a stage's settings enters its content key. */
import type { Json } from '../hash';
import type { SimilarityKind } from './analysisFields';
import type { AnalysisSettings } from './analysisSchema';
import { unusedByMethod } from './embeddingFields';
import type { FrozenTransfer, TransferSettings } from './transferSchema';
import type { PretrainingSettings } from './schema';

/** Names, notes and what only watches a training cannot change a result; data, splits and weights enter by other keys. */
const resultFree: ReadonlySet<string> = new Set([
  ...['id', 'about', 'recipe', 'of', 'resources', 'monitor'],
  ...['checkpointEvery', 'logEvery', 'evaluateEvery', 'recompute', 'processes'],
  ...['data', 'weights', 'train', 'test', 'gallery', 'query', 'between', 'lpips', 'against', 'transfer', 'resamples'],
]);

/** As they enter the key. */
export function resultSettings(settings: PretrainingSettings | TransferSettings | AnalysisSettings): Json {
  // Stages whose key lacks this have shuffled keys within each part of an update, not over the whole of it.
  const shuffled = 'queue' in settings && settings.accumulate > 1 ? { shuffled: 'update' } : {};
  return { ...countingSettings(settings), ...shuffled };
}

/** Those that have an effect on the result. */
export function countingSettings(
  settings: PretrainingSettings | TransferSettings | AnalysisSettings,
): Readonly<Record<string, Json>> {
  const idle = unreadSettings(settings);
  const counts = ([key, value]: [string, unknown]) => {
    // One batch for an update is the same as no word of it: keys of stages that do not have the setting stay good.
    return !resultFree.has(key) && !idle.includes(key) && !(key === 'accumulate' && value === 1);
  };
  return toJson(Object.fromEntries(Object.entries(settings).filter(counts))) as Readonly<Record<string, Json>>;
}

/** Those that have no effect beside the solver, measure or method that is set. */
export function unreadSettings(settings: PretrainingSettings | TransferSettings | AnalysisSettings): readonly string[] {
  if ('solver' in settings) return unusedBySolver[settings.solver];
  if ('between' in settings) return unusedBy(settings.kind);
  return 'kind' in settings && settings.kind === 'embedding' ? unusedByMethod(settings.method) : [];
}

/** Settings of a linear probe that the other solver alone reads. */
const unusedBySolver: Readonly<Record<'lbfgs' | 'sgd', readonly string[]>> = {
  lbfgs: ['learningRate', 'momentum', 'weightDecay', 'epochs', 'milestones', 'batch'],
  sgd: ['l2'],
};

/** Settings of a comparison of layers that this measure does not read. */
export function unusedBy(kind: SimilarityKind): readonly string[] {
  const isInBatches = kind === 'cka' || kind === 'rbf-cka' || kind === 'rsa';
  return [
    ...(isInBatches ? [] : ['batch']),
    ...(kind === 'rbf-cka' ? [] : ['bandwidth']),
    ...(kind === 'svcca' || kind === 'pwcca' ? [] : ['variance']),
  ];
}

/** Plain JSON without keys that are undefined. */
export function toJson(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** Whether the seed has a say beyond the features: in the order of a descent, a choice of labels or images, episodes. */
export function drawsNumbers(transfer: FrozenTransfer): boolean {
  if (transfer.task === 'retrieval' || transfer.task === 'landmark-probe') return false;
  if (transfer.task === 'few-shot' || transfer.task === 'multilabel-probe') return true;
  if (transfer.budget !== undefined) return true;
  return transfer.task === 'linear-probe' && (transfer.solver === 'sgd' || transfer.sweep !== undefined);
}
