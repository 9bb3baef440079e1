/** The table as it is on screen as CSV, Markdown and LaTeX: its columns, its rows in their order, seeds where they are open. */
import type { CompareModel } from '../../protocol/panels/comparePanel';
import { csvText, type CsvField } from '../../formats/csvText';
import { escapeLatex, latexMaths, LATEX_NEEDS, latexTable } from '../../formats/latexText';
import { escapeMarkdown, markdownTable } from '../../formats/markdownText';
import { describeUnfair } from '../../results/comparability';
import { metricOf, seedValues } from './compareColumns';
import type { CompareLine } from './compareOrder';
import type { CompareTable } from './compareTable';

/** Rows and seeds in order, the pinned ones first. */
function writtenLines({ pinned, lines }: CompareTable): Exclude<CompareLine, { kind: 'group' }>[] {
  return [...pinned, ...lines].flatMap((line) => (line.kind === 'group' ? [] : [line]));
}

/** One line for each row and seed, whose value keeps all its digits; the shown columns follow as they are written. */
export function renderCompareCsv(model: CompareModel, table: CompareTable, metric: string): string {
  const head = ['name', 'run', 'pretraining', 'transfer', 'task', 'origin', 'seed', 'metric', 'value'];
  const columns = table.columns.filter(({ id }) => !['run', 'pretraining', 'measure', 'task', 'origin'].includes(id));
  const against = table.against === undefined ? [] : ['not comparable because'];
  const rows = writtenLines(table)
    .filter(({ kind }) => kind === 'row')
    .flatMap(({ row }): CsvField[][] => {
      const { run, pretraining, measure, task, isImported } = model.rows[row]!;
      const unfair = table.comparisons?.[row]?.unfair ?? [];
      const values = seedValues(model.rows[row]!, metric);
      const shared = columns.map((column): CsvField => column.text(row));
      const why = against.map(() => describeUnfair(unfair));
      const own = [table.nameOf(row), run, pretraining, measure, task, isImported ? 'imported' : 'run here'];
      const measured = metricOf({ model }, model.rows[row]!, metric)?.name ?? '';
      const lines =
        values.length === 0
          ? [['', measured, '']]
          : values.map(({ seed, value }): CsvField[] => [seed, measured, value]);
      return lines.map((line) => [...own, ...line, ...shared, ...why]);
    });
  return csvText([[...head, ...columns.map(({ name }) => name), ...against], ...rows]);
}

export function renderCompareMarkdown(model: CompareModel, table: CompareTable): string {
  const rows = writtenLines(table).map((line) => [
    escapeMarkdown(lineName(table, line)),
    ...table.columns.map((column) => escapeMarkdown(table.cell(line, column))),
  ]);
  const head = ['', ...table.columns.map(({ name }) => escapeMarkdown(name))];
  const notes = [...scoreNotes(model, table), ...unfairNotes(table)].map((note) => `- ${escapeMarkdown(note)}`);
  return [
    markdownTable({ head, rows, words: holdsWords(table) }),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    '',
  ].join('\n');
}

export function renderCompareLatex(model: CompareModel, table: CompareTable): string {
  const write = (text: string, isNumber: boolean): string => {
    if (text === '') return '--';
    const [, mark = '', plain = ''] = /^([▲▼?] )?(.*)$/su.exec(text)!;
    const isPlain = isNumber && /^[+−-]?[\d.,]+( ± [\d.,]+)?$/.test(plain);
    return isPlain ? `${escapeLatex(mark)}$${latexMaths(plain)}$` : escapeLatex(text);
  };
  const rows = writtenLines(table).map((line) => [
    escapeLatex(lineName(table, line)),
    ...table.columns.map((column) => write(table.cell(line, column), column.isNumber)),
  ]);
  const base =
    table.baseline === undefined ? '' : ` Differences are to ${table.nameOf(table.baseline)}, paired over seeds.`;
  const score = scoreNotes(model, table).map((note) => ` ${note}`);
  const caption = escapeLatex(`Mean and 95 % interval over seeds.${score.join('')}${base}`);
  const head = ['', ...table.columns.map(({ name }) => escapeLatex(name))];
  const notes = unfairNotes(table).map((note) => `% ${note}\n`);
  return `${LATEX_NEEDS}\n${latexTable({ caption, head, rows, words: holdsWords(table) })}${notes.join('')}`;
}

/** The first column names the row. */
function holdsWords({ columns }: CompareTable): (column: number) => boolean {
  return (column) => column === 0 || !columns[column - 1]!.isNumber;
}

/** Which metric the column `score` holds, by transfer where they differ. */
function scoreNotes(model: CompareModel, table: CompareTable): string[] {
  if (!table.columns.some(({ id }) => id === 'score')) return [];
  const measures = new Map<string, Set<string>>();
  for (const { row } of writtenLines(table)) {
    const metric = metricOf({ model }, model.rows[row]!, 'score');
    if (metric) measures.set(metric.name, (measures.get(metric.name) ?? new Set()).add(model.rows[row]!.measure));
  }
  if (measures.size === 0) return [];
  const parts = [...measures].map(([name, of]) => (measures.size === 1 ? name : `${name} (${[...of].join(', ')})`));
  return [`Score: ${parts.join('; ')}.`];
}

export function lineName(table: CompareTable, line: CompareLine): string {
  if (line.kind === 'group') return line.label;
  return line.kind === 'seed' ? `seed ${line.seed}` : table.nameOf(line.row);
}

/** A reader of the file cannot see what is grey. */
function unfairNotes(table: CompareTable): string[] {
  const { against, comparisons } = table;
  if (against === undefined || !comparisons) return [];
  return writtenLines(table).flatMap((line) => {
    const unfair = line.kind === 'row' ? comparisons[line.row]!.unfair : [];
    const name = table.nameOf(line.row);
    return unfair.length === 0
      ? []
      : [`${name} is not comparable with ${table.nameOf(against)}: ${describeUnfair(unfair)}`];
  });
}
