/** Splits a byte stream into lines and keeps the last few; memory stays bounded however much arrives. */
import { StringDecoder } from 'node:string_decoder';

const LONGEST_LINE = 2000;

export interface LineTail {
  push(chunk: Buffer): void;
  /** The last lines, oldest first, with the unfinished one at the end. */
  lines(): readonly string[];
}

export function createLineTail(options: {
  readonly lines: number;
  readonly onLine?: (line: string) => void;
}): LineTail {
  const decoder = new StringDecoder('utf8');
  const kept: string[] = [];
  let rest = '';
  const keep = (line: string): void => {
    kept.push(line);
    if (kept.length > options.lines) kept.shift();
  };
  return {
    push: (chunk) => {
      const parts = (rest + decoder.write(chunk)).split(/\r?\n/);
      rest = (parts.pop() ?? '').slice(0, LONGEST_LINE);
      for (const part of parts) {
        const line = part.slice(0, LONGEST_LINE);
        if (line.trim() === '') continue;
        keep(line);
        options.onLine?.(line);
      }
    },
    lines: () => (rest.trim() === '' ? [...kept] : [...kept, rest]),
  };
}
