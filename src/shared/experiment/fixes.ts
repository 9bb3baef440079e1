/** Quick fixes as text edits, which leave the rest of a file, its comments and its layout alone. */
import { isAlias, isMap, isScalar, type Node, type Pair } from 'yaml';
import type { Path, Places } from './places';
import type { QuickFix } from './problem';

/** Edits that keep the layout of the rest of the file. Undefined where an edit cannot be made safely. */
export interface FixBuilder {
  replaceValue(path: Path, value: unknown, title?: string): QuickFix | undefined;
  renameKey(path: Path, name: string): QuickFix | undefined;
  removeKey(path: Path): QuickFix | undefined;
  /** Sets `path`, whose parent mapping exists, to a plain value. */
  setValue(path: Path, value: unknown, title?: string): QuickFix | undefined;
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
