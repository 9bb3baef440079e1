/**
 * Recipes: named, published settings, one YAML file each under recipes/. A pretraining or transfer that names one starts
 * from its settings; what the experiment file says goes first. The files are read elsewhere, since this layer does no I/O.
 */
import { z } from 'zod';
import { UserError } from '../errors';
import { readDocument } from './document';
import { field, required } from './fields';
import { trainedMethods } from './methods';
import { classificationFields, detectionFields, detectors, fineTuningFields } from './fineTuningFields';
import { landmarkFields, landmarkProbeFields, landmarkTrainingFields } from './landmarkFields';
import { pretrainingFields } from './pretrainingFields';
import { segmentationFields, segmenters } from './segmentationFields';
import { findSchemaProblems } from './schemaProblems';
import {
  budgetFields,
  commonTransferFields,
  fewShotFields,
  knnFields,
  multilabelFields,
  probeFields,
  sweepFields,
} from './transferFields';

const {
  id: _id,
  about: _about,
  method: _method,
  weights: _weights,
  of: _of,
  at: _at,
  snapshots: _snapshots,
  data: _data,
  split: _split,
  recipe: _recipe,
  matrix: _matrix,
  resources: _resources,
  ...settingFields
} = pretrainingFields;

const about = required(z.string(), { doc: 'What it is and where its values are from.' });
const paper = field(z.string(), { doc: 'Reference: author year, arXiv number.' });

const differs = field(z.array(z.string().min(1).max(500)).min(1).max(20), {
  doc: 'What differs from the reference, a point each.',
});

const pretrainingRecipe = z.strictObject({
  about,
  paper,
  differs,
  for: required(z.literal('pretraining'), { doc: 'Whom the settings are for.' }),
  method: required(z.enum(trainedMethods), { doc: 'Method that the settings belong to.' }),
  settings: required(z.strictObject(settingFields), { doc: 'Settings of a pretraining.' }),
});
const transferRecipe = z.strictObject({
  about,
  paper,
  differs,
  for: required(z.literal('transfer'), { doc: 'Whom the settings are for.' }),
  task: required(
    z.enum([
      'linear-probe',
      'knn',
      'few-shot',
      'multilabel-probe',
      'classification',
      'detection',
      'semantic-segmentation',
      'landmark-probe',
      'landmarks',
    ]),
    {
      doc: 'Task that the settings belong to.',
    },
  ),
  // Where tasks share a name, the wider range stands here; each transfer has its task's own.
  settings: required(
    z
      .strictObject({
        ...fewShotFields,
        ...probeFields,
        ...sweepFields,
        ...budgetFields,
        ...knnFields,
        ...multilabelFields,
        ...fineTuningFields,
        ...classificationFields,
        ...segmentationFields,
        ...detectionFields,
        ...landmarkFields,
        ...landmarkProbeFields,
        ...landmarkTrainingFields,
        imageSize: commonTransferFields.imageSize,
        batch: probeFields.batch,
        learningRate: probeFields.learningRate,
        model: field(z.enum([...detectors, ...segmenters]), { doc: 'The network around the backbone.' }),
        shortestSide: field(
          z.union([detectionFields.shortestSide.unwrap(), segmentationFields.shortestSide.unwrap()]),
          { doc: 'Length, or lengths to draw from, that the shorter side of pictures is scaled to.', unit: 'px' },
        ),
      })
      .partial(),
    {
      doc: 'Settings of a transfer.',
    },
  ),
});
const recipeSchema = z.discriminatedUnion('for', [pretrainingRecipe, transferRecipe]);

export type Recipe = { readonly name: string } & (z.output<typeof pretrainingRecipe> | z.output<typeof transferRecipe>);
export type PretrainingRecipe = Extract<Recipe, { for: 'pretraining' }>;
export type TransferRecipe = Extract<Recipe, { for: 'transfer' }>;

/** Recipes by name (file name without `.yaml`). */
export type RecipeBook = ReadonlyMap<string, Recipe>;

/** Reads a recipe file; a `UserError` says where it is wrong. */
export function parseRecipe(text: string, name: string): Recipe {
  const document = readDocument(text, `${name}.yaml`);
  const [problem] = document.problems;
  if (problem) throw new UserError('config', `Recipe ${name}: ${problem.message}.`, placeOf(name, problem.range.start));
  const [finding] = findSchemaProblems(recipeSchema, document.value, document);
  if (finding)
    throw new UserError(
      'config',
      `Recipe ${name}: ${finding.message}.`,
      placeOf(name, document.rangeOf(finding.path, finding.part).start),
    );
  return { name, ...recipeSchema.parse(document.value) };
}

function placeOf(
  name: string,
  { line, column }: { line: number; column: number },
): { file: string; line: number; column: number } {
  return { file: `${name}.yaml`, line, column };
}
