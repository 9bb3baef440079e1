/** Draws a cell: the picture, the map over it, a box, and where the place that is asked about was found. */
import type { CellContent } from '../../../src/shared/views/features/featuresCells';
import type { BitmapUse, FeaturesBitmaps } from './bitmaps';

/** A place of a picture, as shares of its sides. */
export interface CellMark {
  readonly x: number;
  readonly y: number;
  /** The place that was asked about; else one that was found. */
  readonly isAsked: boolean;
  readonly cosine: number;
}

export interface CellPaint extends BitmapUse {
  readonly bitmaps: FeaturesBitmaps;
  /** 0..1 of the map. */
  readonly opacity: number;
  readonly mark: CellMark | undefined;
}

/** Whether everything of it is drawn; else `onReady` is called when more is there. */
export function paintCell(canvas: HTMLCanvasElement, content: CellContent, paint: CellPaint): boolean {
  const context = canvas.getContext('2d')!;
  const { width: side } = canvas;
  context.clearRect(0, 0, side, side);
  const { picture, map, box } = content;
  const drawn = picture && paint.bitmaps.picture(picture, paint);
  if (drawn) {
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = 'high';
    context.drawImage(drawn.bitmap, drawn.x, drawn.y, drawn.width, drawn.height, 0, 0, side, side);
  }
  const over = map && paint.bitmaps.map(map, paint);
  if (over) {
    const [left, top, width, height] = map.covers.map((share) => share * side) as [number, number, number, number];
    context.globalAlpha = paint.opacity;
    context.drawImage(over.bitmap, left, top, width, height);
    context.globalAlpha = 1;
  }
  if (box) strokeTwice(context, () => context.rect(box[0] * side, box[1] * side, box[2] * side, box[3] * side));
  if (paint.mark) drawMark(context, paint.mark, side);
  return (!picture || drawn !== undefined) && (!map || over !== undefined);
}

/** White on black is seen on every picture. */
function strokeTwice(context: CanvasRenderingContext2D, trace: () => void): void {
  const unit = Math.max(1, context.canvas.width / 120);
  for (const [colour, width] of [
    ['#000', 3.2 * unit],
    ['#fff', 1.4 * unit],
  ] as const) {
    context.beginPath();
    trace();
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}

/** A cross where it was asked, a ring where it was found; thinner where it is less alike. */
function drawMark(context: CanvasRenderingContext2D, { x, y, isAsked, cosine }: CellMark, side: number): void {
  const radius = side * (isAsked ? 0.07 : 0.05 + 0.04 * Math.max(0, cosine));
  const [left, top] = [x * side, y * side];
  strokeTwice(context, () => {
    if (!isAsked) return context.arc(left, top, radius, 0, 2 * Math.PI);
    context.moveTo(left - radius, top);
    context.lineTo(left + radius, top);
    context.moveTo(left, top - radius);
    context.lineTo(left, top + radius);
  });
}
