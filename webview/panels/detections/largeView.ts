/** One image, as large as there is room: zoom, pan, a box chosen by click or key; of two runs side by side or in turn. */
import { element } from '../../ui/element';
import { createBoxList } from './boxList';
import { describeTile } from './grid';
import {
  isSameBox,
  listBoxes,
  paintScene,
  type BoxReference,
  type DrawnBox,
  type Placement,
  type Scene,
} from './paint';
import { drawnRuns, runLetter, type Shown } from './shown';

export interface LargeView {
  readonly node: HTMLElement;
  draw(shown: Shown, blink: number): void;
  focus(): void;
  /** Of what is on screen. */
  picture(): HTMLCanvasElement | undefined;
}

export interface LargeViewOptions {
  readonly onMove: (image: number) => void;
  readonly onClose: () => void;
  readonly onBlink: () => void;
}

/** Zoom relative to fitting, and the image point in the middle as shares of its sides. */
interface Look {
  zoom: number;
  x: number;
  y: number;
}

const MOST_ZOOM = 40;

export function createLargeView({ onMove, onClose, onBlink }: LargeViewOptions): LargeView {
  const back = element('vscode-button', { appearance: 'secondary' }, 'All images');
  const before = element(
    'vscode-button',
    { appearance: 'icon', 'aria-label': 'Image before', title: 'Image before (←)' },
    '‹',
  );
  const after = element(
    'vscode-button',
    { appearance: 'icon', 'aria-label': 'Next image', title: 'Next image (→)' },
    '›',
  );
  const fit = element('vscode-button', { appearance: 'icon', 'aria-label': 'Fit', title: 'Fit (0)' }, 'Fit');
  const title = element('span', { class: 'large-title' });
  const place = element('span', { class: 'quiet' });
  const head = element('div', { class: 'large-head' }, back, before, after, title, place, fit);
  const label =
    'Image. Left and right go through images, plus and minus zoom, Shift and arrows move, N and P go through boxes, Escape closes.';
  const stage = element('div', { class: 'stage', tabindex: 0, role: 'application', 'aria-label': label });
  const canvases = [0, 1].map(() => element('canvas') as HTMLCanvasElement);
  const captions = [0, 1].map(() => element('span', { class: 'stage-name' }));
  const cells = canvases.map((canvas, i) => element('div', { class: 'stage-cell' }, canvas, captions[i]!));
  stage.append(...cells);
  const boxList = createBoxList((reference) => choose(reference));
  const node = element('div', { class: 'large' }, head, element('div', { class: 'large-parts' }, stage, boxList.node));
  const look: Look = { zoom: 1, x: 0.5, y: 0.5 };
  let shown: Shown | undefined;
  let blink = 0;
  let drawnImage = -1;
  let chosen: BoxReference | undefined;
  /** By run; what is zoomed and moved stays the same boxes. */
  let boxes = new Map<number, readonly DrawnBox[]>();
  let frame = 0;
  let drag: { readonly x: number; readonly y: number; hasMoved: boolean } | undefined;

  const move = (step: number): void => {
    if (!shown) return;
    const now = shown.images.indexOf(shown.view.image ?? -1);
    const next = shown.images[Math.min(shown.images.length - 1, Math.max(0, now + step))];
    if (next !== undefined && next !== shown.view.image) onMove(next);
  };
  const zoomBy = (factor: number): void => {
    look.zoom = Math.min(MOST_ZOOM, Math.max(1, look.zoom * factor));
    keepInside();
    schedule();
  };
  /** Several events of one frame are drawn once; the list beside the image does not change with them. */
  const schedule = (): void => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      paint();
    });
  };
  const reset = (): void => {
    Object.assign(look, { zoom: 1, x: 0.5, y: 0.5 });
    schedule();
  };
  const choose = (reference: BoxReference | undefined): void => {
    chosen = reference;
    redraw();
  };
  back.addEventListener('click', onClose);
  before.addEventListener('click', () => move(-1));
  after.addEventListener('click', () => move(1));
  fit.addEventListener('click', reset);
  stage.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const factor = Math.exp(-event.deltaY / 300);
      const at = shareAt(event);
      zoomBy(factor);
      // The point under the pointer stays there.
      const now = shareAt(event);
      if (at && now) {
        look.x += at.x - now.x;
        look.y += at.y - now.y;
      }
      keepInside();
      schedule();
    },
    { passive: false },
  );
  stage.addEventListener('dblclick', reset);
  stage.addEventListener('pointerdown', (event) => {
    drag = { x: event.clientX, y: event.clientY, hasMoved: false };
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener('pointermove', (event) => {
    if (!drag || !shown) return;
    const [right, down] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.hasMoved && Math.hypot(right, down) < 4) return;
    const { width, height } = sizeOf();
    const { scale } = placement();
    look.x -= right / (scale * width);
    look.y -= down / (scale * height);
    drag = { x: event.clientX, y: event.clientY, hasMoved: true };
    keepInside();
    schedule();
  });
  stage.addEventListener('pointerup', (event) => {
    if (drag && !drag.hasMoved) choose(boxUnder(event));
    drag = undefined;
  });
  stage.addEventListener('pointercancel', () => (drag = undefined));
  node.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      event.preventDefault();
      return chosen ? choose(undefined) : onClose();
    }
    if (event.target !== stage) return;
    const steps: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => move(-1),
      ArrowRight: () => move(1),
      'Shift+ArrowLeft': () => pan(-1, 0),
      'Shift+ArrowRight': () => pan(1, 0),
      'Shift+ArrowUp': () => pan(0, -1),
      'Shift+ArrowDown': () => pan(0, 1),
      ArrowUp: () => pan(0, -1),
      ArrowDown: () => pan(0, 1),
      '+': () => zoomBy(1.25),
      '=': () => zoomBy(1.25),
      '-': () => zoomBy(0.8),
      '0': reset,
      n: () => walkBoxes(1),
      p: () => walkBoxes(-1),
      b: onBlink,
    };
    const isArrow = event.key.startsWith('Arrow');
    const step = steps[`${event.shiftKey && isArrow ? 'Shift+' : ''}${event.key}`];
    if (!step) return;
    event.preventDefault();
    step();
  });
  new ResizeObserver(() => redraw()).observe(stage);

  return {
    node,
    draw: (next, nextBlink) => {
      shown = next;
      blink = nextBlink;
      boxes = new Map();
      if (next.view.image !== drawnImage) {
        drawnImage = next.view.image ?? -1;
        chosen = undefined;
        Object.assign(look, { zoom: 1, x: 0.5, y: 0.5 });
      }
      redraw();
    },
    focus: () => stage.focus(),
    picture: () => canvases[0],
  };

  function sizeOf(): { width: number; height: number } {
    const { images } = shown!.tables.truth;
    const image = shown!.view.image ?? 0;
    const known = shown!.pictures.peek(image, Infinity);
    return {
      width: images.widths[image] || known?.width || 1,
      height: images.heights[image] || known?.height || 1,
    };
  }

  function placement(): Placement {
    const { width, height } = sizeOf();
    const { clientWidth, clientHeight } = cells[0]!;
    const scale = Math.min(clientWidth / width, clientHeight / height) * look.zoom;
    return {
      scale,
      left: clientWidth / 2 - look.x * width * scale,
      top: clientHeight / 2 - look.y * height * scale,
    };
  }

  /** The middle stays in the image; what fits is centred. */
  function keepInside(): void {
    const clamp = (value: number): number => (look.zoom <= 1 ? 0.5 : Math.min(1, Math.max(0, value)));
    look.x = clamp(look.x);
    look.y = clamp(look.y);
  }

  function pan(right: number, down: number): void {
    look.x += (0.15 * right) / look.zoom;
    look.y += (0.15 * down) / look.zoom;
    keepInside();
    schedule();
  }

  function shareAt(event: MouseEvent): { x: number; y: number } | undefined {
    const cell = cellUnder(event);
    if (cell < 0 || !shown) return undefined;
    const { left, top } = cells[cell]!.getBoundingClientRect();
    const { width, height } = sizeOf();
    const at = placement();
    return {
      x: (event.clientX - left - at.left) / (at.scale * width),
      y: (event.clientY - top - at.top) / (at.scale * height),
    };
  }

  function cellUnder({ clientX, clientY }: MouseEvent): number {
    return cells.findIndex((cell) => {
      if (cell.hidden) return false;
      const { left, right, top, bottom } = cell.getBoundingClientRect();
      return clientX >= left && clientX < right && clientY >= top && clientY < bottom;
    });
  }

  /** The smallest box around the point: those inside others can be reached. */
  function boxUnder(event: MouseEvent): BoxReference | undefined {
    const cell = cellUnder(event);
    const share = shareAt(event);
    if (cell < 0 || !share || !shown) return undefined;
    const { width, height } = sizeOf();
    const [x, y] = [share.x * width, share.y * height];
    const slack = 3 / placement().scale;
    const run = drawnRuns(shown, blink)[cell] ?? 0;
    const inside = boxesOf(run).filter(({ box: [left, top, w, h] }) => {
      return x >= left - slack && x <= left + w + slack && y >= top - slack && y <= top + h + slack;
    });
    return inside.sort((a, b) => a.box[2] * a.box[3] - b.box[2] * b.box[3])[0]?.reference;
  }

  function walkBoxes(step: number): void {
    if (!shown) return;
    const boxes = drawnRuns(shown, blink).flatMap((run, i) =>
      boxesOf(run).filter(({ reference }) => i === 0 || reference.kind === 'detection'),
    );
    if (boxes.length === 0) return;
    const now = boxes.findIndex(({ reference }) => chosen && isSameBox(reference, chosen));
    choose(boxes[(now + step + boxes.length + (now < 0 && step < 0 ? 1 : 0)) % boxes.length]!.reference);
  }

  function sceneOf(run: number): Scene {
    const { tables, filter, view } = shown!;
    return { tables, filter, view, run, image: view.image ?? 0, ...(chosen && { chosen }) };
  }

  function boxesOf(run: number): readonly DrawnBox[] {
    const known = boxes.get(run) ?? listBoxes(sceneOf(run));
    boxes.set(run, known);
    return known;
  }

  function redraw(): void {
    if (!shown || node.hidden || shown.view.image === undefined) return;
    const { image } = shown.view;
    const { tables, images } = shown;
    const runs = drawnRuns(shown, blink);
    title.textContent = tables.truth.images.names[image]!;
    title.title = title.textContent;
    const at = images.indexOf(image);
    place.textContent = `${at < 0 ? '' : `${at + 1} of ${images.length}, `}${describeTile(shown, image)}`;
    cells.forEach((cell, i) => (cell.hidden = i >= runs.length));
    paint();
    boxList.draw(shown, runs, { chosen, boxesOf });
  }

  function paint(): void {
    if (!shown || node.hidden || shown.view.image === undefined) return;
    const { image, tile } = shown.view;
    const { pictures } = shown;
    const picture = pictures.peek(image, Infinity);
    if (!picture) {
      const still = (): boolean => shown?.view.image === image;
      void pictures.get(image, Infinity, still).then((found) => found && still() && schedule());
    }
    const ratio = window.devicePixelRatio;
    const place = placement();
    drawnRuns(shown, blink).forEach((run, i) => {
      const canvas = canvases[i]!;
      const { clientWidth, clientHeight } = cells[i]!;
      resize(canvas, Math.max(1, Math.round(clientWidth * ratio)), Math.max(1, Math.round(clientHeight * ratio)));
      captions[i]!.textContent = shown!.runs.length > 1 ? `${runLetter(run)}: ${shown!.runs[run]!.name}` : '';
      const rough = picture ?? pictures.peek(image, tile * ratio);
      paintScene(canvas, { picture: rough, scene: sceneOf(run), boxes: boxesOf(run), place, ratio });
    });
  }
}

/** Setting a size, even the same, clears a canvas and costs. */
function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
