/**
 * CSV lists of images with a label each, such as mini-ImageNet's `filename,label`. With a header that names both columns they
 * may stand anywhere in a line; without one the first two are taken. Fields may be quoted (RFC 4180), not span lines.
 */
import { UserError } from '../errors';

export interface LabelledName {
  /** Counted from 1. */
  readonly line: number;
  readonly name: string;
  readonly label: string;
}

const nameColumns: readonly string[] = ['filename', 'file', 'image', 'path', 'name'];
const labelColumns: readonly string[] = ['label', 'class', 'class_name', 'category'];

/** The lines in their order; empty ones are passed over. Throws a user error that names the file and the line. */
export function parseLabelTable(text: string, file: string): LabelledName[] {
  const rows = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line, i) => ({ line: i + 1, fields: splitFields(line) }))
    .filter(({ fields }) => fields.some((field) => field !== ''));
  const header = (rows[0]?.fields ?? []).map((field) => field.toLowerCase());
  const [nameAt, labelAt] = [findColumn(header, nameColumns), findColumn(header, labelColumns)];
  const hasHeader = nameAt >= 0 && labelAt >= 0;
  const [first, second] = hasHeader ? [nameAt, labelAt] : [0, 1];
  const listed = rows.slice(hasHeader ? 1 : 0).map(({ line, fields }) => {
    const [name = '', label = ''] = [fields[first], fields[second]];
    if (name === '' || label === '') {
      const what = name === '' ? 'names no image' : `gives ${name} no label`;
      throw new UserError('data', `line ${line} of ${file} ${what}; each line is \`filename,label\``, { file, line });
    }
    return { line, name, label };
  });
  if (listed.length === 0) throw new UserError('data', `${file} lists no images; each line is \`filename,label\``);
  return listed;
}

function findColumn(header: readonly string[], names: readonly string[]): number {
  return header.findIndex((field) => names.includes(field));
}

function splitFields(line: string): string[] {
  const fields = line.match(/("([^"]|"")*"|[^,]*)(,|$)/g) ?? [];
  // The pattern matches once more at the end of a line that does not end in a comma.
  const used = line.endsWith(',') ? fields : fields.slice(0, -1);
  return used.map((field) => {
    const bare = field.replace(/,$/, '').trim();
    return bare.startsWith('"') ? bare.slice(1, -1).replaceAll('""', '"') : bare;
  });
}
