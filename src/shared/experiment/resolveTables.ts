/** Tables with the ids in them looked up and those of matrices replaced by their members. */
import { suggest } from '../suggest';
import type { Path } from './places';
import type { Report } from './problems';
import type { ExperimentDocument } from './document';
import type { TableSettings, WrittenTable } from './tableFields';

export interface TableContext {
  /** Resolved ids by the ids as written: one, or the members of a matrix. */
  readonly pretrainings: ReadonlyMap<string, readonly string[]>;
  /** The same of transfers and analyses. */
  readonly measured: ReadonlyMap<string, readonly string[]>;
  readonly report: Report;
  readonly document: ExperimentDocument;
}

/** Entries whose ids are not known are reported and left out. */
export function resolveTables(tables: readonly WrittenTable[], context: TableContext): TableSettings[] {
  return tables.map(({ title, rows, columns, published = [] }, index) => {
    const at = (...rest: Path): Path => ['tables', index, ...rest];
    const all = [...context.pretrainings.values()].flat();
    return {
      title,
      rows: rows
        ? rows.flatMap((row, r) => withIds(row, 'pretraining', at('rows', r), context))
        : all.map((pretraining) => ({ pretraining })),
      columns: columns.flatMap((column, c) => withIds(column, 'of', at('columns', c), context)),
      published: published.flatMap((one, p) =>
        withIds(one, 'pretraining', at('published', p), context).flatMap((row) =>
          withIds(row, 'of', at('published', p), context),
        ),
      ),
    };
  });
}

/** One entry for each id that the named key means. A title that several would share is left to the ids. */
function withIds<Key extends 'pretraining' | 'of', Entry extends { readonly [K in Key]: string }>(
  entry: Entry,
  key: Key,
  path: Path,
  context: TableContext,
): Entry[] {
  const known = key === 'of' ? context.measured : context.pretrainings;
  const name = entry[key];
  const ids = known.get(name) ?? ([...known.values()].flat().includes(name) ? [name] : undefined);
  if (ids) return ids.map((id) => ({ ...entry, [key]: id }));
  const names = [...new Set([...known.keys(), ...[...known.values()].flat()])];
  const nearest = suggest(name, names);
  const what = key === 'of' ? 'transfer or analysis' : 'pretraining';
  const place = [...path, key];
  context.report({
    severity: 'error',
    code: key === 'of' ? 'unknown-transfer' : 'unknown-pretraining',
    message: `there is no ${what} called \`${name}\`${nearest ? `; did you mean \`${nearest}\`?` : `; known: ${names.join(', ') || 'none'}`}`,
    path: place,
    fixes: [nearest ? context.document.fix.replaceValue(place, nearest) : undefined],
  });
  return [];
}
