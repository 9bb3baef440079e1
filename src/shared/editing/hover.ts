/** Hover: a key's sentence, range, unit, default and reference; a value's meaning; what an id is and where it is used. */
import { describeLayers } from '../experiment/layers';
import type { Path } from '../experiment/places';
import type { RecipeBook } from '../experiment/recipe';
import { valueAt } from '../experiment/schemaProblems';
import { docOf } from './completeValues';
import { fieldMarkdown } from './fieldMarkdown';
import { describeId, idAt } from './identifiers';
import { backboneOf, entryAt, isTrainedMethod, methodOf, recipeOf, schemaPlaceAt } from './looseExperiment';
import { recipeMarkdown } from './recipeMarkdown';
import { spanOf, type SourceTree, type Span, type Spot } from './sourceTree';

export interface Hover extends Span {
  readonly markdown: string;
}

/** What there is to say about the text at `offset`. */
export function hover(tree: SourceTree, offset: number, recipes: RecipeBook): Hover | undefined {
  const spot = tree.spotAt(offset);
  if (!spot) return undefined;
  const id = idAt(tree, offset);
  const markdown = id
    ? describeId(tree, id)
    : spot.part === 'key'
      ? keyMarkdown(spot, tree, recipes)
      : valueMarkdown(spot, tree, recipes);
  return markdown === undefined ? undefined : { ...spanOf(spot.node), markdown };
}

function keyMarkdown({ path }: Spot, tree: SourceTree, recipes: RecipeBook): string | undefined {
  const root = tree.value;
  const place = schemaPlaceAt(root, path);
  if (!place?.info) return undefined;
  const entry = entryAt(root, path);
  const method = entry?.section === 'pretrainings' ? methodOf(entry.entry, recipes) : undefined;
  const recipe = entry && recipeOf(entry.entry, recipes);
  const value = recipe && valueAt(recipe.settings, entry.rest);
  return fieldMarkdown({
    name: String(path.at(-1)),
    place,
    ...(isTrainedMethod(method) && { method }),
    ...(recipe && value !== undefined && { fromRecipe: { recipe: recipe.name, value } }),
  });
}

function valueMarkdown(spot: Spot, tree: SourceTree, recipes: RecipeBook): string | undefined {
  const root = tree.value;
  const { value } = spot.node;
  const key = keyOf(spot.path, root);
  if (key === 'recipe' && typeof value === 'string') {
    const recipe = recipes.get(value);
    if (recipe) return recipeMarkdown(recipe);
  }
  if (key === 'layers' && typeof value === 'string') {
    const layer = layerMarkdown(value, root);
    if (layer) return layer;
  }
  const doc = docOf(spot.path, value, root);
  const field = keyMarkdown({ ...spot, path: fieldPath(spot.path) }, tree, recipes);
  if (doc === undefined) return field;
  return `**\`${String(value)}\`** · ${doc}${field ? `\n\n---\n\n${field}` : ''}`;
}

/** An item of a list is a value of the list's key. */
function fieldPath(path: Path): Path {
  return typeof path.at(-1) === 'number' && path.length > 2 && path.at(-2) !== undefined ? path.slice(0, -1) : path;
}

function keyOf(path: Path, root: unknown): string | undefined {
  const key = entryAt(root, path)?.rest[0];
  return typeof key === 'string' ? key : undefined;
}

function layerMarkdown(name: string, root: unknown): string | undefined {
  const backbone = backboneOf(root);
  const layers = backbone ? describeLayers(backbone) : [];
  const index = layers.findIndex((layer) => layer.name === name);
  const layer = layers[index];
  if (!backbone || !layer) return undefined;
  const grid = layer.stride > 0 ? `one feature every ${layer.stride} px of the image` : 'pooled over the image';
  return `**\`${name}\`** · layer ${index + 1} of ${layers.length} of ${backbone.name}\n\n${layer.channels} channels, ${grid}.`;
}
