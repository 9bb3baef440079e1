/** One image, as large as there is room: zoom, pan, steps to its neighbours; one picture of it or two side by side. */
import { element } from './element';
import { onceAFrame } from './onceAFrame';
import { listenToPointer } from './stageGestures';
import { createStageView } from './stageView';

/** Canvas px per image px, and where the image's corner is; both before the device's pixel ratio. */
export interface Placement {
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

export interface StageContent {
  readonly images: Int32Array;
  readonly image: number;
  readonly title: string;
  /** A few words beside the title. */
  readonly remark: string;
  /** One for each picture; '' where there is nothing to tell apart. */
  readonly captions: readonly string[];
  /** px; may become known only when the picture is there. */
  size(): { readonly width: number; readonly height: number };
  paint(cell: number, canvas: HTMLCanvasElement, place: Placement, ratio: number): void;
}

/** A point of the image in its px; `pixel` is the side of a screen px there. */
export interface StagePoint {
  readonly cell: number;
  readonly x: number;
  readonly y: number;
  readonly pixel: number;
}

export interface ImageStage {
  readonly node: HTMLElement;
  /** Where the image lies in its cell, for what else is to be drawn there. */
  draw(content: StageContent): void;
  /** Paints again with the next frame. */
  refresh(): void;
  focus(): void;
  /** The first picture on screen. */
  picture(): HTMLCanvasElement | undefined;
}

export interface ImageStageOptions {
  /** What keys do here, for screen readers. */
  readonly label: string;
  /** Beside the image. */
  readonly aside: HTMLElement;
  /** Behind the title. */
  readonly tools?: readonly HTMLElement[];
  /** Further keys. */
  readonly keys?: Readonly<Record<string, () => void>>;
  readonly onMove: (image: number) => void;
  readonly onClose: () => void;
  /** Whether it did something; else the image is closed. */
  readonly onEscape?: () => boolean;
  readonly onPress?: (point: StagePoint) => void;
  /** Of the pointer; undefined when it leaves. */
  readonly onPoint?: (point: StagePoint | undefined) => void;
}

export function createImageStage(options: ImageStageOptions): ImageStage {
  const icon = (label: string, title: string, text: string): HTMLElement =>
    element('vscode-button', { appearance: 'icon', 'aria-label': label, title }, text);
  const back = element('vscode-button', { appearance: 'secondary' }, 'All images');
  const before = icon('Image before', 'Image before (←)', '‹');
  const after = icon('Next image', 'Next image (→)', '›');
  const fit = icon('Fit', 'Fit (0)', 'Fit');
  const title = element('span', { class: 'large-title' });
  const remark = element('span', { class: 'quiet' });
  const head = element(
    'div',
    { class: 'large-head' },
    back,
    before,
    after,
    title,
    remark,
    fit,
    ...(options.tools ?? []),
  );
  const stage = element('div', { class: 'stage', tabindex: 0, role: 'application', 'aria-label': options.label });
  const canvases = [0, 1].map(() => element('canvas') as HTMLCanvasElement);
  const captions = [0, 1].map(() => element('span', { class: 'stage-name' }));
  const cells = canvases.map((canvas, i) => element('div', { class: 'stage-cell' }, canvas, captions[i]!));
  stage.append(...cells);
  const node = element('div', { class: 'large' }, head, element('div', { class: 'large-parts' }, stage, options.aside));
  let content: StageContent | undefined;
  let drawnImage = -1;

  const move = (step: number): void => {
    if (!content) return;
    const { images, image } = content;
    const next = images[Math.min(images.length - 1, Math.max(0, images.indexOf(image) + step))];
    if (next !== undefined && next !== image) options.onMove(next);
  };
  /** Several events of one frame are painted once. */
  const refresh = onceAFrame(paint);
  const view = createStageView({ cells, size: () => content?.size(), refresh });
  back.addEventListener('click', options.onClose);
  before.addEventListener('click', () => move(-1));
  after.addEventListener('click', () => move(1));
  fit.addEventListener('click', view.fit);
  listenToPointer({
    ...{ stage, refresh, size: () => content?.size(), ...options },
    ...{ look: view.look, pointAt: view.pointAt, reset: view.fit },
  });
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => move(-1),
    ArrowRight: () => move(1),
    'Shift+ArrowLeft': () => view.pan(-1, 0),
    'Shift+ArrowRight': () => view.pan(1, 0),
    'Shift+ArrowUp': () => view.pan(0, -1),
    'Shift+ArrowDown': () => view.pan(0, 1),
    ArrowUp: () => view.pan(0, -1),
    ArrowDown: () => view.pan(0, 1),
    '+': () => view.zoomBy(1.25),
    '=': () => view.zoomBy(1.25),
    '-': () => view.zoomBy(0.8),
    '0': view.fit,
    ...options.keys,
  };
  node.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      event.preventDefault();
      if (!options.onEscape?.()) options.onClose();
      return;
    }
    if (event.target !== stage) return;
    const isArrow = event.key.startsWith('Arrow');
    const act = keys[`${event.shiftKey && isArrow ? 'Shift+' : ''}${event.key}`];
    if (!act) return;
    event.preventDefault();
    act();
  });
  new ResizeObserver(() => paint()).observe(stage);

  return {
    node,
    refresh,
    draw: (next) => {
      content = next;
      if (next.image !== drawnImage) {
        drawnImage = next.image;
        view.reset();
      }
      if (node.hidden) return;
      const at = next.images.indexOf(next.image);
      title.textContent = next.title;
      title.title = next.title;
      remark.textContent = `${at < 0 ? '' : `${at + 1} of ${next.images.length}, `}${next.remark}`;
      cells.forEach((cell, i) => {
        cell.hidden = i >= next.captions.length;
        captions[i]!.textContent = next.captions[i] ?? '';
      });
      paint();
    },
    focus: () => stage.focus(),
    picture: () => canvases[0],
  };

  function paint(): void {
    if (!content || node.hidden) return;
    const ratio = window.devicePixelRatio;
    const place = view.placement();
    for (let i = 0; i < content.captions.length; i++) {
      const { clientWidth, clientHeight } = cells[i]!;
      resize(canvases[i]!, Math.max(1, Math.round(clientWidth * ratio)), Math.max(1, Math.round(clientHeight * ratio)));
      content.paint(i, canvases[i]!, place, ratio);
    }
  }
}

/** Setting a size, even the same, clears a canvas and costs. */
function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
