/** One example, large, with the errors of its landmarks as a list, which is also what screen readers get of it. */
import { runLetter } from '../../../ui/comparison';
import { element } from '../../../ui/element';
import { createImageStage, type StagePoint } from '../../../ui/imageStage';
import type { TaskFrame } from '../imageTask';
import { paintPoints } from './paint';
import { describeExample, drawnRuns, formatError, type Shown } from './shown';

export interface LargeExample {
  readonly node: HTMLElement;
  draw(shown: Shown, blink: number): void;
  focus(): void;
  /** Of what is on screen. */
  picture(): HTMLCanvasElement | undefined;
}

export function createLargeExample(
  { onMove, onClose, onBlink }: TaskFrame<Shown>,
  choose: (landmark: string) => void,
): LargeExample {
  const table = element('table', { class: 'image-points' });
  const aside = element('div', { class: 'beside-image' }, table);
  let shown: Shown | undefined;
  let blink = 0;
  table.addEventListener('click', ({ target }) => {
    const name = (target as Element).closest<HTMLElement>('[data-landmark]')?.dataset.landmark;
    if (name !== undefined) choose(name === shown?.view.landmarks.landmark ? '' : name);
  });
  const stage = createImageStage({
    label:
      'Image. Left and right go through images, plus and minus zoom, Shift and arrows move, N and P go through landmarks, Escape closes.',
    aside,
    keys: { b: onBlink, n: () => walk(1), p: () => walk(-1) },
    onMove,
    onClose,
    onEscape: () => {
      const hadLandmark = shown !== undefined && shown.view.landmarks.landmark !== '';
      if (hadLandmark) choose('');
      return hadLandmark;
    },
    onPress: (point) => choose(nearest(point)),
  });
  return {
    node: stage.node,
    draw: (next, turn) => {
      shown = next;
      blink = turn;
      redraw(next);
    },
    focus: stage.focus,
    picture: stage.picture,
  };

  function walk(step: number): void {
    if (!shown) return;
    const { names } = shown.figures[0]!.file.landmarks;
    const now = names.indexOf(shown.view.landmarks.landmark);
    choose(names[(now + step + names.length + (now < 0 && step < 0 ? 1 : 0)) % names.length]!);
  }

  /** The landmark whose true or predicted point is nearest, within 12 px of the screen; '' for none. */
  function nearest({ cell, x, y, pixel }: StagePoint): string {
    const example = shown?.view.image;
    if (!shown || example === undefined) return '';
    const { truth, predicted, file } = shown.figures[drawnRuns(shown, blink)[cell] ?? 0]!;
    const { names } = file.landmarks;
    let best = { name: '', distance: 12 * pixel };
    names.forEach((name, k) => {
      const at = example * names.length + k;
      if (truth.visibility[at] === 0) return;
      for (const { points } of [truth, predicted]) {
        const distance = Math.hypot(points[2 * at]! + 0.5 - x, points[2 * at + 1]! + 0.5 - y);
        if (distance < best.distance) best = { name, distance };
      }
    });
    return best.name;
  }

  function redraw(now: Shown): void {
    const example = now.view.image;
    if (example === undefined) return;
    const runs = drawnRuns(now, blink);
    const { file } = now.figures[0]!;
    const isWanted = (): boolean => shown?.view.image === example;
    stage.draw({
      ...{ images: now.images, image: example, title: file.examples[example]!.name },
      remark: describeExample(now, example),
      captions: runs.map((run) => (now.runs.length > 1 ? `${runLetter(run)}: ${now.runs[run]!.name}` : '')),
      size: () => ({ width: file.pictureSide, height: file.pictureSide }),
      paint: (cell, canvas, place, ratio) =>
        paintPoints(canvas, now, {
          ...{ example, run: runs[cell]!, place, ratio, hasNames: true },
          wish: { isWanted, onReady: stage.refresh },
        }),
    });
    drawTable(table, now, example);
  }
}

const visibilityNames = ['not marked', 'hidden', ''] as const;

function drawTable(table: HTMLElement, { figures, view }: Shown, example: number): void {
  const { names } = figures[0]!.file.landmarks;
  const heads = figures.map((_, run) => (figures.length > 1 ? `error ${runLetter(run)}` : 'error %'));
  const head = element(
    'tr',
    {},
    element('th', { scope: 'col' }, 'landmark'),
    ...heads.map((name) => element('th', { scope: 'col', class: 'number' }, name)),
  );
  const lines = names.map((name, k) => {
    const at = example * names.length + k;
    const isChosen = name === view.landmarks.landmark;
    const seen = visibilityNames[figures[0]!.truth.visibility[at]! as 0 | 1 | 2];
    const button = element(
      'button',
      { type: 'button', class: 'plain link', 'data-landmark': name, 'aria-pressed': isChosen, title: name },
      name,
    );
    const remark = seen === '' ? [] : [element('span', { class: 'quiet' }, ` ${seen}`)];
    const cells = figures.map(({ pointErrors }) => element('td', { class: 'number' }, formatError(pointErrors[at]!)));
    const row = { class: isChosen ? 'is-chosen' : undefined };
    return element('tr', row, element('th', { scope: 'row' }, button, ...remark), ...cells);
  });
  const focused = (document.activeElement as HTMLElement | null)?.dataset.landmark;
  table.replaceChildren(element('thead', {}, head), element('tbody', {}, ...lines));
  if (focused !== undefined)
    [...table.querySelectorAll<HTMLElement>('[data-landmark]')]
      .find(({ dataset }) => dataset.landmark === focused)
      ?.focus();
}
