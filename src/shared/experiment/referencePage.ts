/** The reference page of the experiment file, in Markdown: one table a group of keys, from the same source as the checks. */
import type { z } from 'zod';
import {
  cityscapesFields,
  cocoFields,
  emojiFields,
  emojiScenesFields,
  idxFields,
  imageFolderFields,
  labelPngsFields,
  vocFields,
  vocSegmentationFields,
} from './dataFields';
import { describeAllowed, unwrap } from './describe';
import type { Shape } from './fields';
import { detectionFields, fineTuningFields } from './fineTuningFields';
import { describeDefault } from './jsonSchema';
import {
  bankFields,
  embeddingFields,
  momentumFields,
  monitorFields,
  pretrainingFields,
  scheduleFields,
  trainingFields,
} from './pretrainingFields';
import type { Recipe, RecipeBook } from './recipe';
import { segmentationFields } from './segmentationFields';
import { backboneFields } from './backboneFields';
import { experimentSchema } from './schema';
import {
  commonTransferFields,
  frozenFields,
  knnFields,
  probeFields,
  retrievalFields,
  splitFields,
} from './transferFields';

const introduction = `# The experiment file

<!-- Made by scripts/generateSchema.ts from src/shared/experiment; do not edit. -->

A \`*.transfer.yaml\` file (YAML 1.2, or JSON) describes one experiment: *pretrainings × transfers*, repeated over seeds.
Keys without a default have to be there. Paths are relative to the file or start with \`\${workspaceFolder}\`.
A setting comes from the first of these that has it: the entry's \`matrix\`, the entry, its \`recipe\`, the default.`;

/** The whole page. */
export function renderReferencePage(recipes: RecipeBook): string {
  const groups = new Set([
    ...Object.keys(trainingFields),
    ...Object.keys(embeddingFields),
    ...Object.keys(momentumFields),
  ]);
  const ownKeys = Object.fromEntries(Object.entries(pretrainingFields).filter(([key]) => !groups.has(key)));
  return (
    [
      introduction,
      section('## Experiment', experimentSchema.shape),
      section('## `backbone`', backboneFields),
      '## `data`\n\nNames of your choice, each with a `kind`.',
      section('### `kind: emoji`', emojiFields),
      section('### `kind: image-folder`', imageFolderFields),
      section('### `kind: idx`', idxFields),
      section('### `kind: emoji-scenes`', emojiScenesFields),
      section('### `kind: voc`', vocFields),
      section('### `kind: coco`', cocoFields),
      section('### `kind: cityscapes`', cityscapesFields),
      section('### `kind: voc-segmentation`', vocSegmentationFields),
      section('### `kind: label-pngs`', labelPngsFields),
      section('## `pretrainings`', ownKeys),
      section('### Settings of every trained method', trainingFields),
      section('### Settings of instdisc, moco, exemplar and supcon', embeddingFields),
      section('### Settings of moco, exemplar and supcon', momentumFields),
      section('### `schedule`', scheduleFields),
      section('### `monitor`', monitorFields),
      section('### `bank`', bankFields),
      section('## `transfers`', commonTransferFields),
      section('### `train` and `test`, for all but `retrieval`', splitFields),
      section('### Settings of `linear-probe`, `knn` and `retrieval`', frozenFields),
      section('### `task: linear-probe`', probeFields),
      section('### `task: knn`', knnFields),
      section('### `task: retrieval`', retrievalFields),
      section('### Settings of transfers that train the backbone further', fineTuningFields),
      section('### `task: detection`', detectionFields),
      section('### `task: semantic-segmentation`', segmentationFields),
      matrixSection,
      recipeSection(recipes),
    ].join('\n\n') + '\n'
  );
}

const matrixSection = `## \`matrix\`

\`matrix: { augment: [f, fr], learningRate: [0.03, 0.06] }\` in an entry called \`ladder\` makes the entries
\`ladder[f,0.03]\`, \`ladder[f,0.06]\`, \`ladder[fr,0.03]\` and \`ladder[fr,0.06]\`. \`of: [ladder]\` means all of them.`;

function recipeSection(recipes: RecipeBook): string {
  const rows = [...recipes.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((recipe) => [`\`${recipe.name}\``, `\`${purposeOf(recipe)}\``, recipe.about]);
  return `## Recipes\n\n${table(['recipe', 'for', 'what'], rows)}`;
}

function purposeOf(recipe: Recipe): string {
  return recipe.for === 'pretraining' ? recipe.method : recipe.task;
}

function section(title: string, shape: Shape): string {
  const rows = Object.entries(shape).map(([key, type]) => describeRow(key, type));
  return `${title}\n\n${table(['key', 'meaning', 'allowed', 'default'], rows)}`;
}

function describeRow(key: string, type: z.ZodType): string[] {
  const place = unwrap(type);
  if (!place.info) throw new Error(`internal: ${key} has no description`);
  const { doc, paper } = place.info;
  return [
    `\`${key}\``,
    paper ? `${doc} (${paper})` : doc,
    allowedWords(place),
    describeDefault(place.info) ?? 'required',
  ];
}

/** Nested groups have their own tables. */
function allowedWords(place: ReturnType<typeof unwrap>): string {
  const words = describeAllowed(place);
  if (words.startsWith('a mapping')) return 'a mapping';
  return words.startsWith('a list of') && place.type.type === 'array' && words.includes('mapping')
    ? 'a list of mappings'
    : words;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
