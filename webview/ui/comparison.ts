/** Two runs, or two pictures, compared: side by side, in turn, or one of them. */
import type { PairLayout } from '../../src/shared/protocol/panels/panelMessages';
import type { Option } from './choice';

/** A and B: what two runs are called where there is no room for names. */
export function runLetter(run: number): string {
  return run === 0 ? 'A' : 'B';
}

/** Which of the two are drawn, one beside the other; `blink` is whose turn it is. */
export function drawnPair(layout: PairLayout, blink: number): number[] {
  if (layout === 'side') return [0, 1];
  if (layout === 'blink') return [blink];
  return [layout === 'second' ? 1 : 0];
}

/** Of a dropdown, by the names of the two. */
export function layoutOptions(first: string, second: string): Option[] {
  return [
    { value: 'side', label: 'side by side' },
    { value: 'blink', label: 'in turn (B)' },
    { value: 'first', label: `${first} only` },
    { value: 'second', label: `${second} only` },
  ];
}

interface ComparableRun {
  readonly id: string;
}

/** The first run and what it is compared with: what the user chose, else what was opened with it. */
export function chosenRuns<Run extends ComparableRun>(
  { runs, others }: { readonly runs: readonly Run[]; readonly others: readonly Run[] },
  { other }: { readonly other?: string },
): Run[] {
  const [first, second] = runs;
  const chosen = other === undefined ? second : [...runs, ...others].find(({ id }) => id === other);
  return [first!, ...(chosen && chosen.id !== first!.id ? [chosen] : [])];
}

const BLINK_MS = 900;

/** Calls `turn` again and again while the page is seen, unless the user asked for less motion. */
export function startBlinking(isBlinking: () => boolean, turn: () => void): void {
  const isStill = matchMedia('(prefers-reduced-motion: reduce)');
  setInterval(() => {
    if (isBlinking() && !isStill.matches && !document.hidden) turn();
  }, BLINK_MS);
}
