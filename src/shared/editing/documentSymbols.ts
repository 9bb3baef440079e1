/** The outline of an experiment file: sections, in them data, pretrainings and transfers by id, in them their keys. */
import { isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { asMapping } from '../experiment/schemaProblems';
import { entryKinds, isSection, type Section } from './looseExperiment';
import { keyName, spanOf, type SourceTree, type Span } from './sourceTree';

export interface OutlineSymbol extends Span {
  readonly name: string;
  readonly detail: string;
  readonly kind: 'section' | 'data' | 'pretraining' | 'transfer' | 'analysis' | 'setting';
  /** The name, within the whole. */
  readonly selection: Span;
  readonly children: readonly OutlineSymbol[];
}

export function documentSymbols(tree: SourceTree): OutlineSymbol[] {
  const { contents } = tree;
  if (!isMap(contents)) return [];
  return contents.items.flatMap((pair) => {
    const name = keyName(pair.key);
    return name ? [section(name, pair, tree)] : [];
  });
}

function section(name: string, pair: Pair, tree: SourceTree): OutlineSymbol {
  const value = (pair.value as Node | null) ?? undefined;
  if (isSection(name) && isSeq(value)) {
    const kind = entryKinds[name];
    const children = value.items.map((item, index) =>
      entry(item as Node, { kind, index, plain: listItem(tree, name, index) }),
    );
    return symbol(pair, { name, detail: `${children.length}`, kind: 'section', children });
  }
  if (name === 'data' && isMap(value)) {
    const plain = asMapping(asMapping(tree.value).data);
    const children = value.items.flatMap((item) => {
      const id = keyName(item.key);
      if (!id) return [];
      const { kind } = asMapping(plain[id]);
      return [
        symbol(item, {
          name: id,
          detail: typeof kind === 'string' ? kind : '',
          kind: 'data',
          children: settings(item.value),
        }),
      ];
    });
    return symbol(pair, { name, detail: `${children.length}`, kind: 'section', children });
  }
  return symbol(pair, {
    name,
    detail: detailOf(value),
    kind: isScalar(value) ? 'setting' : 'section',
    children: settings(value),
  });
}

function listItem(tree: SourceTree, section: string, index: number): Readonly<Record<string, unknown>> {
  const list = asMapping(tree.value)[section];
  return asMapping(Array.isArray(list) ? list[index] : undefined);
}

interface EntryOptions {
  readonly kind: (typeof entryKinds)[Section];
  readonly index: number;
  readonly plain: Readonly<Record<string, unknown>>;
}

function entry(node: Node, { kind, index, plain }: EntryOptions): OutlineSymbol {
  const span = spanOf(node);
  const idPair = isMap(node) ? node.items.find(({ key }) => keyName(key) === 'id') : undefined;
  const words = {
    pretraining: [plain.method, plain.recipe ?? plain.weights],
    transfer: [plain.task],
    analysis: [plain.kind],
  }[kind];
  return {
    ...span,
    name: typeof plain.id === 'string' && plain.id ? plain.id : `${kind} ${index + 1}`,
    detail: words.filter((word) => typeof word === 'string').join(', '),
    kind,
    selection: idPair?.value ? within(spanOf(idPair.value), span) : span,
    children: settings(node),
  };
}

function settings(node: unknown): OutlineSymbol[] {
  if (!isMap(node)) return [];
  return node.items.flatMap((pair) => {
    const name = keyName(pair.key);
    return name && name !== 'id'
      ? [symbol(pair, { name, detail: detailOf(pair.value), kind: 'setting', children: [] })]
      : [];
  });
}

function symbol(pair: Pair, about: Pick<OutlineSymbol, 'name' | 'detail' | 'kind' | 'children'>): OutlineSymbol {
  const key = spanOf(pair.key);
  const span = { start: key.start, end: Math.max(key.end, spanOf(pair.value).end) };
  return { ...about, ...span, selection: within(key, span) };
}

function within({ start, end }: Span, outer: Span): Span {
  const from = Math.min(Math.max(start, outer.start), outer.end);
  return { start: from, end: Math.min(Math.max(end, from), outer.end) };
}

function detailOf(value: unknown): string {
  if (isScalar(value)) {
    const words = value.value === null ? '' : String(value.value).replace(/\s+/g, ' ').trim();
    return words.length > 60 ? `${words.slice(0, 59)}…` : words;
  }
  if (isSeq(value) && value.items.every((item) => isScalar(item)) && value.items.length <= 8) {
    return value.items.map((item) => String((item as { value: unknown }).value)).join(', ');
  }
  return isSeq(value) ? `${value.items.length}` : '';
}
