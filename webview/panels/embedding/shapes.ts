/** The shapes of points as SVG paths, as paintPoints.ts draws them into pixels. */
import type { pointShapes } from '../../../src/shared/views/embedding/pointGroups';

export type PointShape = (typeof pointShapes)[number];

/** Corners of each in radii; round ones have none. */
const corners: Readonly<Partial<Record<PointShape, readonly (readonly [number, number])[]>>> = {
  square: [
    [-0.89, -0.89],
    [0.89, -0.89],
    [0.89, 0.89],
    [-0.89, 0.89],
  ],
  triangle: [
    [0, -1.15],
    [1.17, 0.8],
    [-1.17, 0.8],
  ],
  diamond: [
    [0, -1.25],
    [1.25, 0],
    [0, 1.25],
    [-1.25, 0],
  ],
  cross: crossCorners(0.42, 1),
  plus: plusCorners(0.36, 1.1),
};

/** Around the origin. */
export function shapePath(shape: PointShape, radius: number): string {
  const write = (value: number): string => (value * radius).toFixed(2);
  const known = corners[shape];
  if (known) return `M${known.map(([x, y]) => `${write(x)},${write(y)}`).join('L')}Z`;
  const circle = (share: number): string =>
    `M${write(-share)},0a${write(share)},${write(share)} 0 1 0 ${write(2 * share)},0a${write(share)},${write(share)} 0 1 0 ${write(-2 * share)},0Z`;
  return shape === 'ring' ? circle(1.05) + circle(0.55) : circle(1);
}

function plusCorners(half: number, reach: number): (readonly [number, number])[] {
  const arm: readonly (readonly [number, number])[] = [
    [-half, -half],
    [-half, -reach],
    [half, -reach],
  ];
  return [0, 1, 2, 3].flatMap((turns) => arm.map(([x, y]) => turn(x, y, turns)));
}

/** Arms along the diagonals, cut off where the square ends. */
function crossCorners(half: number, reach: number): (readonly [number, number])[] {
  const arm: readonly (readonly [number, number])[] = [
    [0, -half],
    [reach - half, -reach],
    [reach, -reach],
    [reach, -(reach - half)],
    [half, 0],
  ];
  return [0, 1, 2, 3].flatMap((turns) => arm.slice(0, 4).map(([x, y]) => turn(x, y, turns)));
}

function turn(x: number, y: number, quarters: number): readonly [number, number] {
  return quarters === 0 ? [x, y] : turn(-y, x, quarters - 1);
}
