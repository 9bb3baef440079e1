/** Columns that text takes on a terminal: East Asian wide characters and emoji take two, combining marks none. */

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const NONE = /\p{Mark}|\p{Cf}|\p{Cc}/u;

/** Width in columns; the text holds no escape codes. */
export function computeWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The text cut to at most `columns`, ending in … when something was cut. */
export function truncate(text: string, columns: number): string {
  if (computeWidth(text) <= columns) return text;
  if (columns <= 0) return '';
  let result = '';
  let width = 0;
  for (const character of text) {
    width += characterWidth(character);
    if (width > columns - 1) break;
    result += character;
  }
  return `${result.trimEnd()}…`;
}

/** Makes untrusted text fit for one line: control characters, among them escapes, become spaces. */
export function toOneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

function characterWidth(character: string): number {
  if (character < '\u0300') return 1;
  if (NONE.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
