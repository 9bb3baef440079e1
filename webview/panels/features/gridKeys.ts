/** What keys do on the table of pictures: other layers, other updates, and the place whose features are found again. */
import type { FeaturesView } from '../../../src/shared/protocol/panels/featuresPanel';
import type { Matching } from './matching';
import type { Shown } from './shown';

export interface GridKeysOptions {
  readonly current: () => Shown | undefined;
  readonly change: (part: Partial<FeaturesView>) => void;
  readonly matching: Matching;
  /** The place was moved by a key. */
  readonly onStep: () => void;
}

export function createGridKeys({ current, change, matching, onStep }: GridKeysOptions): (event: KeyboardEvent) => void {
  return (event) => {
    const shown = current();
    if (!shown) return;
    const layer = (step: number) => () => change({ layer: layerBeside(shown, step) });
    const update = (step: number) => () => shown.study.iterations.length > 0 && change(updateBeside(shown, step));
    const move = (right: number, down: number) => () => matching.step(current()!, right, down);
    const acts: Readonly<Record<string, () => void>> = {
      ...{ '[': layer(-1), ']': layer(1), ',': update(-1), '.': update(1) },
      ...{ 'Shift+ArrowLeft': move(-1, 0), 'Shift+ArrowRight': move(1, 0) },
      ...{ 'Shift+ArrowUp': move(0, -1), 'Shift+ArrowDown': move(0, 1) },
      Escape: () => matching.ask(current()!, undefined),
    };
    const act = acts[`${event.shiftKey && event.key.startsWith('Arrow') ? 'Shift+' : ''}${event.key}`];
    if (!act) return;
    event.preventDefault();
    act();
    if (event.shiftKey) onStep();
  };
}

function layerBeside({ study, grid }: Shown, step: number): string | undefined {
  const at = study.layers.findIndex(({ layer }) => layer === grid.at.layer);
  return clampedAt(study.layers, at + step)?.layer;
}

function updateBeside({ study: { iterations }, view }: Shown, step: number): Pick<FeaturesView, 'iteration'> {
  const wanted = view.iteration === undefined ? -1 : iterations.findLastIndex((one) => one <= view.iteration!);
  const at = wanted < 0 ? iterations.length - 1 : wanted;
  return { iteration: clampedAt(iterations, at + step) };
}

function clampedAt<Item>(list: readonly Item[], at: number): Item | undefined {
  return list[Math.min(list.length - 1, Math.max(0, at))];
}
