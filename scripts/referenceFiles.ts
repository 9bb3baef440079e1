/** Files that are made from the experiment schema and the recipes, as text by path; the test of their being current makes them too. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { createProgram } from '../src/cli/program';
import type { Surroundings } from '../src/cli/terminal';
import { resultsJsonSchema } from '../src/shared/exchange/importedResults';
import { renderResultsPage } from '../src/shared/exchange/resultsPage';
import { experimentJsonSchema } from '../src/shared/experiment/jsonSchema';
import { parseRecipe, type Recipe } from '../src/shared/experiment/recipe';
import { renderRecipePages } from '../src/shared/experiment/recipePages';
import { renderReferencePage } from '../src/shared/experiment/referencePage';
import { renderCommandPage } from './commandPage';

/** Commands are described and none is run, so that nothing around them is touched. */
const nowhere = { stdout: {}, stderr: {} } as unknown as Surroundings;

/** Texts by path relative to the repository, formatted as `prettier` leaves them. */
export async function makeReferenceFiles(repository: string): Promise<Readonly<Record<string, string>>> {
  const style = { printWidth: 120 };
  const markdown = (text: string) => format(text, { ...style, parser: 'markdown' });
  const recipes = readRecipes(join(repository, 'recipes'));
  const pages: Record<string, string> = {};
  for (const [name, text] of renderRecipePages(recipes))
    pages[`docs/reference/recipes/${name}.md`] = await markdown(text);
  return {
    ...pages,
    'schemas/experiment.schema.json': await format(JSON.stringify(experimentJsonSchema()), {
      ...style,
      parser: 'json',
    }),
    'schemas/results.schema.json': await format(JSON.stringify(resultsJsonSchema()), { ...style, parser: 'json' }),
    'docs/reference/results-file.md': await markdown(renderResultsPage()),
    'docs/reference/command-line.md': await markdown(renderCommandPage(createProgram(nowhere, () => undefined))),
    'docs/reference/experiment-file.md': await markdown(renderReferencePage(recipes)),
  };
}

function readRecipes(folder: string): Map<string, Recipe> {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length));
  return new Map(names.map((name) => [name, parseRecipe(readFileSync(join(folder, `${name}.yaml`), 'utf8'), name)]));
}
