/** A setting in Markdown, for hover and completion: what it is, what may stand here, its default and where it is from. */
import { describeAllowed, showValue, type SchemaPlace } from '../experiment/describe';
import { defaultOf } from '../experiment/fields';
import type { TrainedMethod } from '../experiment/methods';
import { describeDefault } from '../experiment/jsonSchema';

export interface FieldSetting {
  readonly name: string;
  readonly place: SchemaPlace;
  /** Method of the pretraining, where it is known: picks the default. */
  readonly method?: TrainedMethod;
  /** Value from the recipe of the entry. */
  readonly fromRecipe?: { readonly recipe: string; readonly value: unknown };
}

export function fieldMarkdown({ name, place, method, fromRecipe }: FieldSetting): string {
  const { info } = place;
  const parts = [`**\`${name}\`** · ${shortAllowed(place)}`];
  if (info) parts.push(info.doc);
  const recipe = fromRecipe && `Recipe \`${fromRecipe.recipe}\`: \`${plainValue(fromRecipe.value)}\`.`;
  const values = [defaultWords(place, method), recipe].filter(Boolean).join(' ');
  if (values) parts.push(values);
  if (info?.paper) parts.push(`*${linkPapers(info.paper)}*`);
  return parts.join('\n\n');
}

/** The default of the method where it is known, else the default in words; "required" for keys without one. */
function defaultWords({ info }: SchemaPlace, method: TrainedMethod | undefined): string {
  if (!info) return '';
  if (method && info.defaultByMethod)
    return `Default: \`${plainValue(info.defaultByMethod[method])}\` for \`${method}\`.`;
  const words = describeDefault(info);
  if (words === undefined) return 'Required.';
  return `Default: ${info.default === undefined || words === 'none' ? words : `\`${words}\``}.`;
}

/** Words as they are, anything else as its JSON. */
export function plainValue(value: unknown): string {
  return typeof value === 'string' ? value : showValue(value);
}

/** What may stand at a place. Mappings and lists of mappings have their own keys explained. */
export function shortAllowed(place: SchemaPlace): string {
  const words = describeAllowed(place);
  return words.startsWith('a mapping with') ? 'a mapping' : words;
}

/** "arXiv 1911.05722" as a link. */
export function linkPapers(text: string): string {
  return text.replace(/arXiv (\d{4}\.\d{4,5})/g, 'arXiv [$1](https://arxiv.org/abs/$1)');
}

/** The value that a setting has when the file says nothing. */
export function usualValue({ info, type }: SchemaPlace, method: TrainedMethod | undefined): unknown {
  if (method && info?.defaultByMethod) return info.defaultByMethod[method];
  return info?.default ?? defaultOf(type, method);
}
