/** The recipes shipped with the extension, read through the editor so that it works wherever the extension is installed. */
import * as vscode from 'vscode';
import { parseRecipe, type Recipe, type RecipeBook } from '../../shared/experiment/recipe';
import type { Log } from '../log';

export async function loadRecipes(extension: vscode.Uri, log: Log): Promise<RecipeBook> {
  const folder = vscode.Uri.joinPath(extension, 'recipes');
  const files = (await vscode.workspace.fs.readDirectory(folder))
    .map(([name]) => name)
    .filter((name) => name.endsWith('.yaml'));
  const recipes = await Promise.all(
    files.sort().map(async (file): Promise<Recipe[]> => {
      try {
        const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, file));
        return [parseRecipe(new TextDecoder().decode(bytes), file.slice(0, -'.yaml'.length))];
      } catch (error) {
        log.error(`cannot read the recipe ${file}`, error);
        return [];
      }
    }),
  );
  return new Map(recipes.flat().map((recipe) => [recipe.name, recipe]));
}
