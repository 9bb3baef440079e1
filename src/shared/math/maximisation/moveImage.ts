/**
 * An image turned, scaled and shifted about its middle, bilinear between pixels, edges repeated; and the transposed operation,
 * which brings gradients back. As maps of numbers they are A and Aᵀ: ⟨A x, y⟩ = ⟨x, Aᵀ y⟩.
 */
import type { Random } from '../../random';

/** Where pixels of the result come from: turned by `angle` (radians), `scale` times as far from the middle, moved by px. */
export interface ImageMove {
  readonly angle: number;
  readonly scale: number;
  readonly across: number;
  readonly down: number;
}

export interface MoveRanges {
  /** px either way. */
  readonly jitter: number;
  /** Degrees either way. */
  readonly rotate: number;
  /** Share of the size either way. */
  readonly zoom: number;
}

export function drawMove({ jitter, rotate, zoom }: MoveRanges, random: Random): ImageMove {
  const within = (range: number) => random.uniformIn(-range, range);
  return {
    angle: (within(rotate) * Math.PI) / 180,
    scale: 1 + within(zoom),
    across: within(jitter),
    down: within(jitter),
  };
}

/** values: [size, size, channels]. */
export function moveImage(values: ArrayLike<number>, size: number, move: ImageMove): Float32Array {
  const moved = new Float32Array(values.length);
  const channels = values.length / size ** 2;
  forEachShare(size, move, (to, from, weight) => {
    for (let c = 0; c < channels; c++) moved[to * channels + c]! += weight * values[from * channels + c]!;
  });
  return moved;
}

/** Gradients of the moved image → gradients of the image. */
export function moveBack(gradient: ArrayLike<number>, size: number, move: ImageMove): Float32Array {
  const sums = new Float64Array(gradient.length);
  const channels = gradient.length / size ** 2;
  forEachShare(size, move, (to, from, weight) => {
    for (let c = 0; c < channels; c++) sums[from * channels + c]! += weight * gradient[to * channels + c]!;
  });
  return Float32Array.from(sums);
}

/** Every pixel of the result with the four pixels that it comes from. */
function forEachShare(
  size: number,
  { angle, scale, across, down }: ImageMove,
  visit: (to: number, from: number, weight: number) => void,
): void {
  const middle = (size - 1) / 2;
  const [cos, sin] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
  const inside = (place: number) => Math.max(0, Math.min(size - 1, place));
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const [dx, dy] = [column - middle, row - middle];
      const x = inside(middle + cos * dx - sin * dy + across);
      const y = inside(middle + sin * dx + cos * dy + down);
      const [left, top] = [Math.floor(x), Math.floor(y)];
      const [right, bottom] = [inside(left + 1), inside(top + 1)];
      const [u, v] = [x - left, y - top];
      const to = row * size + column;
      visit(to, top * size + left, (1 - u) * (1 - v));
      visit(to, top * size + right, u * (1 - v));
      visit(to, bottom * size + left, (1 - u) * v);
      visit(to, bottom * size + right, u * v);
    }
}
