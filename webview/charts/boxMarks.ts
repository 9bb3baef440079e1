/** Boxes on a picture: lines of one look in one stroke, with a dark line under each, and brackets at the corners. */
import type { ErrorLook } from './errorLooks';

export type BoxCorners = readonly [x: number, y: number, width: number, height: number];

export function strokeLooks(context: CanvasRenderingContext2D, groups: ReadonlyMap<ErrorLook, Path2D>): void {
  for (const [look, path] of groups) {
    // A dark line under each: pictures have every colour.
    context.setLineDash([]);
    context.strokeStyle = 'rgba(0, 0, 0, 0.55)';
    context.lineWidth = 3.5;
    context.stroke(path);
    context.setLineDash([...look.dash]);
    context.strokeStyle = look.colour;
    context.lineWidth = 1.75;
    context.stroke(path);
  }
  context.setLineDash([]);
}

/** Corners of a third of the side each. */
export function addBrackets(path: Path2D, [x, y, width, height]: BoxCorners): void {
  const [w, h] = [width / 3, height / 3];
  const corners = [
    [x, y, 1, 1],
    [x + width, y, -1, 1],
    [x + width, y + height, -1, -1],
    [x, y + height, 1, -1],
  ] as const;
  for (const [cornerX, cornerY, right, down] of corners) {
    path.moveTo(cornerX + right * w, cornerY);
    path.lineTo(cornerX, cornerY);
    path.lineTo(cornerX, cornerY + down * h);
  }
}
