/** log.jsonl as text to read: one line per entry, in the reader's order; lines that are cut or garbage stay as they are. */
import type { LogLine } from '../../results/runManifest';

export function formatLog(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.length === 0 ? '(the log is empty)\n' : `${lines.map(formatLine).join('\n')}\n`;
}

function formatLine(line: string): string {
  const entry = parseLogLine(line);
  if (!entry) return line;
  const { at, level, stage, message } = entry;
  const time = at.slice(0, 19).replace('T', ' ');
  const where = stage === undefined ? '' : `${stage}: `;
  return `${time} ${level.toUpperCase().padEnd(7)} ${where}${message}`;
}

/** A line of log.jsonl, or undefined when it is cut or garbage. */
export function parseLogLine(line: string): LogLine | undefined {
  try {
    const value = JSON.parse(line) as Partial<LogLine> | null;
    const isEntry = [value?.at, value?.level, value?.message].every((part) => typeof part === 'string');
    return isEntry ? (value as LogLine) : undefined;
  } catch {
    return undefined;
  }
}
