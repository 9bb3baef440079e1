/** CSV (RFC 4180) from fields; numbers keep all their digits. */

export type CsvField = string | number;

/** Lines end in CR LF; the first is the header. */
export function csvText(lines: readonly (readonly CsvField[])[]): string {
  return lines.map((line) => `${line.map(quote).join(',')}\r\n`).join('');
}

function quote(value: CsvField): string {
  const text = String(value);
  // Spreadsheets take text that begins so for a formula; an apostrophe makes it text again.
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
