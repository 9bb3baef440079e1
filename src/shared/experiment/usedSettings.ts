/** Which settings of a pretraining its method uses; those that it does not are dropped, and said. */
import { pathOfSetting, type Cell } from './matrix';
import { isMomentumMethod } from './methods';
import { embeddingFields, momentumFields, trainingFields } from './pretrainingFields';
import type { ResolveContext } from './resolveData';
import type { PretrainingSettings, WrittenPretraining } from './schema';

type Method = PretrainingSettings['method'];

const keysOfTraining = new Set([
  'data',
  'split',
  'imageSize',
  'recipe',
  'epochs',
  'steps',
  'snapshots',
  'schedule',
  'monitor',
  ...Object.keys(trainingFields),
]);

/** Whether a method uses a setting of a pretraining. */
export function usesSetting(method: Method, key: string): boolean {
  if (['id', 'about', 'method', 'matrix', 'resources'].includes(key)) return true;
  if (method === 'random') return ['batchNorm', 'data', 'split', 'imageSize'].includes(key);
  const ofSnapshot = ['of', 'at'].includes(key);
  if (method === 'snapshot') return ofSnapshot;
  if (key === 'batchNorm' || ofSnapshot) return false;
  const ofImport = ['weights', 'family', 'prefix', 'encoder'].includes(key);
  if (method === 'imported') return ofImport;
  if (ofImport) return false;
  if (keysOfTraining.has(key)) return true;
  if (key in embeddingFields) return method !== 'supervised';
  if (key in momentumFields) return isMomentumMethod(method);
  return key === 'bank' && method === 'instdisc';
}

/** Says which written settings the method drops. */
export function reportUnused(
  cell: Cell<WrittenPretraining>,
  method: Method,
  { report, document }: ResolveContext,
): void {
  for (const key of Object.keys(cell.written)) {
    if (usesSetting(method, key)) continue;
    const path = pathOfSetting(cell, key);
    report({
      severity: 'warning',
      code: 'no-effect',
      message: `\`${key}\` has no effect with method \`${method}\`; remove it, or choose another method`,
      path,
      part: 'key',
      fixes: [document.fix.removeKey(path)],
    });
  }
}
