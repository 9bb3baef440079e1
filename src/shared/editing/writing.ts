/** How words and values are written into an experiment file, YAML or JSON, and into snippets. */
import type { Cursor } from './cursor';

/** Text as it stands in a snippet. */
export function escapeSnippet(text: string): string {
  return text.replace(/[\\$}]/g, '\\$&');
}

const plainWord = /^[A-Za-z_./][\w./@+-]*$/;
const otherMeaning = /^(true|false|null|yes|no|on|off|y|n|~)$/i;

/** A text value as it is written: in the quotes that stand already, in those of JSON, or plain where YAML allows it. */
export function writeWord(word: string, quote: Cursor['quote'], json: boolean): string {
  if (json || quote === '"') return JSON.stringify(word);
  if (quote === "'" || !plainWord.test(word) || otherMeaning.test(word)) return `'${word.replaceAll("'", "''")}'`;
  return word;
}

/** Any value as it is written within a line. */
export function writeValue(value: unknown, json: boolean): string {
  if (typeof value === 'string') return writeWord(value, '', json);
  if (Array.isArray(value)) return `[${value.map((item) => writeValue(item, json)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([key, item]) => `${writeWord(key, '', json)}: ${writeValue(item, json)}`);
  return `{ ${fields.join(', ')} }`;
}
