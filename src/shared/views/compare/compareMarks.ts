/**
 * What users note about rows of the Compare panel: `.transferscope/marks.json`. Changes are small and named, so that two
 * windows that note different things lose nothing: each is applied to the file as it is then.
 */

const MARKS_VERSION = 1;

export interface RowMarks {
  readonly star?: true;
  readonly pin?: true;
  readonly hidden?: true;
  /** Shown in place of its own. */
  readonly name?: string;
  readonly note?: string;
  readonly tags?: readonly string[];
}

/** What two rows differ in and may. */
export interface SameMarks {
  /** Fields (`transfer.steps`) and topics (`schedule`). */
  readonly fields: readonly string[];
  /** Two row ids each, in the order of their names. */
  readonly pairs: readonly (readonly [string, string])[];
}

export interface CompareMarks {
  readonly version: number;
  /** Row that the others are compared with. */
  readonly baseline?: string;
  readonly rows: Readonly<Record<string, RowMarks>>;
  readonly same: SameMarks;
}

export type MarkChange =
  | {
      readonly type: 'row';
      readonly row: string;
      readonly set: { readonly [K in keyof RowMarks]?: RowMarks[K] | null };
    }
  | { readonly type: 'baseline'; readonly row: string | undefined }
  | { readonly type: 'sameField'; readonly field: string; readonly isSame: boolean }
  | { readonly type: 'samePair'; readonly pair: readonly [string, string]; readonly isSame: boolean };

export const noMarks: CompareMarks = { version: MARKS_VERSION, rows: {}, same: { fields: [], pairs: [] } };

/** The marks after the change; rows without any are left out, and all lists are sorted, so that files differ by what was changed. */
export function applyMark(marks: CompareMarks, change: MarkChange): CompareMarks {
  switch (change.type) {
    case 'row':
      return { ...marks, rows: withRow(marks.rows, change.row, change.set) };
    case 'baseline':
      return withBaseline(marks, change.row);
    case 'sameField': {
      const others = marks.same.fields.filter((field) => field !== change.field);
      return { ...marks, same: { ...marks.same, fields: (change.isSame ? [...others, change.field] : others).sort() } };
    }
    case 'samePair': {
      const pair = sorted(change.pair);
      const others = marks.same.pairs.filter((one) => pairKey(one) !== pairKey(pair));
      const pairs = (change.isSame ? [...others, pair] : others).toSorted((a, b) => (pairKey(a) < pairKey(b) ? -1 : 1));
      return { ...marks, same: { ...marks.same, pairs } };
    }
  }
}

function withBaseline({ version, rows, same }: CompareMarks, row: string | undefined): CompareMarks {
  return { version, ...(row !== undefined && { baseline: row }), rows, same };
}

/** Equal for a pair and its reverse. */
export function pairKey(pair: readonly [string, string]): string {
  return JSON.stringify(sorted(pair));
}

function sorted([a, b]: readonly [string, string]): readonly [string, string] {
  return a < b ? [a, b] : [b, a];
}

function withRow(
  rows: CompareMarks['rows'],
  row: string,
  set: Extract<MarkChange, { type: 'row' }>['set'],
): CompareMarks['rows'] {
  const merged = Object.entries({ ...rows[row], ...set }).filter(([, value]) => isMark(value));
  const others = Object.entries(rows).filter(([id]) => id !== row);
  const all = merged.length === 0 ? others : [...others, [row, Object.fromEntries(merged)] as const];
  return Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function isMark(value: unknown): boolean {
  return value !== null && value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
}

/** The file's text: one line for each row, so that a diff shows who was noted what. */
export function writeMarks({ baseline, rows, same }: CompareMarks): string {
  const lines = Object.entries(rows).map(([id, marks]) => `  ${JSON.stringify(id)}: ${JSON.stringify(marks)}`);
  const pairs = same.pairs.map((pair) => `   ${JSON.stringify(pair)}`);
  return [
    '{',
    ` "version": ${MARKS_VERSION},`,
    ...(baseline === undefined ? [] : [` "baseline": ${JSON.stringify(baseline)},`]),
    ` "rows": {${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n `}},`,
    ' "same": {',
    `  "fields": ${JSON.stringify(same.fields)},`,
    `  "pairs": [${pairs.length === 0 ? '' : `\n${pairs.join(',\n')}\n  `}]`,
    ' }',
    '}',
    '',
  ].join('\n');
}

/** What a marks file says; undefined when it is none of ours. Parts that do not fit are left out. */
export function parseMarks(text: string): CompareMarks | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || value.version !== MARKS_VERSION) return undefined;
  const { baseline, rows, same } = value;
  const { fields, pairs } = isObject(same) ? same : {};
  return {
    version: MARKS_VERSION,
    ...(typeof baseline === 'string' && { baseline }),
    rows: isObject(rows) ? Object.fromEntries(Object.entries(rows).map(([id, marks]) => [id, readRow(marks)])) : {},
    same: { fields: texts(fields), pairs: Array.isArray(pairs) ? pairs.filter(isPair) : [] },
  };
}

function readRow(value: unknown): RowMarks {
  if (!isObject(value)) return {};
  const { star, pin, hidden, name, note, tags } = value;
  return {
    ...(star === true && { star }),
    ...(pin === true && { pin }),
    ...(hidden === true && { hidden }),
    ...(typeof name === 'string' && { name }),
    ...(typeof note === 'string' && { note }),
    ...(texts(tags).length > 0 && { tags: texts(tags) }),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function isPair(value: unknown): value is readonly [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === 'string');
}
