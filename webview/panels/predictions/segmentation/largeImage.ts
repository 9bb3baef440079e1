/** One image, large: its labels, the classes in it, and what is under the pointer. */
import { confusionEntries, IGNORED_LABEL } from '../../../../src/shared/results/segmentations';
import { hexColour } from '../../../../src/shared/views/classColours';
import { formatShare } from '../../../../src/shared/views/formatNumbers';
import { element } from '../../../ui/element';
import { createImageStage, type StagePoint } from '../../../ui/imageStage';
import { paintLabels } from './paint';
import { describeImage, drawnLabels, imageOf, labelAsk, type Shown } from './shown';

export interface LargeImage {
  readonly node: HTMLElement;
  draw(shown: Shown, blink: number): void;
  focus(): void;
  /** Of what is on screen. */
  picture(): HTMLCanvasElement | undefined;
}

export interface LargeImageOptions {
  readonly onMove: (image: number) => void;
  readonly onClose: () => void;
  readonly onBlink: () => void;
}

export function createLargeImage({ onMove, onClose, onBlink }: LargeImageOptions): LargeImage {
  const reading = element('p', { class: 'pixel-reading' });
  const table = element('table', { class: 'image-classes' });
  const aside = element('div', { class: 'beside-image' }, reading, table);
  let shown: Shown | undefined;
  let blink = 0;
  let asked = 0;
  const stage = createImageStage({
    label: 'Image. Left and right go through images, plus and minus zoom, Shift and arrows move, Escape closes.',
    aside,
    keys: { b: onBlink },
    onMove,
    onClose,
    onPoint: (point) => void read(point),
  });
  return {
    node: stage.node,
    draw: (next, turn) => {
      shown = next;
      blink = turn;
      redraw();
    },
    focus: stage.focus,
    picture: stage.picture,
  };

  function redraw(): void {
    if (!shown || shown.view.image === undefined) return;
    const now = shown;
    const image = shown.view.image;
    const parts = drawnLabels(now, blink);
    const isWanted = (): boolean => shown?.view.image === image;
    const { name, width, height } = imageOf(now, image);
    stage.draw({
      ...{ images: now.images, image, title: name, remark: describeImage(now, image) },
      captions: parts.map(({ caption }) => caption),
      size: () => ({ width, height }),
      paint: (cell, canvas, place, ratio) =>
        paintLabels(canvas, now, {
          ...{ image, drawn: parts[cell]!, place, ratio, side: Infinity },
          wish: { isWanted, onReady: stage.refresh },
        }),
    });
    drawClasses(table, now, image);
    reading.textContent = 'Point at the image to read its labels.';
  }

  /** Only the last of several answers counts. */
  async function read(point: StagePoint | undefined): Promise<void> {
    const image = shown?.view.image;
    if (!shown || !point || image === undefined) return;
    const now = ++asked;
    const { run } = drawnLabels(shown, blink)[point.cell] ?? { run: 0 };
    const { width, height } = imageOf(shown, image);
    if (point.x < 0 || point.y < 0 || point.x >= width || point.y >= height) return;
    const found = await shown.labels.look(labelAsk(shown, run, image), point.x, point.y).catch(() => undefined);
    if (!found || now !== asked) return;
    const { classes } = shown.figures[0]!.index;
    const truth = found.truth === IGNORED_LABEL ? 'not judged' : classes[found.truth];
    reading.textContent = `${Math.floor(point.x)}, ${Math.floor(point.y)}: ${truth}, predicted ${classes[found.predicted]}`;
  }
}

/** Classes that the image has, in truth or prediction, with their overlap in it: what a picture says to screen readers. */
function drawClasses(table: HTMLElement, shown: Shown, image: number): void {
  const { classes } = shown.figures[0]!.index;
  const rows = shown.figures.map((_, run) => scoreImage(shown, image, run));
  const found = classes.map((_, k) => k).filter((k) => rows.some((run) => run.has(k)));
  const cell = (text: string): HTMLElement => element('td', { class: 'number' }, text);
  const names = shown.runs.length > 1 ? ['IoU A', 'IoU B'] : ['IoU'];
  const heads = names.map((name) => element('th', { scope: 'col', class: 'number' }, name));
  const head = element('tr', {}, element('th', { scope: 'col' }, 'in this image'), ...heads);
  const lines = found.map((k) => {
    const swatch = element('span', { class: 'class-swatch', 'aria-hidden': 'true' });
    swatch.style.background = hexColour(shown.colours[k]!);
    const name = element('th', { scope: 'row', title: classes[k] }, swatch, classes[k]!);
    return element('tr', {}, name, ...rows.map((run) => cell(formatShare(run.get(k) ?? Number.NaN))));
  });
  table.replaceChildren(element('thead', {}, head), element('tbody', {}, ...lines));
}

/** Intersection over union of each class in one image. */
function scoreImage(shown: Shown, image: number, run: number): Map<number, number> {
  const both = new Map<number, number>();
  const either = new Map<number, number>();
  const add = (map: Map<number, number>, k: number, pixels: number): unknown => map.set(k, (map.get(k) ?? 0) + pixels);
  for (const { truth, predicted, pixels } of confusionEntries(imageOf(shown, image, run))) {
    add(either, truth, pixels);
    if (truth === predicted) add(both, truth, pixels);
    else add(either, predicted, pixels);
  }
  return new Map([...either].map(([k, pixels]) => [k, (both.get(k) ?? 0) / pixels]));
}
