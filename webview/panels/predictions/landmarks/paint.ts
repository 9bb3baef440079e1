/** Draws an example with its landmarks on a canvas: rings where they are, dots where they were predicted, lines between. */
import type { BitmapWish } from '../../../ui/bitmapStore';
import type { Placement } from '../../../ui/imageStage';
import { errorLook, TRUTH_LOOK } from '../../../charts/errorLooks';
import type { Shown } from './shown';

export interface PaintedPoints {
  readonly example: number;
  readonly run: number;
  readonly place: Placement;
  readonly ratio: number;
  /** Names are written beside the chosen landmark only, and only where there is room. */
  readonly hasNames: boolean;
  readonly wish: Pick<BitmapWish, 'isWanted' | 'onReady'>;
}

/** Dots are squares where the error is above the threshold, so that they differ without colour, too. */
const looks = { near: errorLook('correct', 'tide'), far: errorLook('bkg', 'tide') };

export function paintPoints(canvas: HTMLCanvasElement, shown: Shown, painted: PaintedPoints): void {
  const { example, run, place, ratio, wish } = painted;
  const { file, truth, predicted, pointErrors } = shown.figures[run]!;
  const { landmarks } = shown.view;
  const { pictureSide: side } = file;
  const context = canvas.getContext('2d')!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  const picture = shown.pictures.want(example, { side, ...wish });
  if (picture) {
    const { bitmap, x, y, width, height } = picture;
    context.drawImage(bitmap, x, y, width, height, place.left, place.top, side * place.scale, side * place.scale);
  }
  const radius = Math.max(2, Math.min(5, (side * place.scale) / 60));
  const count = file.landmarks.names.length;
  for (let k = 0; k < count; k++) {
    const at = example * count + k;
    if (truth.visibility[at] === 0) continue;
    // Pixel centres are at whole numbers.
    const toX = (points: Float64Array): number => place.left + (points[2 * at]! + 0.5) * place.scale;
    const toY = (points: Float64Array): number => place.top + (points[2 * at + 1]! + 0.5) * place.scale;
    const [from, to] = [
      { x: toX(truth.points), y: toY(truth.points) },
      { x: toX(predicted.points), y: toY(predicted.points) },
    ];
    const isChosen = file.landmarks.names[k] === landmarks.landmark;
    const look = pointErrors[at]! > shown.threshold ? looks.far : looks.near;
    const scaled = isChosen ? 1.6 * radius : radius;
    const isFound = Number.isFinite(to.x) && Number.isFinite(to.y);
    if (landmarks.showErrors && isFound)
      drawLine(context, { from, to, colour: look.colour, width: isChosen ? 3 : 1.5 });
    if (landmarks.showTruth) drawRing(context, from, scaled);
    if (landmarks.showPredicted && isFound)
      drawDot(context, to, { radius: scaled, colour: look.colour, isSquare: look === looks.far });
    if (isChosen && painted.hasNames) drawName(context, from, { radius: scaled, name: landmarks.landmark });
  }
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Over a dark edge, so that it is seen on any ground. */
function drawLine(
  context: CanvasRenderingContext2D,
  { from, to, colour, width }: { from: Point; to: Point; colour: string; width: number },
): void {
  for (const [style, wide] of [
    ['rgba(0, 0, 0, 0.6)', width + 1.5],
    [colour, width],
  ] as const) {
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.lineWidth = wide;
    context.strokeStyle = style;
    context.stroke();
  }
}

function drawRing(context: CanvasRenderingContext2D, { x, y }: Point, radius: number): void {
  for (const [style, width] of [
    ['rgba(0, 0, 0, 0.6)', 3.5],
    [TRUTH_LOOK.colour, 1.75],
  ] as const) {
    context.beginPath();
    context.arc(x, y, radius + 1, 0, 2 * Math.PI);
    context.lineWidth = width;
    context.strokeStyle = style;
    context.stroke();
  }
}

function drawDot(
  context: CanvasRenderingContext2D,
  { x, y }: Point,
  { radius, colour, isSquare }: { radius: number; colour: string; isSquare: boolean },
): void {
  context.beginPath();
  if (isSquare) context.rect(x - 0.8 * radius, y - 0.8 * radius, 1.6 * radius, 1.6 * radius);
  else context.arc(x, y, 0.8 * radius, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.lineWidth = 1;
  context.strokeStyle = 'rgba(0, 0, 0, 0.7)';
  context.stroke();
}

function drawName(
  context: CanvasRenderingContext2D,
  { x, y }: Point,
  { radius, name }: { radius: number; name: string },
): void {
  context.font = '11px sans-serif';
  const left = x + radius + 5;
  context.fillStyle = 'rgba(0, 0, 0, 0.72)';
  context.fillRect(left, y - 8, context.measureText(name).width + 6, 16);
  context.fillStyle = TRUTH_LOOK.colour;
  context.textBaseline = 'middle';
  context.fillText(name, left + 3, y);
}
