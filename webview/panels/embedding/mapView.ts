/** One map: its title with what is known of it, its canvases, its pointer and keys, and its way from one layer to the next. */
import { pointsInOutline, pointsInRectangle, type Point } from '../../../src/shared/views/embedding/lasso';
import {
  mapScale,
  moveBy,
  toMap,
  zoomAt,
  type MapScale,
  type ViewSize,
} from '../../../src/shared/views/embedding/mapScale';
import type { Rectangle } from '../../../src/shared/views/embedding/pointGrid';
import { pointWeights } from '../../../src/shared/views/embedding/pointGroups';
import { describeFigures, figuresHint } from '../../../src/shared/views/embedding/embeddingPanel';
import type { MapLook } from '../../../src/shared/protocol/panels/embeddingPanel';
import { element } from '../../ui/element';
import { listenToMap } from './mapPointer';
import { createMapPainter, paintMarks, type DrawnMap, type MapPicture } from './paintMap';
import type { Shown, ShownMap } from './shown';
import type { MapTheme } from './theme';
import type { Thumbnails } from './thumbnails';
import { createTransition } from './transition';

export interface MapView {
  readonly node: HTMLElement;
  draw(input: MapInput): void;
  /** Marks what the pointer is on, here or on another map. */
  hover(image: number | undefined): void;
  refresh(): void;
  focus(): void;
  /** For saving; undefined before anything is drawn. */
  drawn(): SavedMap | undefined;
}

export interface MapInput {
  readonly shown: Shown;
  readonly own: ShownMap;
  /** Of all maps that are shown. */
  readonly bounds: Rectangle;
  readonly theme: MapTheme;
  /** Whether it may move to where it will be. */
  readonly hasMotion: boolean;
}

export interface SavedMap {
  readonly title: string;
  readonly figures: string;
  readonly picture: MapPicture;
  readonly drawn: DrawnMap;
  readonly canvases: readonly HTMLCanvasElement[];
}

export interface MapViewOptions {
  readonly thumbnails: Thumbnails;
  readonly onLook: (look: MapLook) => void;
  /** With the place of the pointer in CSS px of the page. */
  readonly onHover: (image: number | undefined, at?: Point) => void;
  readonly onPress: (image: number | undefined, own: ShownMap, adds: boolean) => void;
  readonly onChoose: (images: readonly number[], adds: boolean) => void;
  readonly onKey: (event: KeyboardEvent, view: MapHandle) => void;
  readonly onTitle: (own: ShownMap) => void;
}

/** What keys do to a map. */
export interface MapHandle {
  readonly own: ShownMap;
  zoomBy(factor: number): void;
  moveBy(right: number, down: number): void;
}

/** px around a point that count as on it. */
const REACH = 12;

export function createMapView(options: MapViewOptions): MapView {
  const { thumbnails, onLook, onHover, onPress, onChoose, onKey, onTitle } = options;
  const base = element('canvas', { class: 'map-base' }) as HTMLCanvasElement;
  const marks = element('canvas', { class: 'map-marks' }) as HTMLCanvasElement;
  const surface = element('div', { class: 'map-surface', role: 'application', tabindex: 0 }, base, marks);
  const title = element('button', { type: 'button', class: 'plain map-title' });
  const figures = element('span', { class: 'quiet map-figures' });
  const node = element('figure', { class: 'map' }, element('figcaption', {}, title, figures), surface);
  const paint = createMapPainter();
  const transition = createTransition(() => refresh());
  let input: MapInput | undefined;
  let hovered: number | undefined;
  let outline: readonly Point[] = [];
  let frame = 0;
  let isBaseOld = true;
  let drawn: DrawnMap | undefined;

  const size = (): ViewSize => ({ width: surface.clientWidth, height: surface.clientHeight });
  const scaleNow = (): MapScale => mapScale(transition.bounds(), size(), input!.shown.view.look);
  const pictureNow = (): MapPicture | undefined =>
    input && {
      ...{ study: input.shown.study, shown: input.own, at: transition.at() },
      ...{ view: input.shown.view, scale: scaleNow(), size: size(), ratio: window.devicePixelRatio },
      ...{ theme: input.theme, thumbnails },
    };
  const redraw = (): void => {
    frame = 0;
    const picture = pictureNow();
    if (!picture || !input || picture.size.width === 0) return;
    transition.step();
    if (isBaseOld) {
      drawn = paint(base, { ...picture, at: transition.at(), scale: scaleNow() });
      surface.dataset.drawn = `${input.own.map.model} ${input.own.map.layer} ${drawn.points} points ${drawn.thumbnails.length} thumbnails`;
      surface.dataset.moving = String(transition.isMoving());
      isBaseOld = transition.isMoving();
    }
    const { image } = input.shown;
    const neighbours = image === undefined ? [] : input.own.map.neighbours(image).map((one) => one.image);
    paintMarks(marks, { ...picture, at: transition.at(), scale: scaleNow() }, { image, neighbours, hovered, outline });
    if (transition.isMoving()) frame = requestAnimationFrame(redraw);
  };
  const again = (): void => {
    frame ||= requestAnimationFrame(redraw);
  };
  function refresh(): void {
    isBaseOld = true;
    again();
  }

  const imageAt = ([px, py]: Point): number | undefined => {
    if (!input || transition.isMoving()) return undefined;
    const { map, weights } = input.own;
    const scale = scaleNow();
    const [x, y] = toMap(scale, px, py);
    // A thumbnail on top hides points below it.
    const reach = (drawn?.side ?? 0) / 2;
    const on = drawn?.thumbnails.findLast((image) => {
      return Math.max(Math.abs(map.at[2 * image]! - x), Math.abs(map.at[2 * image + 1]! - y)) * scale.scale <= reach;
    });
    if (on !== undefined) return on;
    const radius = Math.max(REACH, drawn?.radius ?? 0) / scale.scale;
    const within = (least: number) => map.grid.nearest(x, y, radius, (image) => weights[image]! >= least);
    return within(pointWeights.full) ?? within(pointWeights.grey);
  };
  listenToMap({
    node: surface,
    tool: () => input?.shown.view.tool ?? 'move',
    onZoom: (factor, [px, py]) =>
      input && onLook(zoomAt(input.shown.view.look, scaleNow(), size(), { factor, px, py })),
    onMove: (right, down) => input && onLook(moveBy(input.shown.view.look, scaleNow(), right, down)),
    onReset: () => onLook({ zoom: 1, x: 0, y: 0 }),
    onPoint: (at) => {
      const image = at && imageAt(at);
      const { left, top } = surface.getBoundingClientRect();
      onHover(image, at && [at[0] + left, at[1] + top]);
    },
    onPress: (at, adds) => input && onPress(imageAt(at), input.own, adds),
    onOutline: (corners, { tool, isDone, adds }) => {
      outline = isDone ? [] : tool === 'lasso' ? corners : rectangleCorners(corners);
      again();
      if (!isDone || !input) return;
      const { map, weights } = input.own;
      const scale = scaleNow();
      const onMap = corners.map(([px, py]) => toMap(scale, px, py));
      const found =
        tool === 'lasso' ? pointsInOutline(map.at, map.grid, onMap) : pointsInRectangle(map.grid, onMap[0]!, onMap[1]!);
      onChoose(
        found.filter((image) => weights[image] !== pointWeights.absent),
        adds,
      );
    },
  });
  surface.addEventListener('keydown', (event) => {
    if (!input) return;
    const middle = { px: size().width / 2, py: size().height / 2 };
    onKey(event, {
      own: input.own,
      zoomBy: (factor) => onLook(zoomAt(input!.shown.view.look, scaleNow(), size(), { factor, ...middle })),
      moveBy: (right, down) => onLook(moveBy(input!.shown.view.look, scaleNow(), right, down)),
    });
  });
  title.addEventListener('click', () => input && onTitle(input.own));
  new ResizeObserver(refresh).observe(surface);

  return {
    node,
    refresh,
    focus: () => surface.focus(),
    hover: (image) => {
      if (image === hovered) return;
      hovered = image;
      again();
    },
    draw: (next) => {
      const { shown, own, bounds, hasMotion } = next;
      const isOther = input?.shown.study !== shown.study;
      if (isOther) hovered = undefined;
      input = next;
      transition.go({ at: own.map.at, bounds, key: own.map.key, hasMotion: hasMotion && !isOther });
      const words = titleOf(next);
      title.textContent = words;
      title.title = `${words}. Turned onto the first map so that images move as little as can be.`;
      const isMain = shown.main === own && shown.maps.length > 1;
      title.setAttribute('aria-pressed', String(isMain));
      node.classList.toggle('is-main', isMain);
      figures.textContent = figuresOf(own);
      figures.title = figuresHint;
      surface.setAttribute('aria-label', `Map of ${words}. ${keysHint}`);
      surface.dataset.tool = shown.view.tool;
      refresh();
    },
    drawn: () => {
      const picture = pictureNow();
      if (!picture || !input || !drawn) return undefined;
      return { title: titleOf(input), figures: figuresOf(input.own), picture, drawn, canvases: [base, marks] };
    },
  };
}

const keysHint =
  'Arrow keys go from image to image, Enter shows the one, Space chooses it, plus and minus zoom, Shift with arrows moves the map.';

function titleOf({ own: { map }, shown }: MapInput): string {
  const seed = shown.view.beside === 'seeds' ? `, seed ${map.seed}` : '';
  return `${map.model}, ${map.layer}${seed}`;
}

/** What the record says of the map. */
function figuresOf({ map }: ShownMap): string {
  return describeFigures(map.stage.layers.find(({ layer }) => layer === map.layer)?.figures ?? {});
}

function rectangleCorners(corners: readonly Point[]): Point[] {
  const [[x, y], [u, v]] = [corners[0]!, corners.at(-1)!];
  return [
    [x, y],
    [u, y],
    [u, v],
    [x, v],
  ];
}
