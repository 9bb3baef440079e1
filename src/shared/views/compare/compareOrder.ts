/** The order of the Compare panel's rows: which are let through, how they are sorted and grouped, whose seeds are open. */
import type { CompareModel, CompareSort, CompareView } from '../../protocol/panels/comparePanel';
import type { CompareColumn } from './compareColumns';
import type { RowComparison } from './compareDifferences';
import type { RowMarks } from './compareMarks';

export type CompareLine =
  | {
      readonly kind: 'group';
      readonly key: string;
      readonly label: string;
      readonly count: number;
      readonly isFolded: boolean;
    }
  | { readonly kind: 'row'; readonly key: string; readonly row: number }
  | { readonly kind: 'seed'; readonly key: string; readonly row: number; readonly seed: number };

interface AcceptanceInput {
  readonly view: CompareView;
  readonly offered: readonly CompareColumn[];
  readonly marksOf: (row: number) => RowMarks;
  readonly filter: { accepts(row: number): boolean };
  readonly comparisons: readonly RowComparison[] | undefined;
  readonly baseline: number | undefined;
}

/** The baseline stays whatever is filtered. */
export function createAcceptance(input: AcceptanceInput): (row: number) => boolean {
  const { view, offered, marksOf, filter, comparisons, baseline } = input;
  const values = Object.entries(view.valueFilters).flatMap(([id, texts]) => {
    const column = offered.find((one) => one.id === id);
    return column ? [{ column, texts: new Set(texts) }] : [];
  });
  const brushes = Object.entries(view.brushes).flatMap(([id, range]) => {
    const column = offered.find((one) => one.id === id);
    return column ? [{ column, range }] : [];
  });
  return (row) => {
    if (row === baseline) return true;
    const marks = marksOf(row);
    if (marks.hidden && !view.showHidden) return false;
    if (view.onlyStarred && !marks.star) return false;
    if (view.onlyFair && (comparisons?.[row]?.unfair.length ?? 0) > 0) return false;
    const isIn = ({ column, range: [low, high] }: (typeof brushes)[number]): boolean => {
      const value = column.number(row);
      return value !== undefined && value >= low && value <= high;
    };
    return (
      values.every(({ column, texts }) => texts.has(column.text(row))) && brushes.every(isIn) && filter.accepts(row)
    );
  };
}

const collator = new Intl.Collator('en', { numeric: true });

/** Stable; rows without a value come last in either direction. */
export function sortRows(
  rows: readonly number[],
  sort: readonly CompareSort[],
  columnOf: (id: string) => CompareColumn | undefined,
): number[] {
  const keys = sort.flatMap(({ column: id, isDescending }) => {
    const column = columnOf(id);
    return column ? [{ column, sign: isDescending ? -1 : 1 }] : [];
  });
  const order = (a: number, b: number): number => {
    for (const { column, sign } of keys) {
      const [left, right] = column.isNumber ? [column.number(a), column.number(b)] : [column.text(a), column.text(b)];
      const [isLeft, isRight] = [left !== undefined && left !== '', right !== undefined && right !== ''];
      if (isLeft !== isRight) return isLeft ? -1 : 1;
      if (!isLeft) continue;
      const difference =
        typeof left === 'number' && typeof right === 'number'
          ? left - right
          : collator.compare(String(left), String(right));
      if (difference !== 0) return sign * difference;
    }
    return a - b;
  };
  return keys.length === 0 ? [...rows] : rows.toSorted(order);
}

export function withSeeds({ rows }: CompareModel, { expanded }: CompareView): (row: number) => CompareLine[] {
  const open = new Set(expanded);
  return (row) => {
    const { id, seeds } = rows[row]!;
    const own: CompareLine = { kind: 'row', key: id, row };
    if (!open.has(id)) return [own];
    return [own, ...seeds.map((seed): CompareLine => ({ kind: 'seed', key: `${id}\n${seed}`, row, seed }))];
  };
}

export function arrange(model: CompareModel, view: CompareView, ordered: readonly number[]): CompareLine[] {
  const toLines = withSeeds(model, view);
  const { group } = view;
  if (group === 'none') return ordered.flatMap(toLines);
  const groups = new Map<string, number[]>();
  for (const row of ordered) {
    const { [group === 'transfer' ? 'measure' : group]: label } = model.rows[row]!;
    groups.set(label, [...(groups.get(label) ?? []), row]);
  }
  return [...groups].flatMap(([label, members]): CompareLine[] => {
    const key = `${group}\n${label}`;
    const isFolded = view.folded.includes(key);
    const name = label === '' ? 'nothing measured' : label;
    const head: CompareLine = { kind: 'group', key, label: name, count: members.length, isFolded };
    return isFolded ? [head] : [head, ...members.flatMap(toLines)];
  });
}
