/** A page for each recipe, in Markdown, from the recipe's own file: where its values are from, what differs, how to use it. */
import { Document, isMap, isScalar, visit } from 'yaml';
import type { Recipe, RecipeBook } from './recipe';

const notice = '<!-- Made by scripts/generateSchema.ts from recipes/; do not edit. -->';

/** Texts by name of the recipe. */
export function renderRecipePages(recipes: RecipeBook): ReadonlyMap<string, string> {
  return new Map([...recipes].map(([name, recipe]) => [name, renderPage(recipe)]));
}

/** The task or method that a recipe is for. */
export function purposeOf(recipe: Recipe): string {
  return recipe.for === 'pretraining' ? recipe.method : recipe.task;
}

function renderPage(recipe: Recipe): string {
  return (
    [
      `# Recipe \`${recipe.name}\``,
      notice,
      recipe.about,
      `## Source\n\n${recipe.paper ?? 'Made for this project, for small machines; nothing published stands behind it.'}`,
      differences(recipe),
      `## Use\n\n${yamlBlock(usageOf(recipe))}\n\nWhat the experiment file says goes before the recipe.`,
      `## Settings\n\nOthers have the defaults of the [experiment file](../experiment-file.md).\n\n${yamlBlock(recipe.settings)}`,
    ]
      .filter((part) => part !== undefined)
      .join('\n\n') + '\n'
  );
}

function differences({ differs, paper }: Recipe): string | undefined {
  if (!differs) return undefined;
  const title = paper === undefined ? 'Good to know' : 'What differs from the source';
  return `## ${title}\n\n${differs.map((point) => `- ${point}`).join('\n')}`;
}

function usageOf(recipe: Recipe): object {
  const place = { data: 'images', recipe: recipe.name };
  if (recipe.for === 'pretraining') return { pretrainings: [{ id: 'mine', method: recipe.method, ...place }] };
  return { transfers: [{ id: 'mine', task: recipe.task, ...place }] };
}

/** Lists and mappings of plain values stay on one line. */
function yamlBlock(value: unknown): string {
  const document = new Document(value);
  visit(document, {
    Seq: (_, list) => void (list.flow = list.items.every(isScalar)),
    Pair: (_, { value: inner }) => {
      if (isMap(inner)) inner.flow = inner.items.every((item) => isScalar(item.value));
    },
  });
  return `\`\`\`yaml\n${document.toString({ lineWidth: 0, flowCollectionPadding: false }).trimEnd()}\n\`\`\``;
}
