/**
 * A block of lines at the bottom of a terminal that is rewritten in place. Each update is one write (no flicker); lines
 * above it scroll as usual. After a resize the terminal has re-wrapped the old lines, so their rows are counted anew.
 */
import type { OutputStream } from '../terminal';
import { computeVisibleWidth, countRows } from './renderProgress';

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const ERASE_BELOW = '\x1b[J';
const ERASE_TO_END = '\x1b[K';

export interface LiveRegion {
  draw(lines: readonly string[]): void;
  /** Puts lines above the block, into the scroll-back. */
  printAbove(lines: readonly string[]): void;
  /** Removes the block and gives the cursor back. */
  clear(): void;
}

export function createLiveRegion(stream: OutputStream): LiveRegion {
  let shown: readonly string[] = [];
  let widths: readonly number[] = [];
  const toTop = (): string => {
    const rows = countRows(widths, stream.columns);
    return shown.length === 0 ? '' : `\r\x1b[${rows}A`;
  };
  const body = (lines: readonly string[]): string => lines.map((line) => `${line}${ERASE_TO_END}\n`).join('');
  return {
    draw: (lines) => {
      // Nothing changed: nothing to write, so an idle run does not keep the terminal busy.
      if (lines.length === shown.length && lines.every((line, index) => line === shown[index])) return;
      const text = `${HIDE_CURSOR}${toTop()}${body(lines)}${ERASE_BELOW}`;
      shown = lines;
      widths = lines.map(computeVisibleWidth);
      stream.write(text);
    },
    printAbove: (lines) => stream.write(`${toTop()}${ERASE_BELOW}${body(lines)}${body(shown)}`),
    clear: () => {
      stream.write(`${toTop()}${ERASE_BELOW}${SHOW_CURSOR}`);
      shown = [];
      widths = [];
    },
  };
}
