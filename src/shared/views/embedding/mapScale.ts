/** From places on a map to pixels and back, and what zooming and moving do. Pure. */
import type { MapLook } from '../../protocol/panels/embeddingPanel';
import type { Rectangle } from './pointGrid';

const MOST_ZOOM = 400;
const LEAST_ZOOM = 0.5;
/** Share of the view that stays free around all points. */
const MARGIN = 0.06;

/** px = map × scale + shift; x and y have the same scale, since maps have no axes of their own. */
export interface MapScale {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export interface ViewSize {
  readonly width: number;
  readonly height: number;
}

/** The scale at which a look shows points within `bounds` in a view of so many px. */
export function mapScale(bounds: Rectangle, { width, height }: ViewSize, look: MapLook): MapScale {
  const room = 1 - 2 * MARGIN;
  const wide = Math.max(bounds.right - bounds.left, 1e-6);
  const high = Math.max(bounds.bottom - bounds.top, 1e-6);
  const scale = look.zoom * Math.min((room * width) / wide, (room * height) / high);
  const [x, y] = middleOf(bounds);
  return { scale, x: width / 2 - (x + look.x) * scale, y: height / 2 - (y + look.y) * scale };
}

function middleOf({ left, top, right, bottom }: Rectangle): readonly [number, number] {
  return [(left + right) / 2, (top + bottom) / 2];
}

/** The place on the map at a pixel. */
export function toMap({ scale, x, y }: MapScale, px: number, py: number): readonly [number, number] {
  return [(px - x) / scale, (py - y) / scale];
}

/** Whether a place of the map is within a view of so many px. */
export function isInSight(at: MapScale, { width, height }: ViewSize, [x, y]: readonly [number, number]): boolean {
  const [px, py] = [x * at.scale + at.x, y * at.scale + at.y];
  return px > 0 && py > 0 && px < width && py < height;
}

/** The look after zooming by `factor` with the map's place at a pixel staying there. */
export function zoomAt(look: MapLook, at: MapScale, { width, height }: ViewSize, zoom: ZoomStep): MapLook {
  const next = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, look.zoom * zoom.factor));
  const factor = next / look.zoom;
  const shift = (1 - 1 / factor) / at.scale;
  return {
    zoom: next,
    x: look.x + (zoom.px - width / 2) * shift,
    y: look.y + (zoom.py - height / 2) * shift,
  };
}

export interface ZoomStep {
  readonly factor: number;
  /** px of what stays. */
  readonly px: number;
  readonly py: number;
}

/** The look after dragging the map by so many px. */
export function moveBy(look: MapLook, { scale }: MapScale, right: number, down: number): MapLook {
  return { ...look, x: look.x - right / scale, y: look.y - down / scale };
}

/** The look with a place in the middle, and no closer. */
export function lookAt(look: MapLook, bounds: Rectangle, [x, y]: readonly [number, number]): MapLook {
  const [middleX, middleY] = middleOf(bounds);
  return { ...look, x: x - middleX, y: y - middleY };
}

/** px, radius of a point: smaller where there are many, larger when zoomed in. */
export function pointRadius(points: number, { width, height }: ViewSize, zoom: number): number {
  const room = Math.sqrt((width * height) / Math.max(1, points));
  const grown = Math.sqrt(Math.sqrt(Math.max(1, zoom)));
  return Math.min(7, Math.max(1.6, Math.min(5, 0.2 * room)) * grown);
}

/** px, side of a thumbnail: larger when zoomed in. */
export function thumbnailSide(zoom: number): number {
  return Math.round(Math.min(72, 26 * Math.sqrt(Math.sqrt(Math.max(1, zoom)))));
}
