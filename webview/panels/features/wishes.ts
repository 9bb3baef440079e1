/** Pictures that channels, places and classes answer to most: found by optimisation, at a step that a slider chooses. */
import type { FeaturesView } from '../../../src/shared/protocol/panels/featuresPanel';
import { wishSheetName, type Wish } from '../../../src/shared/results/maximisation';
import { formatCount, formatMeasure } from '../../../src/shared/views/formatNumbers';
import { pictureOnSheet, type FoundWishes } from '../../../src/shared/views/features/featuresStudy';
import { createChoice } from '../../ui/choice';
import { element } from '../../ui/element';
import { createSlider } from '../../ui/slider';
import type { Shown } from './shown';

export interface Wishes {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
}

const SIDE = 116;

export function createWishes(change: (part: Partial<FeaturesView>) => void): Wishes {
  let shown: Shown | undefined;
  const model = createChoice('Model', (value) => change({ model: value }));
  const steps = (): readonly number[] => wishesOf(shown)[0]?.file.snapshots ?? [];
  const step = createSlider({
    ...{ label: 'Step', title: 'Steps of the optimisation', min: 0, max: 1, step: 1 },
    format: (at) => formatCount(steps()[at] ?? 0),
    onInput: (at) => change({ wishStep: steps()[at] }),
  });
  const hint = element(
    'p',
    { class: 'quiet note' },
    'What drives the answer up, not what the channel is for: compare with the images that it answers to most. The second number is the answer to grey noise.',
  );
  const none = element('p', { class: 'quiet note' });
  const list = element('ul', { class: 'wishes' });
  const node = element('div', {}, element('div', { class: 'toolbar' }, model.node, step.node), hint, none, list);
  return {
    node,
    draw: (next) => {
      shown = next;
      const { study, view, grid } = next;
      model.draw(
        study.models.map(({ id }) => ({ value: id, label: id })),
        grid.at.model,
      );
      const found = wishesOf(next);
      const all = steps();
      step.node.hidden = all.length < 2;
      step.node.querySelector('input')!.max = String(Math.max(1, all.length - 1));
      const wanted = view.wishStep === undefined ? -1 : all.findLastIndex((one) => one <= view.wishStep!);
      const at = wanted < 0 ? all.length - 1 : wanted;
      step.draw(at);
      none.hidden = found.length > 0;
      none.textContent = `None of ${grid.at.model} was computed.`;
      const items = found.flatMap((one) =>
        one.file.wishes.map((wish, index) =>
          createItem(next, one, { wish, index, at: Math.min(at, one.file.snapshots.length - 1) }),
        ),
      );
      list.replaceChildren(...items);
    },
  };
}

/** Of the model that is looked at. */
function wishesOf(shown: Shown | undefined): readonly FoundWishes[] {
  return shown?.study.wishesOf(shown.grid.at.model) ?? [];
}

interface ItemParts {
  readonly wish: Wish;
  readonly index: number;
  /** Place in the snapshots. */
  readonly at: number;
}

function createItem({ read }: Shown, { stage, file }: FoundWishes, { wish, index, at }: ItemParts): HTMLElement {
  const { name, values, noise, of } = wish;
  const write = (value: number): string => formatMeasure({ mean: value, halfWidth: undefined });
  const value = write(values[at] ?? Number.NaN);
  const words = `${name}: ${value} (noise ${write(noise)})`;
  const canvas = element('canvas', { role: 'img', 'aria-label': `${of} ${words}` }) as HTMLCanvasElement;
  const side = Math.round(SIDE * window.devicePixelRatio);
  [canvas.width, canvas.height] = [side, side];
  const { size, snapshots, wishes } = file;
  const picture = pictureOnSheet(stage.folder, {
    ...{ index: index * snapshots.length + at, count: wishes.length * snapshots.length, size, name: wishSheetName },
  });
  const draw = (): void => {
    const found = read.bitmaps.picture(picture, { isWanted: () => true, onReady: draw });
    if (found)
      canvas.getContext('2d')!.drawImage(found.bitmap, found.x, found.y, found.width, found.height, 0, 0, side, side);
  };
  draw();
  return element(
    'li',
    { title: words },
    canvas,
    element('span', { class: 'wish-name' }, name),
    element('span', { class: 'quiet' }, `${value} · ${write(noise)}`),
  );
}
