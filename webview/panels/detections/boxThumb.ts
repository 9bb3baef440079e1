/** A small square picture of one box with some air around it. */
import type { AlikeBox } from '../../../src/shared/views/detections/boxEvidence';
import type { ErrorLook } from '../../charts/errorLooks';
import { boxAt } from './boxes';
import type { Shown } from './shown';

/** Side in px. */
const THUMB = 52;

export interface Thumb {
  readonly one: AlikeBox;
  readonly boxes: Float64Array;
  readonly look: ErrorLook;
  readonly wish: { readonly isWanted: () => boolean; readonly onReady: () => void };
}

/** Grey until the picture is there; `wish` says when that is and whether it is still wanted. */
export function paintThumb(canvas: HTMLCanvasElement, now: Shown, { one, boxes, look, wish }: Thumb): void {
  const { truth } = now.tables;
  const { widths, heights } = truth.images;
  const picture = now.pictures.want(one.image, { side: 512, ...wish });
  const ratio = window.devicePixelRatio;
  canvas.width = canvas.height = Math.round(THUMB * ratio);
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#808080';
  context.fillRect(0, 0, canvas.width, canvas.height);
  const [x, y, width, height] = boxAt(boxes, one.row);
  // A square around the box with a sixth of air on each side.
  const side = (4 / 3) * Math.max(width, height);
  const [left, top] = [x + width / 2 - side / 2, y + height / 2 - side / 2];
  const scale = canvas.width / side;
  if (picture) {
    const [sx, sy] = [
      picture.width / (widths[one.image] || picture.width),
      picture.height / (heights[one.image] || picture.height),
    ];
    context.drawImage(
      picture.bitmap,
      ...([picture.x, picture.y, picture.width, picture.height] as const),
      ...([-left * scale, -top * scale, (picture.width / sx) * scale, (picture.height / sy) * scale] as const),
    );
  }
  context.strokeStyle = look.colour;
  context.lineWidth = 1.5 * ratio;
  context.strokeRect((x - left) * scale, (y - top) * scale, width * scale, height * scale);
}
