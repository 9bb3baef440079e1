/**
 * One entry with a `matrix` becomes one entry for each combination of the listed values: `ladder` with
 * `matrix: { augment: [f, fr] }` becomes `ladder[f]` and `ladder[fr]`. The last key varies fastest, as digits do.
 */
import { z } from 'zod';
import { schemaAt } from './describe';
import type { ExperimentDocument } from './document';
import type { Path } from './places';
import type { Report } from './problems';
import { findSchemaProblems } from './schemaProblems';
import { suggest } from '../suggest';

/** What cannot vary within a matrix: names, notes and the matrix itself. */
export const fixedKeys: ReadonlySet<string> = new Set([
  'id',
  'about',
  'matrix',
  'task',
  'of',
  'snapshots',
  'monitor',
  'checkpointEvery',
  'logEvery',
  'evaluateEvery',
  'recompute',
  'processes',
  'resources',
]);
/** More than this in one file is a slip, and would take months. */
const maxEntries = 1000;

/** An entry of `pretrainings` or `transfers` after expansion. */
export interface Cell<T> {
  readonly id: string;
  /** Without `matrix`, with the cell's values put in. */
  readonly written: T;
  /** Where the entry stands in the file. */
  readonly path: Path;
  /** Where each value that came from the matrix stands. */
  readonly fromMatrix: ReadonlyMap<string, Path>;
}

/** Where a setting of a cell was written: in the matrix, in the entry, or by its recipe. */
export function pathOfSetting(cell: Cell<object>, key: string): Path {
  const fromMatrix = cell.fromMatrix.get(key);
  if (fromMatrix) return fromMatrix;
  if (Object.hasOwn(cell.written, key)) return [...cell.path, key];
  return Object.hasOwn(cell.written, 'recipe')
    ? (cell.fromMatrix.get('recipe') ?? [...cell.path, 'recipe'])
    : cell.path;
}

interface Entry {
  readonly id: string;
  readonly matrix?: Readonly<Record<string, readonly unknown[]>>;
}

/** All cells of an entry. Keys and values that do not fit are reported and leave the entry without its matrix. */
export function expandMatrix<T extends Entry>(entry: T, path: Path, place: MatrixPlace): Cell<T>[] {
  const { matrix, ...rest } = entry;
  const single = [{ id: entry.id, written: rest as T, path, fromMatrix: new Map<string, Path>() }];
  if (!matrix) return single;
  const ok = Object.entries(matrix).map(([key, values]) => checkAxis({ entry, key, values, path }, place));
  if (ok.includes(false)) return single;
  const combinations = combine(
    Object.entries(matrix).map(([key, values]) => values.map((value, index) => ({ key, value, index }))),
  );
  if (combinations.length > maxEntries) {
    place.report({
      severity: 'error',
      code: 'matrix-too-large',
      message: `this matrix makes ${combinations.length} entries, more than ${maxEntries}; list fewer values`,
      path: [...path, 'matrix'],
      part: 'key',
    });
    return single;
  }
  return combinations.map((choices) => ({
    id: `${entry.id}[${choices.map(({ value }) => valueName(value)).join(',')}]`,
    // Keys and values were checked against the schema of T above.
    written: { ...rest, ...Object.fromEntries(choices.map(({ key, value }) => [key, value])) } as unknown as T,
    path,
    fromMatrix: new Map(choices.map(({ key, index }) => [key, [...path, 'matrix', key, index]])),
  }));
}

export interface MatrixPlace {
  /** Schema of the entry. */
  readonly schema: z.ZodType;
  readonly document: ExperimentDocument;
  readonly report: Report;
}

interface Axis {
  readonly entry: Entry;
  readonly key: string;
  readonly values: readonly unknown[];
  readonly path: Path;
}

function checkAxis({ entry, key, values, path }: Axis, { schema, document, report }: MatrixPlace): boolean {
  const axisPath = [...path, 'matrix', key];
  const field = fixedKeys.has(key) ? undefined : schemaAt(schema, [key], entry);
  if (!field) {
    report(unknownAxis({ entry, key, values, path }, { schema, document, report }));
    return false;
  }
  const findings = values.flatMap((value, index) =>
    findSchemaProblems(field.type, value, document, [...axisPath, index]),
  );
  findings.forEach(report);
  if (findings.length > 0) return false;
  const repeated = values.findIndex((value, index) =>
    values.slice(0, index).some((other) => valueName(other) === valueName(value)),
  );
  if (repeated >= 0) {
    report({
      severity: 'error',
      code: 'duplicate-value',
      message: `${valueName(values[repeated])} is listed twice in the matrix; the same work would be done under one name; remove one`,
      path: [...axisPath, repeated],
    });
    return false;
  }
  if (Object.hasOwn(entry, key)) {
    report({
      severity: 'warning',
      code: 'matrix-overrides',
      message: `\`${key}\` is also given outside the matrix; the values of the matrix are used; remove the other`,
      path: [...path, key],
      part: 'key',
      fixes: [document.fix.removeKey([...path, key])],
    });
  }
  return true;
}

function unknownAxis({ entry, key, path }: Axis, { schema, document }: MatrixPlace): Parameters<Report>[0] {
  const object = schema instanceof z.ZodDiscriminatedUnion ? (schema.options as z.ZodType[]) : [schema];
  const known = object
    .flatMap((option) => (option instanceof z.ZodObject ? Object.keys(option.shape) : []))
    .filter((name) => !fixedKeys.has(name) && schemaAt(schema, [name], entry));
  const nearest = suggest(key, known);
  const axisPath = [...path, 'matrix', key];
  const why = fixedKeys.has(key)
    ? `\`${key}\` cannot vary in a matrix`
    : `\`${key}\` is not a setting, so a matrix cannot vary it`;
  return {
    severity: 'error',
    code: 'unknown-key',
    message: `${why}${nearest ? `; did you mean \`${nearest}\`?` : ''}`,
    path: axisPath,
    part: 'key',
    fixes: [nearest ? document.fix.renameKey(axisPath, nearest) : undefined],
  };
}

export function combine<T>(axes: readonly (readonly T[])[]): T[][] {
  return axes.reduce<T[][]>((rows, values) => rows.flatMap((row) => values.map((value) => [...row, value])), [[]]);
}

/** A value as part of an id: words and numbers as they are, anything else as its JSON without punctuation. */
export function valueName(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(/[^\w.+-]+/g, '-').replace(/^-+|-+$/g, '') || 'empty';
}
