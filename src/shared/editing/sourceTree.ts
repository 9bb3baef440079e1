/**
 * The text of an experiment file as a tree with places, however broken the text is: half-typed lines, open brackets,
 * repeated keys. Completion, hover and the like read this; validation reads `experiment/document`, which is strict.
 * Left out: what the keys mean.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type Pair,
  type Scalar,
} from 'yaml';
import { maxTextLength } from '../experiment/document';
import { Places, type Path, type Place } from '../experiment/places';
import type { Range } from '../experiment/problem';

/** Offsets into the text, half-open. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A key or value with its place. */
export interface Spot {
  /** Of the value; a key has the path of its value. */
  readonly path: Path;
  readonly part: 'key' | 'value';
  readonly node: Scalar;
  readonly pair?: Pair;
  /** What directly holds the key or value. */
  readonly parent?: Node;
}

/** Nothing that people write is nested deeper; beyond it nothing is read. */
const maxDepth = 60;

export class SourceTree {
  readonly contents: Node | undefined;
  private readonly places: Places;
  private plain: { readonly value: unknown } | undefined;

  /** Reads any text. `hole` is a word that stands for what is being typed: it is left out of `value`. */
  constructor(
    readonly text: string,
    private readonly hole?: string,
  ) {
    const { document, lines } = parseLeniently(text);
    this.contents = (document.contents as Node | null) ?? undefined;
    this.places = new Places(document, lines, text);
  }

  /** The file as plain JSON, as far as it can be made out. Of repeated keys the first counts. */
  get value(): unknown {
    this.plain ??= { value: this.toPlain(this.contents, new Map(), 0) };
    return this.plain.value;
  }

  find(path: Path): Place | undefined {
    return this.places.find(path);
  }

  /** As of `ExperimentDocument`. */
  rangeOf(path: Path): Range {
    return this.places.rangeOf(path);
  }

  /** Line of an offset, from 0. */
  lineOf(offset: number): number {
    return this.places.range(offset, offset).start.line - 1;
  }

  columnOf(offset: number): number {
    return this.places.range(offset, offset).start.column - 1;
  }

  /** The key or plain value under an offset; its end counts as under it. */
  spotAt(offset: number): Spot | undefined {
    return searchNode(this.contents, { path: [], part: 'value' }, (node) => contains(node, offset));
  }

  /** The first key or value that is exactly this word. */
  spotOf(word: string): Spot | undefined {
    const found = (node: Node) => !isScalar(node) || node.value === word;
    return searchNode(this.contents, { path: [], part: 'value' }, found);
  }

  private toPlain(node: unknown, known: Map<unknown, unknown>, depth: number): unknown {
    if (depth > maxDepth) return undefined;
    if (isScalar(node)) return node.value === this.hole ? undefined : node.value;
    if (known.has(node)) return known.get(node);
    if (isMap(node)) {
      const value: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
      known.set(node, value);
      for (const { key, value: child } of node.items) {
        const name = keyName(key);
        if (name !== undefined && name !== this.hole && !(name in value))
          value[name] = this.toPlain(child, known, depth + 1);
      }
      return value;
    }
    if (isSeq(node)) {
      const value: unknown[] = [];
      known.set(node, value);
      for (const item of node.items) value.push(this.toPlain(item, known, depth + 1));
      return value;
    }
    if (isAlias(node)) {
      const target = this.anchors.get(node.source);
      return target === undefined ? undefined : this.toPlain(target, known, depth + 1);
    }
    return undefined;
  }

  private anchorTable: ReadonlyMap<string, Node> | undefined;
  private get anchors(): ReadonlyMap<string, Node> {
    this.anchorTable ??= new Map(
      [...allNodes(this.contents)].flatMap((node) => {
        const { anchor } = node as { anchor?: string };
        return anchor === undefined ? [] : [[anchor, node] as const];
      }),
    );
    return this.anchorTable;
  }
}

/** Name of a key; undefined for keys that are lists or mappings. */
export function keyName(key: unknown): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

/** Where a node stands; empty at 0 for nodes without a place. */
export function spanOf(node: unknown): Span {
  const range = (node as { range?: readonly number[] | null } | null | undefined)?.range;
  return { start: range?.[0] ?? 0, end: range?.[1] ?? 0 };
}

function parseLeniently(text: string): { document: Document; lines: LineCounter } {
  for (const source of [text.length > maxTextLength ? '' : text, '']) {
    const lines = new LineCounter();
    try {
      const options = { lineCounter: lines, prettyErrors: false, logLevel: 'silent', version: '1.2' } as const;
      return { document: parseDocument(source, { ...options, uniqueKeys: false }), lines };
    } catch {
      // Nested beyond the stack: nothing can be said about such a file.
    }
  }
  throw new Error('internal: an empty document could not be read');
}

function contains(node: Node, offset: number): boolean {
  return node.range ? node.range[0] <= offset && offset <= node.range[1] : false;
}

/** The innermost scalar for which all nodes from the root on are `wanted`. */
function searchNode(
  node: Node | undefined,
  at: Pick<Spot, 'path' | 'part' | 'pair' | 'parent'>,
  wanted: (node: Node) => boolean,
): Spot | undefined {
  if (!node || at.path.length > maxDepth || !wanted(node)) return undefined;
  if (isScalar(node)) return { ...at, node };
  if (isMap(node)) {
    for (const pair of node.items) {
      const name = keyName(pair.key);
      if (name === undefined) continue;
      const place = { path: [...at.path, name], pair, parent: node };
      const found =
        searchNode(pair.key as Node, { ...place, part: 'key' }, wanted) ??
        searchNode((pair.value as Node | null) ?? undefined, { ...place, part: 'value' }, wanted);
      if (found) return found;
    }
  }
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      const found = searchNode(item as Node, { path: [...at.path, index], part: 'value', parent: node }, wanted);
      if (found) return found;
    }
  }
  return undefined;
}

/** All nodes of a tree that have a place, parents first. */
function* allNodes(node: unknown, depth = 0): Generator<Node> {
  if (depth > maxDepth || !(isMap(node) || isSeq(node) || isScalar(node))) return;
  yield node;
  if (isScalar(node)) return;
  for (const item of node.items) {
    if (isSeq(node)) yield* allNodes(item, depth + 1);
    else {
      const { key, value } = item as Pair;
      yield* allNodes(key, depth + 1);
      yield* allNodes(value, depth + 1);
    }
  }
}
