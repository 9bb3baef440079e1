/** Draws a map's images as points or thumbnails into one canvas, and what is marked into another that lies over it. */
import { hexColour } from '../../../src/shared/views/classColours';
import type { EmbeddingStudy } from '../../../src/shared/views/embedding/embeddingStudy';
import type { Point } from '../../../src/shared/views/embedding/lasso';
import { pointRadius, thumbnailSide, type MapScale, type ViewSize } from '../../../src/shared/views/embedding/mapScale';
import { paintPoints } from '../../../src/shared/views/embedding/paintPoints';
import { hasRoom, placeThumbnails } from '../../../src/shared/views/embedding/thumbnailPlaces';
import type { EmbeddingView } from '../../../src/shared/protocol/panels/embeddingPanel';
import type { ShownMap } from './shown';
import type { MapTheme } from './theme';
import type { Thumbnails } from './thumbnails';

export interface MapPicture {
  readonly study: EmbeddingStudy;
  readonly shown: ShownMap;
  /** [images, 2]: on the way while it moves. */
  readonly at: Float32Array;
  readonly view: EmbeddingView;
  /** CSS px. */
  readonly scale: MapScale;
  readonly size: ViewSize;
  readonly ratio: number;
  readonly theme: MapTheme;
  readonly thumbnails: Thumbnails;
}

/** What was drawn, for tests and for saving. */
export interface DrawnMap {
  readonly points: number;
  readonly thumbnails: readonly number[];
  /** CSS px */
  readonly radius: number;
  readonly side: number;
}

/** Pixels are kept from frame to frame: to make them anew costs more than to fill them. */
export function createMapPainter(): (canvas: HTMLCanvasElement, picture: MapPicture) => DrawnMap {
  let image: ImageData | undefined;
  return (canvas, picture) => {
    const { size, ratio, view, shown } = picture;
    const context = canvas.getContext('2d')!;
    const [width, height] = [Math.max(1, Math.round(size.width * ratio)), Math.max(1, Math.round(size.height * ratio))];
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    if (image?.width !== width || image.height !== height) image = new ImageData(width, height);
    const data = new Uint32Array(image.data.buffer);
    data.fill(0);
    const radius = pointRadius(shown.map.at.length / 2, size, view.look.zoom);
    const points = paintPoints({ data, width, height }, pointPaint(picture, radius));
    context.putImageData(image, 0, 0);
    const side = thumbnailSide(view.look.zoom);
    const thumbnails = paintThumbnails(context, picture, side);
    return { points, thumbnails, radius, side };
  };
}

function pointPaint({ shown, at, scale, ratio, theme }: MapPicture, radius: number): Parameters<typeof paintPoints>[1] {
  return {
    at,
    groups: shown.groups,
    weights: shown.weights,
    scale: { scale: scale.scale * ratio, x: scale.x * ratio, y: scale.y * ratio },
    radius: radius * ratio,
    grey: theme.grey,
    ...(radius > 2.2 && { rim: theme.ground }),
    hasShapes: theme.isHighContrast || shown.groups.groups.length === 2,
  };
}

/** Images with a thumbnail. */
function paintThumbnails(context: CanvasRenderingContext2D, picture: MapPicture, side: number): number[] {
  const { view, shown, scale, size, study, ratio, at, thumbnails } = picture;
  if (view.drawn === 'points') return [];
  // On the way those move that will be there at its end.
  const { grid, at: goal } = shown.map;
  const wish = { at: goal, grid, weights: shown.weights, scale, size, side };
  if (view.drawn === 'auto' && !hasRoom(wish)) return [];
  const images = placeThumbnails(wish);
  const { groups, of } = shown.groups;
  const colours = groups.map(({ colour }) => hexColour(colour));
  const pixels = Math.round(side * ratio);
  const line = Math.max(1, Math.round(1.5 * ratio));
  for (const image of images) {
    const x = Math.round((at[2 * image]! * scale.scale + scale.x - side / 2) * ratio);
    const y = Math.round((at[2 * image + 1]! * scale.scale + scale.y - side / 2) * ratio);
    context.fillStyle = colours[of[image]!]!;
    context.fillRect(x - line, y - line, pixels + 2 * line, pixels + 2 * line);
    thumbnails.paint(context, study.images[image]!, { x, y, side: pixels });
  }
  return images;
}

export interface MapMarks {
  /** Looked at, and those nearest to it. */
  readonly image: number | undefined;
  readonly neighbours: readonly number[];
  readonly hovered: number | undefined;
  /** Outline under way, in CSS px. */
  readonly outline: readonly Point[];
}

export function paintMarks(canvas: HTMLCanvasElement, picture: MapPicture, marks: MapMarks): void {
  const { size, ratio, theme, at, scale, shown } = picture;
  const [width, height] = [Math.max(1, Math.round(size.width * ratio)), Math.max(1, Math.round(size.height * ratio))];
  const context = canvas.getContext('2d')!;
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  else context.clearRect(0, 0, width, height);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const place = (image: number): Point => [
    at[2 * image]! * scale.scale + scale.x,
    at[2 * image + 1]! * scale.scale + scale.y,
  ];
  const isThere = (image: number | undefined): image is number =>
    image !== undefined && !Number.isNaN(at[2 * image]!) && shown.weights[image] !== 0;
  const ring = (image: number, radius: number, colour: string): void => {
    const [x, y] = place(image);
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.lineWidth = 4;
    context.strokeStyle = `rgb(${theme.ground.join()})`;
    context.stroke();
    context.lineWidth = 2;
    context.strokeStyle = colour;
    context.stroke();
  };
  if (isThere(marks.image)) {
    context.lineWidth = 1;
    context.strokeStyle = theme.words;
    for (const other of marks.neighbours.filter(isThere)) {
      context.beginPath();
      context.moveTo(...place(marks.image));
      context.lineTo(...place(other));
      context.stroke();
    }
    for (const other of marks.neighbours.filter(isThere)) ring(other, 5, theme.words);
    ring(marks.image, 9, theme.accent);
  }
  if (isThere(marks.hovered)) ring(marks.hovered, 7, theme.words);
  if (marks.outline.length > 1) paintOutline(context, marks.outline, theme);
  context.setTransform(1, 0, 0, 1, 0, 0);
}

function paintOutline(context: CanvasRenderingContext2D, outline: readonly Point[], theme: MapTheme): void {
  context.beginPath();
  for (const [x, y] of outline) context.lineTo(x, y);
  context.closePath();
  context.globalAlpha = 0.12;
  context.fillStyle = theme.accent;
  context.fill();
  context.globalAlpha = 1;
  context.setLineDash([5, 3]);
  context.lineWidth = 1.5;
  context.strokeStyle = theme.accent;
  context.stroke();
  context.setLineDash([]);
}
