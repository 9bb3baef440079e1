/** Quick fixes as text edits, which leave the rest of a file, its comments and its layout alone. */
import { isAlias, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import type { Path, Places } from './places';
import type { QuickFix } from './problem';

/** Edits that keep the layout of the rest of the file. Undefined where an edit cannot be made safely. */
export interface FixBuilder {
  replaceValue(path: Path, value: unknown, title?: string): QuickFix | undefined;
  renameKey(path: Path, name: string): QuickFix | undefined;
  removeKey(path: Path): QuickFix | undefined;
  /** Sets `path`, whose parent mapping exists, to a plain value. */
  setValue(path: Path, value: unknown, title?: string): QuickFix | undefined;
  /** Puts an item, written on one line, behind those of a list of the whole document; makes the list where there is none. */
  addItem(list: string, item: Readonly<Record<string, unknown>>, title?: string): QuickFix | undefined;
}

export class LayoutFixes implements FixBuilder {
  constructor(
    private readonly places: Places,
    private readonly text: string,
  ) {}

  replaceValue(path: Path, value: unknown, title?: string): QuickFix | undefined {
    const node = this.places.find(path)?.value;
    if (!node?.range || isAlias(node)) return undefined;
    return this.edit(title ?? `Change to ${plain(value)}`, node.range[0], node.range[1], inStyleOf(node, value));
  }

  renameKey(path: Path, name: string): QuickFix | undefined {
    const key = this.places.find(path)?.key;
    return key?.range ? this.edit(`Change to ${name}`, key.range[0], key.range[1], inStyleOf(key, name)) : undefined;
  }

  removeKey(path: Path): QuickFix | undefined {
    const place = this.places.find(path);
    if (!place?.pair || !isMap(place.parent)) return undefined;
    const items = place.parent.items;
    const index = items.indexOf(place.pair);
    const [before, after] = [items[index - 1], items[index + 1]];
    const title = `Remove ${String(path.at(-1))}`;
    if (after) return this.editBetween(title, startOf(place.pair), startOf(after));
    if (before) return this.editBetween(title, endOf(before), endOf(place.pair));
    return undefined;
  }

  setValue(path: Path, value: unknown, title?: string): QuickFix | undefined {
    const name = String(path.at(-1));
    if (this.places.find(path)?.value) return this.replaceValue(path, value, title ?? `Set ${name} to ${plain(value)}`);
    const parent = this.places.find(path.slice(0, -1))?.value;
    const first = isMap(parent) ? parent.items[0] : undefined;
    const start = first && startOf(first);
    if (!isMap(parent) || !first || start === undefined) return undefined;
    // After the first key, so that an `id` stays first.
    const end = endOf(first);
    if (end === undefined) return undefined;
    const indent = ' '.repeat(this.places.range(start, start).start.column - 1);
    const written = `${inStyleOf(first.key, name)}: ${inStyleOf(first.key, value)}`;
    const newText = parent.flow ? `, ${written}` : `\n${indent}${written}`;
    const place = parent.flow ? end : this.endOfLine(end);
    return this.edit(title ?? `Set ${name} to ${plain(value)}`, place, place, newText);
  }

  addItem(list: string, item: Readonly<Record<string, unknown>>, title = `Add to ${list}`): QuickFix | undefined {
    const root = this.places.find([])?.value;
    if (!isMap(root)) return undefined;
    const insert = (at: number, newText: string): QuickFix => this.edit(title, at, at, newText);
    const last = root.items.at(-1);
    const isQuoted = isScalar(last?.key) && last.key.type === 'QUOTE_DOUBLE';
    const written = isQuoted ? spacedJson(item) : inline(item);
    const line = this.text.includes('\r\n') ? '\r\n' : '\n';
    const place = this.places.find([list]);
    if (!place) {
      const end = last && this.endOfWords(endOf(last));
      if (end === undefined) return undefined;
      const key = isQuoted ? JSON.stringify(list) : list;
      return root.flow
        ? insert(end, `, ${key}: [${written}]`)
        : insert(this.endOfLine(end), `${line}${key}:${line}  - ${written}`);
    }
    const { value, key } = place;
    if (isSeq(value) && value.range) {
      const end = this.endOfWords((value.items.at(-1) as Node | undefined)?.range?.[1]);
      if (end === undefined) return insert(value.range[0] + 1, written);
      if (value.flow) return insert(end, `, ${written}`);
      const indent = ' '.repeat(this.places.range(value.range[0], value.range[0]).start.column - 1);
      return insert(this.endOfLine(end), `${line}${indent}- ${written}`);
    }
    // Nothing is written behind the key yet.
    const isEmpty = value === undefined || (isScalar(value) && value.value === null && value.source === '');
    const end = isEmpty && !root.flow ? key?.range?.[1] : undefined;
    return end === undefined ? undefined : insert(this.endOfLine(end), `${line}  - ${written}`);
  }

  /** The end of a block takes the line breaks behind it in. */
  private endOfWords(end: number | undefined): number | undefined {
    return end === undefined ? undefined : this.text.slice(0, end).trimEnd().length;
  }

  /** A comment may follow the value on its line. */
  private endOfLine(offset: number): number {
    const end = this.text.slice(offset).search(/\r?\n/);
    return end < 0 ? this.text.length : offset + end;
  }

  private editBetween(title: string, start: number | undefined, end: number | undefined): QuickFix | undefined {
    return start === undefined || end === undefined ? undefined : this.edit(title, start, end, '');
  }

  private edit(title: string, start: number, end: number, newText: string): QuickFix {
    return { title, edits: [{ range: this.places.range(start, end), newText }] };
  }
}

function startOf(pair: Pair): number | undefined {
  return (pair.key as Node | null)?.range?.[0];
}

function endOf(pair: Pair): number | undefined {
  return ((pair.value as Node | null) ?? (pair.key as Node | null))?.range?.[1];
}

/** As plain as YAML allows, or in double quotes as the `neighbour` is: in JSON files everything is. */
function inStyleOf(neighbour: unknown, value: unknown): string {
  return isScalar(neighbour) && neighbour.type === 'QUOTE_DOUBLE' ? JSON.stringify(value) : plain(value);
}

/** JSON is valid in YAML; plain words need no quotes. */
function plain(value: unknown): string {
  return typeof value === 'string' &&
    /^[A-Za-z][\w./-]*$/.test(value) &&
    !/^(true|false|null|yes|no|on|off)$/i.test(value)
    ? value
    : JSON.stringify(value);
}

/** A value on one line: `{ kind: inversion, images: [3] }`. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return plain(value);
  const entries = Object.entries(value).map(([key, one]) => `${plain(key)}: ${inline(one)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

/** JSON on one line, with the spaces that people write. */
function spacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${spacedJson(one)}`);
  return `{ ${entries.join(', ')} }`;
}
