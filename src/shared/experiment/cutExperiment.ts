/**
 * The text of an experiment cut to one pretraining and one transfer or analysis, under a new name: comments and layout of
 * what stays are kept. Entries of a matrix are cut to the one cell. Left out: tables, which need the whole.
 */
import { isAlias, isMap, isSeq, parseDocument, visit, type Document, type YAMLMap } from 'yaml';
import { combine, valueName } from './matrix';

export interface ExperimentCut {
  readonly name: string;
  /** Ids as resolved: `ladder[augment=frc]`. */
  readonly pretrainings: readonly string[];
  readonly transfers: readonly string[];
  readonly analyses: readonly string[];
}

/** Undefined where the text is not such a file. Whether the result is a valid experiment is for the caller to check. */
export function cutExperiment(text: string, cut: ExperimentCut): string | undefined {
  const document = parseDocument(text, { logLevel: 'error', prettyErrors: false });
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined;
  const data = usedData(document, cut);
  unfoldAliases(document);
  keepEntries(document, 'pretrainings', cut.pretrainings);
  keepEntries(document, 'transfers', cut.transfers);
  keepEntries(document, 'analyses', cut.analyses);
  document.delete('tables');
  const kept = document.get('data');
  if (isMap(kept)) for (const { key } of [...kept.items]) if (!data.has(String(key))) kept.delete(key);
  document.set('name', cut.name);
  return document.toString({ lineWidth: 120, flowCollectionPadding: true });
}

/** Ids that entries are called by in the file: without the cell of a matrix. */
function written(ids: readonly string[]): ReadonlySet<string> {
  return new Set(ids.map((id) => id.replace(/\[.*$/, '')));
}

/** An anchor may stand in an entry that is cut away. */
function unfoldAliases(document: Document.Parsed): void {
  visit(document, {
    Alias: (_, alias) => {
      const value = alias.resolve(document)?.toJS(document) as unknown;
      return value === undefined ? undefined : (document.createNode(value, { flow: true }) as never);
    },
  });
  visit(document, {
    Node: (_, node) => {
      if (!isAlias(node) && 'anchor' in node) delete (node as { anchor?: string }).anchor;
    },
  });
}

function keepEntries(document: Document.Parsed, list: string, ids: readonly string[]): void {
  const entries = document.get(list);
  if (!isSeq(entries)) return;
  const names = written(ids);
  entries.items = entries.items.filter((item) => isMap(item) && names.has(nameOf(item, list)));
  for (const item of entries.items) {
    if (!isMap(item)) continue;
    const matrix: unknown = item.has('matrix') ? item.toJS(document).matrix : undefined;
    const cell = matrix === undefined ? undefined : findCell(nameOf(item, list), matrix, ids);
    if (cell) item.set('matrix', document.createNode(cell, { flow: true }));
    if (list !== 'pretrainings') item.delete('of');
  }
  if (entries.items.length === 0 && list !== 'pretrainings') document.delete(list);
}

/** The matrix of one combination, so that ids stay what they were. */
function findCell(name: string, matrix: unknown, ids: readonly string[]): Record<string, unknown[]> | undefined {
  const axes = Object.entries(matrix as Readonly<Record<string, unknown>>).map(([key, values]) =>
    (Array.isArray(values) ? (values as unknown[]) : []).map((value) => ({ key, value })),
  );
  const found = combine(axes).find((cell) =>
    ids.includes(`${name}[${cell.map(({ value }) => valueName(value)).join(',')}]`),
  );
  return found && Object.fromEntries(found.map(({ key, value }) => [key, [value]]));
}

function nameOf(item: YAMLMap, list: string): string {
  const id = item.get('id') ?? (list === 'analyses' ? item.get('kind') : undefined);
  return typeof id === 'string' ? id : '';
}

/** Data that the kept entries name, in whatever field: a name that is not used does no harm. */
function usedData(document: Document.Parsed, cut: ExperimentCut): ReadonlySet<string> {
  const value = document.toJS() as Readonly<Record<string, unknown>>;
  const names = Object.keys((value.data as object | undefined) ?? {});
  const lists = [
    ['pretrainings', cut.pretrainings],
    ['transfers', cut.transfers],
    ['analyses', cut.analyses],
  ] as const;
  const texts = lists.flatMap(([list, ids]) => {
    const kept = written(ids);
    const entries = (Array.isArray(value[list]) ? value[list] : []) as readonly Readonly<Record<string, unknown>>[];
    return entries.filter(({ id, kind }) => kept.has(String(id ?? kind))).map((entry) => JSON.stringify(entry));
  });
  return new Set(names.filter((name) => texts.some((text) => text.includes(JSON.stringify(name)))));
}
