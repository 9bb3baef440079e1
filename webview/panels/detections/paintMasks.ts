/** Draws masks over an image; each is turned into a bitmap once. */
import { decodeMask, maskBox } from '../../../src/shared/math/detection/rle';
import type { MaskColumn } from '../../../src/shared/results/detections';
import type { Placement } from '../../ui/imageStage';
import type { DrawnBox, Scene } from './boxes';

/** The part of a mask inside its box, in one colour, and where it lies in the image. */
interface DrawnMask {
  readonly canvas: OffscreenCanvas;
  readonly x: number;
  readonly y: number;
}

const drawnMasks = new WeakMap<MaskColumn, Map<string, DrawnMask>>();

export function paintMasks(
  context: CanvasRenderingContext2D,
  scene: Scene,
  boxes: readonly DrawnBox[],
  { scale, left, top }: Placement,
): void {
  const { truth, runs } = scene.tables;
  context.globalAlpha = scene.view.maskOpacity;
  for (const { reference, look } of boxes) {
    const masks = reference.kind === 'object' ? truth.masks : runs[reference.run]?.detections.masks;
    const drawn = masks && maskOf(masks, reference.row, look.colour);
    if (!drawn) continue;
    const { canvas, x, y } = drawn;
    context.drawImage(canvas, left + x * scale, top + y * scale, canvas.width * scale, canvas.height * scale);
  }
  context.globalAlpha = 1;
}

/** At most this many are kept for each file. */
const KEPT_MASKS = 400;

function maskOf(masks: MaskColumn, row: number, colour: string): DrawnMask | undefined {
  const known = drawnMasks.get(masks) ?? new Map<string, DrawnMask>();
  drawnMasks.set(masks, known);
  const key = `${row} ${colour}`;
  const drawn = known.get(key) ?? drawMask(masks, row, colour);
  if (!drawn) return undefined;
  if (known.size >= KEPT_MASKS) known.delete(known.keys().next().value!);
  known.set(key, drawn);
  return drawn;
}

function drawMask(masks: MaskColumn, row: number, colour: string): DrawnMask | undefined {
  const [fullHeight, fullWidth] = [masks.heights[row]!, masks.widths[row]!];
  const counts = masks.counts.subarray(masks.offsets[row], masks.offsets[row + 1]);
  const bits = decodeMask({ height: fullHeight, width: fullWidth, counts });
  const corners = new Float64Array(4);
  maskBox(masks, row, corners, 0);
  const [x, y, width, height] = corners as unknown as [number, number, number, number];
  if (!bits || width * height === 0) return undefined;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d')!;
  const data = context.createImageData(width, height);
  const part = (at: number): number => Number.parseInt(colour.slice(at, at + 2), 16);
  const pixel = [part(1), part(3), part(5), 255];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (bits[(y + row) * fullWidth + x + column] === 1) data.data.set(pixel, 4 * (row * width + column));
    }
  }
  context.putImageData(data, 0, 0);
  return { canvas, x, y };
}
