/** A small reader of RFC 4180, written apart from the writer. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  let field = '';
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (isQuoted) {
      if (character !== '"') field += character;
      else if (text[i + 1] === '"') field += text[i++];
      else isQuoted = false;
    } else if (character === '"') isQuoted = true;
    else if (character === ',') {
      rows.at(-1)!.push(field);
      field = '';
    } else if (character === '\r' && text[i + 1] === '\n') {
      rows.at(-1)!.push(field);
      field = '';
      rows.push([]);
      i++;
    } else field += character;
  }
  if (isQuoted || field !== '' || rows.at(-1)!.length > 0) throw new Error('CSV does not end with a line end');
  return rows.slice(0, -1);
}
