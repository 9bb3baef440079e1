/**
 * Tables in a paper's form, in every format of the report: pretrainings down, numbers across, both under the headings that
 * the experiment file gives them. A published number stands in brackets and names its source.
 */
import type { CsvField } from '../../shared/formats/csvText';
import { escapeLatex, latexMaths } from '../../shared/formats/latexText';
import { escapeMarkdown, markdownTable } from '../../shared/formats/markdownText';
import { formatMeasure, formatPercent } from '../../shared/views/formatNumbers';
import type { PaperCell, PaperColumn, PaperRow, PaperTable } from '../../shared/views/report/paperTables';
import { markup, type Markup } from './markup';

/** `47.2 ± 0.3`, of shares in percent. */
function ownText({ own }: PaperCell, { isShare }: PaperColumn): string | undefined {
  if (!own) return undefined;
  return isShare ? formatPercent(own) : formatMeasure(own);
}

/** `46.6` */
function publishedText({ published }: PaperCell, { isShare }: PaperColumn): string | undefined {
  if (!published) return undefined;
  return isShare ? (100 * published.value).toFixed(1) : String(published.value);
}

/** Sources by letter: a, b … */
function sourceMark(place: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + (place % 26)).repeat(Math.floor(place / 26) + 1);
}

/** Runs of equal headings: what each says, and over how many it stands. */
function spans(groups: readonly string[]): { readonly title: string; readonly count: number }[] {
  const found: { title: string; count: number }[] = [];
  for (const title of groups) {
    const last = found.at(-1);
    if (last?.title === title) last.count++;
    else found.push({ title, count: 1 });
  }
  return found;
}

const groupedTitle = ({ group, title }: { readonly group: string; readonly title: string }) =>
  group === '' ? title : `${group}: ${title}`;

export function paperTablesMarkdown(tables: readonly PaperTable[]): string[] {
  return tables.flatMap(({ title, columns, rows, sources }) => {
    const cellText = (cell: PaperCell, c: number): string => {
      const own = ownText(cell, columns[c]!) ?? '–';
      const printed = publishedText(cell, columns[c]!);
      return printed === undefined ? own : `${own} \\[${printed}<sup>${sourceMark(cell.published!.source)}</sup>\\]`;
    };
    return [
      `## ${escapeMarkdown(title)}`,
      markdownTable({
        head: ['', ...columns.map((column) => escapeMarkdown(groupedTitle(column)))],
        rows: rows.map((row) => [escapeMarkdown(groupedTitle(row)), ...row.cells.map(cellText)]),
        words: 1,
      }),
      ...(sources.length > 0 ? [`In brackets: published. ${sources.map(sourceMarkdown).join(' ')}`] : []),
    ];
  });
}

const sourceMarkdown = (source: string, place: number) => `<sup>${sourceMark(place)}</sup> ${escapeMarkdown(source)}.`;

export function paperTablesHtml(tables: readonly PaperTable[]): Markup[] {
  return tables.map(
    ({ title, columns, rows, sources }) => markup`<section>
<h2>${title}</h2>
<div class="scroll"><table class="paper"><thead>${groupHeads(columns)}<tr><th scope="col"></th>${columns.map((column) => markup`<th scope="col">${column.title}</th>`)}</tr></thead><tbody>${bodyRows(rows, columns)}</tbody></table></div>
${sources.length > 0 && markup`<p class="note">In brackets: published. ${sources.map((source, place) => markup`<sup>${sourceMark(place)}</sup> ${source}. `)}</p>`}
</section>`,
  );
}

function groupHeads(columns: readonly PaperColumn[]): Markup | false {
  if (columns.every(({ group }) => group === '')) return false;
  const heads = spans(columns.map(({ group }) => group));
  return markup`<tr><th></th>${heads.map(({ title, count }) => markup`<th scope="colgroup" class="group" colspan="${String(count)}">${title}</th>`)}</tr>`;
}

function bodyRows(rows: readonly PaperRow[], columns: readonly PaperColumn[]): Markup[] {
  return rows.map((row, r) => {
    const isFirst = row.group !== '' && rows[r - 1]?.group !== row.group;
    const heading =
      isFirst &&
      markup`<tr class="group"><th scope="rowgroup" colspan="${String(columns.length + 1)}">${row.group}</th></tr>`;
    const cells = row.cells.map((cell, c) => {
      const printed = publishedText(cell, columns[c]!);
      const own = ownText(cell, columns[c]!);
      const beside =
        printed !== undefined &&
        markup` <span class="published">[${printed}<sup>${sourceMark(cell.published!.source)}</sup>]</span>`;
      return markup`<td class="${own === undefined ? 'missing' : 'own'}">${own ?? '–'}${beside}</td>`;
    });
    return markup`${heading}<tr><th scope="row">${row.title}</th>${cells}</tr>`;
  });
}

/** booktabs, with a rule under each heading. */
export function paperTablesLatex(tables: readonly PaperTable[]): string[] {
  return tables.map((table) => {
    const { title, columns, sources } = table;
    const notes = sources.map((source, place) => `$^{${sourceMark(place)}}$ ${escapeLatex(source)}.`).join(' ');
    const legend = sources.length === 0 ? '' : ` In brackets: published. ${notes}`;
    return [
      '\\begin{table}',
      '  \\centering',
      `  \\caption{${escapeLatex(title)} Mean $\\pm$ 95\\,\\% Student interval over seeds.${legend}}`,
      `  \\begin{tabular}{l${'r'.repeat(columns.length)}}`,
      '    \\toprule',
      ...latexGroups(columns),
      `    ${['', ...columns.map((column) => escapeLatex(column.title))].join(' & ')} \\\\`,
      '    \\midrule',
      ...latexRows(table),
      '    \\bottomrule',
      '  \\end{tabular}',
      '\\end{table}',
      '',
    ].join('\n');
  });
}

function latexGroups(columns: readonly PaperColumn[]): string[] {
  if (columns.every(({ group }) => group === '')) return [];
  const heads = spans(columns.map(({ group }) => group));
  const rules: string[] = [];
  let from = 2;
  for (const { title, count } of heads) {
    if (title !== '') rules.push(`\\cmidrule(lr){${from}-${from + count - 1}}`);
    from += count;
  }
  const cells = heads.map(({ title, count }) => `\\multicolumn{${count}}{c}{${escapeLatex(title)}}`);
  return [`    & ${cells.join(' & ')} \\\\`, `    ${rules.join(' ')}`];
}

function latexRows({ rows, columns }: PaperTable): string[] {
  return rows.flatMap((row, r) => {
    const cells = row.cells.map((cell, c) => {
      const own = ownText(cell, columns[c]!);
      const printed = publishedText(cell, columns[c]!);
      const beside =
        printed === undefined ? '' : ` {\\scriptsize [$${printed}^{${sourceMark(cell.published!.source)}}$]}`;
      return `${own === undefined ? '--' : `$${latexMaths(own)}$`}${beside}`;
    });
    const line = `    ${[escapeLatex(row.title), ...cells].join(' & ')} \\\\`;
    if (row.group === '' || rows[r - 1]?.group === row.group) return [line];
    const heading = `    \\multicolumn{${columns.length + 1}}{l}{\\textit{${escapeLatex(row.group)}}} \\\\`;
    return [...(r > 0 ? ['    \\midrule'] : []), heading, line];
  });
}

/** Lines of published numbers; those measured here stand in the other lines. */
export function publishedCsv(tables: readonly PaperTable[]): CsvField[][] {
  return tables.flatMap(({ columns, rows, sources }) =>
    rows.flatMap((row) =>
      row.cells.flatMap(({ published }, c) => {
        if (!published) return [];
        const place = [
          'published',
          row.title,
          '',
          groupedTitle(columns[c]!),
          '',
          sources[published.source]!,
          '',
          '',
          '',
        ];
        return [[...place, columns[c]!.title, '', published.value, '']];
      }),
    ),
  );
}
