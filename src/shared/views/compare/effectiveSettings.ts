/** The settings behind one number, as a flat list: what was pretrained how, and measured on what. Only what has an effect. */
import type { AnalysisSettings } from '../../experiment/analysisSchema';
import type { Experiment, PretrainingSettings } from '../../experiment/schema';
import { countingSettings } from '../../experiment/stageSettings';
import { trainingOf } from '../../experiment/training';
import type { TransferSettings } from '../../experiment/transferSchema';
import type { SettingValue } from '../../results/settingValue';

export interface MeasuredBy {
  readonly experiment: Experiment;
  /** Folder that the experiment's relative paths refer to. */
  readonly baseDir: string;
  readonly pretraining: string;
  readonly transfer?: string | undefined;
  readonly analysis?: string | undefined;
}

/** Named in the file by these and hashed elsewhere, but what they say decides a comparison. */
const splitKeys = ['train', 'test', 'gallery', 'query', 'split', 'recipe'] as const;

/** By field in the order of the experiment; entries that the experiment does not have leave theirs out. */
export function effectiveSettings(by: MeasuredBy): Map<string, SettingValue> {
  const { experiment, baseDir } = by;
  const fields = new Map<string, SettingValue>();
  const named = experiment.pretrainings.find(({ id }) => id === by.pretraining);
  // A snapshot was trained by the settings of its training, up to a moment.
  const pretraining = trainingOf(by.pretraining, experiment.pretrainings) ?? named;
  const measure: TransferSettings | AnalysisSettings | undefined =
    by.transfer === undefined
      ? experiment.analyses.find(({ id }) => id === by.analysis)
      : experiment.transfers.find(({ id }) => id === by.transfer);
  if (pretraining) addEntry(fields, 'pretraining', pretraining);
  if (named?.method === 'snapshot') fields.set('pretraining.at', named.at);
  if (pretraining?.method === 'imported') fields.set('pretraining.weights', pretraining.weights);
  const addData = (group: string, entry: PretrainingSettings | TransferSettings | AnalysisSettings): void => {
    const data = 'data' in entry && entry.data !== undefined ? experiment.data[entry.data] : undefined;
    if (!data) return;
    flatten(fields, group, data);
    const root = fields.get(`${group}.root`);
    if (typeof root === 'string') fields.set(`${group}.root`, absolute(root, baseDir));
  };
  if (pretraining) addData('pretrainingData', pretraining);
  if (measure) {
    addEntry(fields, 'transfer', measure);
    addData('data', measure);
  }
  flatten(fields, 'backbone', experiment.backbone);
  return fields;
}

function addEntry(
  fields: Map<string, SettingValue>,
  group: string,
  entry: PretrainingSettings | TransferSettings | AnalysisSettings,
): void {
  flatten(fields, group, countingSettings(entry));
  const all = entry as unknown as Readonly<Record<string, unknown>>;
  for (const key of splitKeys) {
    const value = all[key];
    if (typeof value === 'string') fields.set(`${group}.${key}`, value);
  }
}

/** Nested mappings become dotted names; a list is one value. */
export function flatten(fields: Map<string, SettingValue>, name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') fields.set(name, value);
  else if (Array.isArray(value)) fields.set(name, value.every(isPlain) ? value.join(', ') : JSON.stringify(value));
  else for (const [key, part] of Object.entries(value)) flatten(fields, `${name}.${key}`, part);
}

function isPlain(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean';
}

/** Two files in different folders may mean the same images by different paths, and different ones by the same. */
function absolute(root: string, baseDir: string): string {
  if (/^([/\\]|[a-z]:[/\\]|[a-z][a-z+.-]+:|\$\{)/i.test(root)) return root;
  const parts: string[] = [];
  for (const part of `${baseDir}/${root}`.split(/[/\\]/)) {
    if (part === '..' && parts.length > 1) parts.pop();
    else if (part !== '.' && (part !== '' || parts.length === 0)) parts.push(part);
  }
  return parts.join('/');
}
