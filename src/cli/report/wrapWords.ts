/** Breaks lines of text at spaces to a terminal's width. */
import { computeWidth } from '../progress/textWidth';

/** Further lines are indented by `indent` columns; a word longer than a line is left whole. */
export function wrapWords(text: string, columns: number, indent = 0): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && computeWidth(longer) > columns) {
      lines.push(line.trimEnd());
      line = ' '.repeat(indent) + word;
    } else {
      line = longer;
    }
  }
  return [...lines, line.trimEnd()].join('\n');
}

/** Items side by side, two spaces apart, each kept whole, all indented by `indent` columns. */
export function wrapItems(items: readonly string[], columns: number, indent = 0): string {
  const whole = items.map((item) => item.replaceAll(' ', '\u00a0')).join('\u00a0 ');
  const lines = wrapWords(whole, columns - indent).split('\n');
  return lines.map((line) => ' '.repeat(indent) + line.trimEnd().replaceAll('\u00a0', ' ')).join('\n');
}
