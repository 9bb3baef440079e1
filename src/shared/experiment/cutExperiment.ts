/**
 * The text of an experiment cut to one pretraining and one transfer or analysis and what these need, under a new name:
 * comments and layout of what stays are kept. Entries of a matrix are cut to the one cell. Left out: tables, which need the whole.
 */
import { isAlias, isMap, isSeq, parseDocument, visit, type Document, type YAMLMap } from 'yaml';
import { combine, valueName } from './matrix';
import type { Experiment } from './schema';
import { trainingOf } from './training';

export interface ExperimentCut {
  readonly name: string;
  /** Ids as resolved: `ladder[augment=frc]`. */
  readonly pretrainings: readonly string[];
  /** Pretrainings that those need, of which nothing is measured themselves. */
  readonly needed?: readonly string[];
  readonly transfers: readonly string[];
  readonly analyses: readonly string[];
}

/** The cut with what its entries cannot be without: the training of a snapshot, whom an analysis compares with, its transfer. */
export function completeCut(cut: ExperimentCut, { pretrainings, analyses }: Experiment): ExperimentCut {
  const own = analyses.filter(({ id }) => cut.analyses.includes(id));
  const named = own.flatMap((one) => ('against' in one && one.against !== undefined ? [one.against] : []));
  const transfers = own.flatMap((one) => ('transfer' in one && one.transfer !== undefined ? [one.transfer] : []));
  const measured = [...cut.pretrainings, ...named];
  const trainings = measured.flatMap((id) => trainingOf(id, pretrainings)?.id ?? []);
  const needed = [...new Set([...named, ...trainings])].filter((id) => !cut.pretrainings.includes(id));
  return { ...cut, needed, transfers: [...new Set([...cut.transfers, ...transfers])] };
}

/** The whole text under another name; undefined where it is not such a file. */
export function renameExperiment(text: string, name: string): string | undefined {
  const document = parseDocument(text, { logLevel: 'error', prettyErrors: false });
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined;
  document.set('name', name);
  return document.toString({ lineWidth: 120, flowCollectionPadding: true });
}

/** Undefined where the text is not such a file. Whether the result is a valid experiment is for the caller to check. */
export function cutExperiment(text: string, cut: ExperimentCut): string | undefined {
  const document = parseDocument(text, { logLevel: 'error', prettyErrors: false });
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined;
  const data = usedData(document, cut);
  unfoldAliases(document);
  keepEntries(document, 'pretrainings', allPretrainings(cut));
  keepEntries(document, 'transfers', cut.transfers);
  keepEntries(document, 'analyses', cut.analyses);
  if (cut.needed?.length) measureOnly(document, cut);
  document.delete('tables');
  const kept = document.get('data');
  if (isMap(kept)) for (const { key } of [...kept.items]) if (!data.has(String(key))) kept.delete(key);
  document.set('name', cut.name);
  return document.toString({ lineWidth: 120, flowCollectionPadding: true });
}

function allPretrainings({ pretrainings, needed = [] }: ExperimentCut): readonly string[] {
  return [...pretrainings, ...needed];
}

/** What is there because something needs it is not measured too. Detectors that are compared with are both needed. */
function measureOnly(document: Document.Parsed, { pretrainings, analyses }: ExperimentCut): void {
  const list = (name: string): readonly YAMLMap[] => {
    const entries = document.get(name);
    return isSeq(entries) ? entries.items.filter((item) => isMap(item)) : [];
  };
  const against = list('analyses').flatMap((item) => {
    const id = item.get('against');
    return typeof id === 'string' ? [id] : [];
  });
  const set = (item: YAMLMap, ids: readonly string[]): void => {
    if (!item.has('between')) item.set('of', document.createNode([...new Set(ids)], { flow: true }));
  };
  for (const item of list('transfers')) set(item, analyses.length > 0 ? [...pretrainings, ...against] : pretrainings);
  for (const item of list('analyses')) set(item, pretrainings);
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
    ['pretrainings', allPretrainings(cut)],
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
