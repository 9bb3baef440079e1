/** A recipe in Markdown: what it is, where it is from, its settings as a table. */
import type { Recipe } from '../experiment/recipe';
import { linkPapers, plainValue } from './fieldMarkdown';

export function recipeMarkdown(recipe: Recipe): string {
  const purpose = recipe.for === 'pretraining' ? recipe.method : recipe.task;
  const rows = flatten(recipe.settings).map(([key, value]) => `| \`${key}\` | \`${plainValue(value)}\` |`);
  const parts = [
    `**\`${recipe.name}\`** · recipe for \`${purpose}\``,
    recipe.about,
    recipe.paper && `*${linkPapers(recipe.paper)}*`,
    ['| setting | value |', '| --- | --- |', ...rows].join('\n'),
  ];
  return parts.filter(Boolean).join('\n\n');
}

/** Settings of settings under dotted names: `schedule.kind`. */
function flatten(settings: object): [string, unknown][] {
  return Object.entries(settings).flatMap(([key, value]): [string, unknown][] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? flatten(value as object).map(([below, inner]) => [`${key}.${below}`, inner])
      : [[key, value]],
  );
}
