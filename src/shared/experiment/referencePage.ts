/** The reference page of the experiment file, in Markdown: one table a group of keys, from the same source as the checks. */
import type { z } from 'zod';
import {
  celebaFields,
  cityscapesFields,
  cocoFields,
  emojiFields,
  emojiScenesFields,
  idxFields,
  imageFolderFields,
  imageListsFields,
  labelPngsFields,
  ptsFields,
  vocFields,
  vocSegmentationFields,
} from './dataFields';
import { describeAllowed, listWords, unwrap } from './describe';
import { sourceFields } from './analysisFields';
import { analysisSchema } from './analysisSchema';
import { fieldInfo, type Shape } from './fields';
import { classificationFields, detectionFields, fineTuningFields } from './fineTuningFields';
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
import { landmarkFields, landmarkProbeFields, landmarkTrainingFields } from './landmarkFields';
import type { RecipeBook } from './recipe';
import { purposeOf } from './recipePages';
import { momentumMethods } from './methods';
import { resourceFields } from './resourceFields';
import { segmentationFields } from './segmentationFields';
import { backboneFields } from './backboneFields';
import { experimentSchema } from './schema';
import { columnFields, publishedFields, rowFields, tableFields } from './tableFields';
import {
  budgetFields,
  commonTransferFields,
  fewShotFields,
  frozenFields,
  knnFields,
  multilabelFields,
  probeFields,
  retrievalFields,
  splitFields,
  sweepFields,
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
      section('### `kind: image-lists`', imageListsFields),
      section('### `kind: idx`', idxFields),
      section('### `kind: emoji-scenes`', emojiScenesFields),
      section('### `kind: voc`', vocFields),
      section('### `kind: coco`', cocoFields),
      section('### `kind: cityscapes`', cityscapesFields),
      section('### `kind: voc-segmentation`', vocSegmentationFields),
      section('### `kind: label-pngs`', labelPngsFields),
      section('### `kind: celeba`', celebaFields),
      section('### `kind: pts`', ptsFields),
      section('## `pretrainings`', ownKeys),
      section('### Settings of every trained method', trainingFields),
      section(`### Settings of ${listWords(['instdisc', ...momentumMethods], 'and')}`, embeddingFields),
      section(`### Settings of ${listWords(momentumMethods, 'and')}`, momentumFields),
      section('### `schedule`', scheduleFields),
      section('### `monitor`', monitorFields),
      section('### `bank`', bankFields),
      section('## `transfers`', commonTransferFields),
      section('### `train` and `test`, for all but `retrieval`', splitFields),
      section('### Settings of transfers on frozen features', frozenFields),
      section('### `budget`, for `linear-probe`, `knn` and `classification`', budgetFields),
      section('### `task: linear-probe`', { ...probeFields, ...sweepFields }),
      section('### `task: knn`', knnFields),
      section('### `task: retrieval`', retrievalFields),
      section('### `task: few-shot`', fewShotFields),
      section('### `task: multilabel-probe`', multilabelFields),
      section('### `task: landmark-probe`', { ...landmarkFields, ...landmarkProbeFields }),
      section('### Settings of transfers that train the backbone further', fineTuningFields),
      section('### `task: classification`', classificationFields),
      section('### `task: landmarks`', { ...landmarkFields, ...landmarkTrainingFields }),
      section('### `task: detection`', detectionFields),
      section('### `task: semantic-segmentation`', segmentationFields),
      section('## `resources`', resourceFields),
      ...analysisSections(),
      section('## `tables`', tableFields),
      section('### Entries of `rows`', rowFields),
      section('### Entries of `columns`', columnFields),
      section('### Entries of `published`', publishedFields),
      matrixSection,
      recipeSection(recipes),
    ].join('\n\n') + '\n'
  );
}

/** One table for kinds that have equal settings; what all have stands once. */
function analysisSections(): string[] {
  const groups = new Map<string, z.core.$ZodShape[]>();
  for (const { shape } of analysisSchema.options) {
    const own = Object.entries(shape).filter(([key]) => key !== 'kind' && !(key in sourceFields));
    const key = own.map(([name, type]) => `${name} ${describeRow(name, type).join(' ')}`).join('\n');
    groups.set(key, [...(groups.get(key) ?? []), shape]);
  }
  const tables = [...groups.values()].map((shapes) => {
    const kinds = shapes.map((shape) => (shape.kind as z.ZodNonOptional<z.ZodLiteral<string>>).unwrap().value);
    const own = Object.fromEntries(
      Object.entries(shapes[0]!).filter(([key]) => key !== 'kind' && !(key in sourceFields)),
    );
    const what = shapes.map((shape, i) => `- \`${kinds[i]!}\`: ${fieldInfo.get(shape.kind as z.ZodType)!.doc}`);
    const title = `### ${kinds.map((kind) => `\`kind: ${kind}\``).join(', ')}`;
    return section(`${title}\n\n${what.join('\n')}`, own as Shape);
  });
  return [section('## `analyses`', sourceFields), ...tables];
}

const matrixSection = `## \`matrix\`

\`matrix: { augment: [f, fr], learningRate: [0.03, 0.06] }\` in an entry called \`ladder\` makes the entries
\`ladder[f,0.03]\`, \`ladder[f,0.06]\`, \`ladder[fr,0.03]\` and \`ladder[fr,0.06]\`. \`of: [ladder]\` means all of them.`;

function recipeSection(recipes: RecipeBook): string {
  const rows = [...recipes.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((recipe) => [`[\`${recipe.name}\`](recipes/${recipe.name}.md)`, `\`${purposeOf(recipe)}\``, recipe.about]);
  return `## Recipes\n\n${table(['recipe', 'for', 'what'], rows)}`;
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
