/** Where each key and value of a YAML document stands in its text. */
import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Document,
  type LineCounter,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import type { Position, Range } from './problem';

/** Keys and list indices from the root, as in zod. */
export type Path = readonly (string | number)[];

export interface Place {
  readonly key?: Node;
  readonly value?: Node;
  /** Set for entries of a mapping. */
  readonly pair?: Pair;
  readonly parent?: Node;
}

export class Places {
  constructor(
    private readonly document: Document,
    private readonly lines: LineCounter,
    readonly text: string,
  ) {}

  range(start: number, end: number): Range {
    return { start: this.position(start), end: this.position(end) };
  }

  rangeOf(path: Path, part: 'key' | 'value' = 'value'): Range {
    for (let length = path.length; length >= 0; length--) {
      const place = this.find(path.slice(0, length));
      // Of a parent only the key is marked: a squiggle under a whole block says nothing.
      const node =
        place &&
        (part === 'key' || length < path.length
          ? (place.key ?? firstKey(place.value) ?? place.value)
          : (place.value ?? place.key));
      const shown =
        node && length === path.length && part === 'value' && isMap(node)
          ? (place.key ?? firstKey(node) ?? node)
          : node;
      if (shown?.range) return this.range(shown.range[0], shown.range[1]);
    }
    return this.range(0, 0);
  }

  find(path: Path): Place | undefined {
    let place: Place = { value: (this.document.contents as Node | null) ?? undefined };
    for (const segment of path) {
      const parent = isAlias(place.value) ? place.value.resolve(this.document) : place.value;
      const next = isMap(parent)
        ? entryOf(parent, segment)
        : isSeq(parent)
          ? itemOf(parent.items, segment, parent)
          : undefined;
      if (!next) return undefined;
      place = next;
    }
    return place;
  }

  private position(place: number): Position {
    // The library counts an end of file that is not there.
    const offset = Math.min(Math.max(0, place), this.text.length);
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col), offset };
  }
}

function entryOf(map: YAMLMap, segment: string | number): Place | undefined {
  const pair = map.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(segment));
  if (!pair) return undefined;
  return { key: pair.key as Node, value: (pair.value as Node | null) ?? undefined, pair, parent: map };
}

function itemOf(items: readonly unknown[], segment: string | number, parent: Node): Place | undefined {
  const item = typeof segment === 'number' ? items[segment] : undefined;
  return item === undefined || isPair(item) ? undefined : { value: item as Node, parent };
}

function firstKey(node: Node | undefined): Node | undefined {
  return isMap(node) ? ((node.items[0]?.key as Node | undefined) ?? undefined) : undefined;
}
