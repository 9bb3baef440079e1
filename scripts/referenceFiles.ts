/** Files that are made from the experiment schema, as text by path; the test of their being current makes them too. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { experimentJsonSchema } from '../src/shared/experiment/jsonSchema';
import { parseRecipe, type Recipe } from '../src/shared/experiment/recipe';
import { renderReferencePage } from '../src/shared/experiment/referencePage';

/** Texts by path relative to the repository, formatted as `prettier` leaves them. */
export async function makeReferenceFiles(repository: string): Promise<Readonly<Record<string, string>>> {
  const style = { printWidth: 120 };
  return {
    'schemas/experiment.schema.json': await format(JSON.stringify(experimentJsonSchema()), {
      ...style,
      parser: 'json',
    }),
    'docs/reference/experiment-file.md': await format(renderReferencePage(readRecipes(join(repository, 'recipes'))), {
      ...style,
      parser: 'markdown',
    }),
  };
}

function readRecipes(folder: string): Map<string, Recipe> {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length));
  return new Map(names.map((name) => [name, parseRecipe(readFileSync(join(folder, `${name}.yaml`), 'utf8'), name)]));
}
