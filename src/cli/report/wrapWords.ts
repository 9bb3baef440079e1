/** Breaks lines of text at spaces to a terminal's width. */
import { computeWidth } from '../progress/textWidth';

/** Further lines are indented by `indent` columns; a word longer than a line is left whole. */
export function wrapWords(text: string, columns: number, indent = 0): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line.trim() !== '' && computeWidth(longer) > columns) {
      lines.push(line);
      line = ' '.repeat(indent) + word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].join('\n');
}
