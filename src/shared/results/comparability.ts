/**
 * Whether two measured numbers may stand against each other. A comparison asks what another pretraining does, so all else
 * must be equal: task, data, split, metric, image size, schedule, backbone. Compared are effective settings, as a flat list
 * (`transfer.learningRate` → 0.1), and never names, notes or what only watches a training. Left out: how settings are read.
 */

import type { SettingValue } from './settingValue';

/** By field, e.g. `transfer.imageSize`; what is not set is not there. */
export type EffectiveSettings = ReadonlyMap<string, SettingValue>;

/** What a reader calls a group of fields. */
export type UnfairTopic =
  | 'metric'
  | 'task'
  | 'data'
  | 'split'
  | 'recipe'
  | 'image size'
  | 'schedule'
  | 'labels'
  | 'layer'
  | 'backbone'
  | 'pretraining budget'
  | 'setting';

export interface UnfairField {
  readonly field: string;
  readonly topic: UnfairTopic;
  /** Undefined where it is not set. */
  readonly own: SettingValue | undefined;
  readonly other: SettingValue | undefined;
}

export interface FairnessRules {
  /** Fields and topics that count as the same whatever they are. */
  readonly treatedAsSame: ReadonlySet<string>;
  /** What pretrainings may spend is compared as well. */
  readonly isBudgetCompared?: boolean;
  /** One of the two was made elsewhere: what it does not say cannot be judged. */
  readonly isPartial?: boolean;
}

/** Topics in the order in which they are named. */
const topics: readonly UnfairTopic[] = [
  'metric',
  'task',
  'data',
  'split',
  'recipe',
  'image size',
  'schedule',
  'labels',
  'layer',
  'backbone',
  'pretraining budget',
  'setting',
];

const scheduleNames =
  /^(steps|epochs|schedule|learningRate|milestones|gamma|power|warmup\w*|batch|accumulate|optimiser|optimizer|momentum|weightDecay|per)$/i;
const splitNames = /^(train|test|split|gallery|query|trainSplit|testSplit)$/;
const sizeNames = /^(imageSize|shortestSide|longestSide|size|cropSize|crop)$/;
const labelNames = /^(budget|labels|classes)$/;
const budgetFields = /^pretraining\.(steps|epochs|batch|accumulate|imageSize|split)$|^pretrainingData\./;

/** Whether the field has a say at all; fields of the pretraining are what is compared. */
function isCompared(field: string, isBudgetCompared = false): boolean {
  if (field === 'transfer.recipe' || field === 'transfer.layers') return false;
  if (/^(transfer|data|backbone|measured)\./.test(field)) return true;
  return isBudgetCompared && budgetFields.test(field);
}

export function topicOf(field: string): UnfairTopic {
  const [group = '', ...rest] = field.split('.');
  const [name = ''] = rest;
  if (field === 'measured.metric' || name === 'metric') return 'metric';
  if (name === 'task' || field === 'transfer.kind') return 'task';
  if (field === 'measured.layer') return 'layer';
  if (group === 'measured') return 'data';
  if (group === 'backbone') return 'backbone';
  if (group === 'pretraining' || group === 'pretrainingData') return 'pretraining budget';
  if (splitNames.test(name)) return 'split';
  if (group === 'data') return name === 'labels' ? 'labels' : 'data';
  if (name === 'recipe') return 'recipe';
  if (sizeNames.test(name)) return 'image size';
  if (scheduleNames.test(name)) return 'schedule';
  return labelNames.test(name) ? 'labels' : 'setting';
}

/**
 * Fields that keep the two from being compared, by topic in the order in which they are named; none: the comparison is fair.
 * Where recipes differ by name and a setting does, too, the recipe comes along: it is what the user chose.
 */
export function findUnfairFields(
  own: EffectiveSettings,
  other: EffectiveSettings,
  { treatedAsSame, isBudgetCompared = false, isPartial = false }: FairnessRules = { treatedAsSame: new Set() },
): UnfairField[] {
  const found: UnfairField[] = [];
  const differsIn = (field: string): boolean => own.get(field) !== other.get(field);
  const areOtherTasks = differsIn('transfer.task') || differsIn('transfer.kind');
  const look = (field: string): void => {
    const [mine, theirs] = [own.get(field), other.get(field)];
    if (mine === theirs || !isCompared(field, isBudgetCompared)) return;
    const topic = topicOf(field);
    // The settings of another task are others; that it is another task says it all.
    const isOfTask = field.startsWith('transfer.') && (mine === undefined || theirs === undefined);
    if (areOtherTasks && (isOfTask || field === 'measured.task')) return;
    // Random and released weights have no budget to compare.
    if ((isPartial || topic === 'pretraining budget') && (mine === undefined || theirs === undefined)) return;
    if (!treatedAsSame.has(field) && !treatedAsSame.has(topic)) found.push({ field, topic, own: mine, other: theirs });
  };
  for (const field of own.keys()) look(field);
  for (const field of other.keys()) if (!own.has(field)) look(field);
  const recipes = [own.get('transfer.recipe'), other.get('transfer.recipe')] as const;
  const isRecipe =
    recipes[0] !== recipes[1] &&
    !(isPartial && recipes.includes(undefined)) &&
    found.some(({ field }) => field.startsWith('transfer.'));
  if (isRecipe && !treatedAsSame.has('recipe'))
    found.push({ field: 'transfer.recipe', topic: 'recipe', own: recipes[0], other: recipes[1] });
  const rank = ({ topic }: UnfairField): number => topics.indexOf(topic);
  return found.sort((a, b) => rank(a) - rank(b) || (a.field < b.field ? -1 : 1));
}

/** `image size: 32, not 64; schedule: steps 240, not 480 and 1 more`: the first field of each topic. */
export function describeUnfair(fields: readonly UnfairField[]): string {
  const parts = [...new Set(fields.map(({ topic }) => topic))].map((topic) => {
    const [first, ...more] = fields.filter((field) => field.topic === topic);
    const rest = more.length === 0 ? '' : ` and ${more.length} more`;
    return `${topic}: ${describeField(first!)}${rest}`;
  });
  return parts.join('; ');
}

/** `steps 240, not 480`; the name is left out where the topic says it. */
export function describeField({ field, topic, own, other }: UnfairField): string {
  const name = field.slice(field.indexOf('.') + 1);
  const isSaid = ['metric', 'task', 'recipe', 'layer'].includes(topic);
  return `${isSaid ? '' : `${name} `}${write(own)}, not ${write(other)}`;
}

function write(value: SettingValue | undefined): string {
  const text = value === undefined ? 'unset' : String(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
