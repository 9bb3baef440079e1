/** The shipped recipes, read from disk for tests. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRecipe, type Recipe, type RecipeBook } from '../../../../src/shared/experiment/recipe';

const folder = join(import.meta.dirname, '../../../../recipes');

export function readRecipes(): RecipeBook {
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  const recipes = names.map((file): [string, Recipe] => {
    const name = file.replace(/\.yaml$/, '');
    return [name, parseRecipe(readFileSync(join(folder, file), 'utf8'), name)];
  });
  return new Map(recipes);
}
