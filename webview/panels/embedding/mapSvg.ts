/** A drawn map as SVG: a mark for each point in sight, pictures where thumbnails are, lines to the neighbours of the image. */
import { hexColour } from '../../../src/shared/views/classColours';
import { forEachMixed } from '../../../src/shared/views/embedding/paintPoints';
import { pointShapes, pointWeights } from '../../../src/shared/views/embedding/pointGroups';
import type { MapPicture } from './paintMap';
import type { SavedMap } from './mapView';
import { shapePath } from './shapes';

/** Of the map's own size; `id` tells its clip apart. */
export function mapSvg({ picture, drawn }: SavedMap, id: string): string {
  const { width, height } = picture.size;
  const clip = `<clipPath id="${id}"><rect width="${width}" height="${height}"/></clipPath>`;
  const points = [pointWeights.grey, pointWeights.full].map((weight) => pointMarks(picture, drawn.radius, weight));
  const pictures = drawn.thumbnails.map((image) => thumbnailMark(picture, image, drawn.side));
  return `${clip}<g clip-path="url(#${id})">${points.join('')}${pictures.join('')}</g>`;
}

function place({ at, scale }: MapPicture, image: number): readonly [number, number] {
  return [at[2 * image]! * scale.scale + scale.x, at[2 * image + 1]! * scale.scale + scale.y];
}

/** One path for each group, since a mark for each point would make the file ten times as large. */
function pointMarks(picture: MapPicture, radius: number, weight: number): string {
  const { shown, theme, size } = picture;
  const { groups, of } = shown.groups;
  const hasShapes = theme.isHighContrast || groups.length === 2;
  const marks = groups.map(() => [] as string[]);
  const path = groups.map(({ shape }) => shapePath(pointShapes[hasShapes ? shape : 0]!, radius));
  forEachMixed(of.length, (image) => {
    if (shown.weights[image] !== weight) return;
    const [x, y] = place(picture, image);
    if (!(x > -radius && y > -radius && x < size.width + radius && y < size.height + radius)) return;
    marks[of[image]!]!.push(moved(path[of[image]!]!, x, y));
  });
  return groups
    .map(({ colour }, i) => {
      if (marks[i]!.length === 0) return '';
      const fill = hexColour(weight === pointWeights.grey ? theme.grey : colour);
      return `<path fill="${fill}" d="${marks[i]!.join('')}"/>`;
    })
    .join('');
}

/** Absolute places of a path moved; what is relative stays. */
function moved(path: string, x: number, y: number): string {
  return path.replaceAll(/([ML])(-?[\d.]+),(-?[\d.]+)/g, (_, command: string, px: string, py: string) => {
    return `${command}${(Number(px) + x).toFixed(1)},${(Number(py) + y).toFixed(1)}`;
  });
}

function thumbnailMark(picture: MapPicture, image: number, side: number): string {
  const { shown, study, thumbnails } = picture;
  const pixels = Math.min(96, Math.round(2 * side));
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [pixels, pixels];
  const square = { x: 0, y: 0, side: pixels };
  const hasPicture = thumbnails.paint(canvas.getContext('2d')!, study.images[image]!, square);
  const [x, y] = place(picture, image).map((value) => (value - side / 2).toFixed(1));
  const colour = hexColour(shown.groups.groups[shown.groups.of[image]!]!.colour);
  const frame = `<rect x="${x}" y="${y}" width="${side}" height="${side}" fill="${colour}" stroke="${colour}" stroke-width="3"/>`;
  if (!hasPicture) return frame;
  return `${frame}<image x="${x}" y="${y}" width="${side}" height="${side}" href="${canvas.toDataURL('image/webp', 0.8)}"/>`;
}
