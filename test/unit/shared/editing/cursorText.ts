/** Texts with a cursor mark `|`, and what editing functions make of them, for tests. */
import { complete, type CompletionOptions } from '../../../../src/shared/editing/completion';
import { SourceTree } from '../../../../src/shared/editing/sourceTree';
import { readRecipes } from '../experiment/recipeBook';

export const recipes = readRecipes();

/** The text without its mark, and where the mark was. */
export function atCursor(marked: string): { readonly text: string; readonly offset: number } {
  const offset = marked.indexOf('|');
  if (offset < 0) throw new Error(`no cursor in ${JSON.stringify(marked)}`);
  return { text: marked.slice(0, offset) + marked.slice(offset + 1), offset };
}

export function treeAt(marked: string): { readonly tree: SourceTree; readonly offset: number } {
  const { text, offset } = atCursor(marked);
  return { tree: new SourceTree(text), offset };
}

/** Labels of the completions at the mark. */
export function labelsAt(marked: string, options: Partial<CompletionOptions> = {}): string[] {
  const { text, offset } = atCursor(marked);
  return complete(text, offset, { recipes, ...options }).items.map(({ label }) => label);
}

/** The text once the completion with this label is taken; places to type are left as they are shown. */
export function take(marked: string, label: string, options: Partial<CompletionOptions> = {}): string {
  const { text, offset } = atCursor(marked);
  const { items, start, end } = complete(text, offset, { recipes, ...options });
  const item = items.find((one) => one.label === label);
  if (!item) throw new Error(`no completion ${label} among ${items.map((one) => one.label).join(', ')}`);
  const inserted = item.snippet
    .replace(/(?<!\\)\$\{\d:((?:\\.|[^}\\])*)\}/g, '$1')
    .replace(/(?<!\\)\$\d/g, '')
    .replace(/\\([\\$}])/g, '$1');
  // The editor indents what follows a line break as the line of the cursor.
  const indent = /^ */.exec(text.slice(text.lastIndexOf('\n', start - 1) + 1))![0];
  return text.slice(0, start) + inserted.replaceAll('\n', `\n${indent}`) + text.slice(end);
}
