/** LaTeX (booktabs) from plain text, for reports and for what panels export. */

export const LATEX_NEEDS = '% needs \\usepackage{booktabs}';

export interface LatexTable {
  readonly caption: string;
  /** Which columns hold words, the others numbers; the first when left out. */
  readonly words?: (column: number) => boolean;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Caption and cells are escaped already. */
export function latexTable({ caption, head, rows, words = (column) => column === 0 }: LatexTable): string {
  return [
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${caption}}`,
    `  \\begin{tabular}{${head.map((_, column) => (words(column) ? 'l' : 'r')).join('')}}`,
    '    \\toprule',
    `    ${head.join(' & ')} \\\\`,
    '    \\midrule',
    ...rows.map((row) => `    ${row.join(' & ')} \\\\`),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
    '',
  ].join('\n');
}

/** A formatted number for maths mode. */
export function latexMaths(text: string): string {
  return text.replace('±', '\\pm').replace('−', '-');
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  // After `\\` a bare bracket would be its argument.
  '[': '{[}',
  ']': '{]}',
  '\n': ' ',
  // pdfLaTeX has no characters for these.
  '▲': '$\\uparrow$',
  '▼': '$\\downarrow$',
  Δ: '$\\Delta$',
  τ: '$\\tau$',
  ρ: '$\\rho$',
  '−': '$-$',
  '≤': '$\\leq$',
  '≥': '$\\geq$',
};

export function escapeLatex(text: string): string {
  return text.replace(/[\\&%$#_{}~^<>|[\]\n▲▼Δτρ−≤≥]/g, (character) => escapes[character] ?? `\\${character}`);
}
