/** Markdown (GitHub's tables) from plain text, for reports and for what panels export. */

export interface MarkdownTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** How many columns, from the left, hold words, or which do; the others hold numbers. */
  readonly words: number | ((column: number) => boolean);
}

/** Cells are escaped already. */
export function markdownTable({ head, rows, words }: MarkdownTable): string {
  const toLine = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replace(/\s*\n\s*/g, ' ')).join(' | ')} |`;
  const rule = `| ${head.map((_, i) => ((typeof words === 'number' ? i < words : words(i)) ? '---' : '---:')).join(' | ')} |`;
  return [toLine(head), rule, ...rows.map(toLine)].join('\n');
}

/** Text that Markdown shows as it is; an underscore inside a word means nothing and stays readable. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*[\]<>|~&$]/g, '\\$&')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replace(/^(\s*)([#+-])/gm, '$1\\$2');
}
