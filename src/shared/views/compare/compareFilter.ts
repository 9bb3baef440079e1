/**
 * The filter of the Compare panel as typed: `moco accuracy > 60 task = detection -draft "two words"`. Words must be found in
 * the row's name, run, file, tags or note; a column with an operator compares its cell. All terms must hold. Shares are in
 * percent, as they are written. What cannot be understood is said and lets every row through.
 */
import type { CompareColumn } from './compareColumns';

export interface CompareFilter {
  readonly problems: readonly string[];
  accepts(row: number): boolean;
}

type Operator = '=' | '!=' | '>' | '<' | '>=' | '<=' | '~';

const pattern = /\s*(-?)(?:"([^"]*)"|([^\s"=<>!~]+))(?:\s*(>=|<=|!=|==|=|>|<|~)\s*(?:"([^"]*)"|([^\s"]+)))?/y;

interface Term {
  readonly isNot: boolean;
  readonly name: string;
  readonly operator?: Operator;
  readonly value: string;
}

export function parseCompareFilter(
  query: string,
  columns: readonly CompareColumn[],
  textOf: (row: number) => string,
): CompareFilter {
  const { terms, problems } = readTerms(query);
  const tests = terms.flatMap((term) => {
    const test = createTest(term, columns, textOf);
    if (typeof test !== 'string') return [term.isNot ? (row: number) => !test(row) : test];
    problems.push(test);
    return [];
  });
  return { problems, accepts: (row) => tests.every((test) => test(row)) };
}

function readTerms(query: string): { terms: Term[]; problems: string[] } {
  const terms: Term[] = [];
  const problems: string[] = [];
  pattern.lastIndex = 0;
  for (let at = 0; query.slice(at).trim() !== ''; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const match = pattern.exec(query);
    if (!match) {
      problems.push(
        `“${query.slice(at).trim()}” is no filter; write words, or a column with =, !=, >, <, >=, <= or ~ and a value`,
      );
      break;
    }
    const [, minus, quoted, plain, operator, quotedValue, plainValue] = match;
    terms.push({
      isNot: minus === '-',
      name: quoted ?? plain ?? '',
      ...(operator !== undefined && { operator: (operator === '==' ? '=' : operator) as Operator }),
      value: quotedValue ?? plainValue ?? '',
    });
  }
  return { terms, problems };
}

function createTest(
  { name, operator, value }: Term,
  columns: readonly CompareColumn[],
  textOf: (row: number) => string,
): ((row: number) => boolean) | string {
  if (operator === undefined) {
    const wanted = name.toLowerCase();
    return (row) => textOf(row).includes(wanted);
  }
  const column = findColumn(name, columns);
  if (!column) return `no column is called “${name}”; the column chooser lists all of them`;
  const wanted = value.toLowerCase();
  const text = (row: number): string => column.text(row).toLowerCase();
  const number = Number(value.replace(/%$/, ''));
  switch (operator) {
    case '~':
      return (row) => text(row).includes(wanted);
    case '=':
      return (row) => text(row) === wanted || (value !== '' && column.number(row) === number);
    case '!=':
      return (row) => text(row) !== wanted && column.number(row) !== number;
    default:
      if (Number.isNaN(number) && column.isNumber) return `“${value}” is no number, which ${name} ${operator} needs`;
      return (row) => {
        const own = column.number(row);
        if (own !== undefined) return compare(own - number, operator);
        return (
          !column.isNumber &&
          text(row) !== '' &&
          compare(text(row) < wanted ? -1 : text(row) > wanted ? 1 : 0, operator)
        );
      };
  }
}

function compare(difference: number, operator: '>' | '<' | '>=' | '<='): boolean {
  if (operator === '>') return difference > 0;
  if (operator === '<') return difference < 0;
  return operator === '>=' ? difference >= 0 : difference <= 0;
}

/** By id or name, whole or the part behind the last dot; the first column that fits. */
function findColumn(name: string, columns: readonly CompareColumn[]): CompareColumn | undefined {
  const wanted = name.toLowerCase();
  const ways: ((column: CompareColumn) => boolean)[] = [
    ({ id }) => id.toLowerCase() === wanted,
    ({ name: own }) => own.toLowerCase() === wanted,
    // What was measured how is asked for more often than what was pretrained how.
    ({ id }) => id.toLowerCase() === `transfer.${wanted}`,
    ({ id }) => id.toLowerCase().endsWith(`.${wanted}`),
  ];
  for (const isMeant of ways) {
    const found = columns.find(isMeant);
    if (found) return found;
  }
  return undefined;
}
