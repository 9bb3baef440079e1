/**
 * Where a cursor stands in a half-written file: which mapping wants a key there, or which key wants a value. A word is put
 * in place of what is being typed, the text is read as YAML, and the word is looked for; on an empty line several ways to
 * go on are tried. Idea: the dummy identifier of IntelliJ's completion. Left out: what to propose.
 */
import { isMap, isScalar } from 'yaml';
import { z } from 'zod';
import type { Path } from '../experiment/places';
import { schemaPlaceAt } from './looseExperiment';
import { SourceTree, spanOf, type Spot } from './sourceTree';

export interface Cursor {
  /** `key`: of the mapping at `path`; `value`: at `path`. */
  readonly wants: 'key' | 'value';
  readonly path: Path;
  /** The file with the word being typed taken out. */
  readonly tree: SourceTree;
  /** The word being typed, to be replaced. */
  readonly start: number;
  readonly end: number;
  /** Typed so far, without quotes. */
  readonly typed: string;
  /** The quote that the word stands in. */
  readonly quote: '' | '"' | "'";
  /** Text that has to come before what is inserted: a space after a colon, or a dash. */
  readonly lead: string;
  /** The key that stands here has its colon already. */
  readonly hasColon: boolean;
  /** Within brackets. */
  readonly flow: boolean;
  /** On the line of an item's dash, whose indentation is less than that of the item's keys. */
  readonly afterDash: boolean;
}

const hole = 'transferscopeCursor';

/** The word under the cursor and its surroundings on its line. */
interface Word {
  readonly start: number;
  readonly end: number;
  readonly quote: Cursor['quote'];
  readonly typed: string;
  readonly lead: string;
  /** Nothing but indentation and dashes before it. */
  readonly opensLine: boolean;
  readonly afterDash: boolean;
  readonly hasColon: boolean;
}

/** Undefined in comments, in block text, and where nothing can be made of the place. */
export function findCursor(text: string, offset: number): Cursor | undefined {
  const word = findWord(text, offset);
  if (!word) return undefined;
  for (const [lead, tail] of waysToGoOn(word, text)) {
    const probe = text.slice(0, word.start) + lead + hole + tail + text.slice(word.end);
    const tree = new SourceTree(probe, hole);
    const spot = tree.spotOf(hole);
    const cursor = spot && readSpot(spot, tree, { ...word, lead });
    if (cursor) return cursor;
  }
  return undefined;
}

/** What to put before and after the word, likeliest first. */
function waysToGoOn({ opensLine, hasColon, lead, start }: Word, text: string): (readonly [string, string])[] {
  if (hasColon) return [[lead, '']];
  if (!opensLine) {
    return [
      [lead, ''],
      [lead, ','],
    ];
  }
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const blank = text.slice(lineStart, start).trim() === '';
  const item = blank ? ([[`- `, ':']] as const) : [];
  return [[lead, ':'], [lead, ': ~,'], [lead, ''], ...item];
}

function readSpot(spot: Spot, tree: SourceTree, word: Word): Cursor | undefined {
  const { start, end, quote, typed, lead, hasColon } = word;
  const { parent, pair } = spot;
  const flow = Boolean((parent as { flow?: boolean } | undefined)?.flow);
  const afterDash = lead.startsWith('-') || word.afterDash;
  const common = { tree, start, end, quote, typed, lead, hasColon, flow, afterDash };
  if (spot.part === 'value') {
    const schema = schemaPlaceAt(tree.value, spot.path);
    const opensMapping = schema && !flow && word.opensLine && takesMapping(schema.type);
    return { ...common, wants: opensMapping ? 'key' : 'value', path: spot.path };
  }
  if (!isMap(parent) || !pair) return undefined;
  // A colon was supplied, and took in something that belongs elsewhere.
  if (!hasColon && pair.value !== null && !(isScalar(pair.value) && pair.value.value === null)) return undefined;
  const container = spot.path.slice(0, -1);
  const indent = tree.columnOf(spanOf(spot.node).start);
  const first = parent.items.find((item) => item !== pair);
  if (!flow && first && tree.columnOf(spanOf(first.key).start) !== indent) return undefined;
  const schema = schemaPlaceAt(tree.value, container);
  if (schema && !first && !takesMapping(schema.type)) {
    if (hasColon) return undefined;
    if (takesList(schema.type) && !lead.startsWith('-') && word.opensLine && !flow) {
      // `pretrainings:` with its first item still to come.
      const item = schemaPlaceAt(tree.value, [...container, 0]);
      const wants = item && takesMapping(item.type) ? 'key' : 'value';
      return { ...common, lead: '- ', wants, path: [...container, 0], afterDash: true };
    }
    return { ...common, wants: 'value', path: container, flow: false };
  }
  return { ...common, wants: 'key', path: container };
}

/** Whether a mapping may stand here, among other things. */
export function takesMapping(type: z.ZodType): boolean {
  if (type instanceof z.ZodUnion) return (type.options as z.ZodType[]).some(takesMapping);
  return type instanceof z.ZodObject || type instanceof z.ZodRecord;
}

/** Whether a list may stand here, among other things. */
export function takesList(type: z.ZodType): boolean {
  if (type instanceof z.ZodUnion) return (type.options as z.ZodType[]).some(takesList);
  return type instanceof z.ZodArray || type instanceof z.ZodTuple;
}

function findWord(text: string, offset: number): Word | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const lineEnd = text.indexOf('\n', offset) < 0 ? text.length : text.indexOf('\n', offset);
  const before = text.slice(lineStart, offset);
  const state = scanLine(before);
  if (state === 'comment') return undefined;
  const quoted = typeof state === 'object' ? state : undefined;
  let start = quoted ? lineStart + quoted.opened : offset - (plainPath(before) ?? wordEnding(before)).length;
  let end = offset + /^[^\s,[\]{}"'#:]*/.exec(text.slice(offset, lineEnd))![0].length;
  const typed = text.slice(quoted ? start + 1 : start, offset);
  if (quoted && text[end] === quoted.quote) end++;
  const dashes = /^\s*(-\s+)*-$/.test(before);
  if (dashes) start = offset;
  const needsSpace = !quoted && (dashes || (start > lineStart && text[start - 1] === ':'));
  const opensLine = /^\s*(-(\s+|$))*$/.test(text.slice(lineStart, start));
  return {
    start,
    end,
    quote: quoted?.quote ?? '',
    typed: dashes ? '' : typed,
    lead: needsSpace ? ' ' : '',
    opensLine,
    afterDash: opensLine && text.slice(lineStart, start).includes('-'),
    hasColon: /^\s*:(\s|$)/.test(text.slice(end, lineEnd)),
  };
}

/** The end of a line that belongs to one word. A colon does when no space follows, as in `package:name`. */
function wordEnding(before: string): string {
  return /(?:[^\s,[\]{}"'#:]|:(?=[^\s]))*$/.exec(before)![0];
}

/** What is typed of a path without quotes: it may hold spaces and begin with a variable. */
function plainPath(before: string): string | undefined {
  const found = /(?:^|[\s,{])["']?(?:root|list|weights)["']?:\s+((?:\$\{workspaceFolder\})?[^,[\]{}"'#]*)$/.exec(
    before,
  );
  return found?.[1] === '' ? undefined : found?.[1];
}

/** Whether the end of a line's beginning lies in a comment or in quotes. */
function scanLine(before: string): 'comment' | 'plain' | { readonly quote: '"' | "'"; readonly opened: number } {
  let quote: '"' | "'" | '' = '';
  let opened = 0;
  for (let i = 0; i < before.length; i++) {
    const letter = before[i]!;
    if (quote) {
      if (letter === '\\' && quote === '"') i++;
      else if (letter === quote) quote = '';
    } else if (letter === '#' && (i === 0 || /\s/.test(before[i - 1]!))) return 'comment';
    else if ((letter === '"' || letter === "'") && /(^|[\s,[{:-])$/.test(before.slice(Math.max(0, i - 1), i))) {
      quote = letter;
      opened = i;
    }
  }
  return quote ? { quote, opened } : 'plain';
}
