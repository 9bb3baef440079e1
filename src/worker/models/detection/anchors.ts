/** Anchors: boxes of set sizes and shapes at every location, as torchvision's AnchorGenerator lays them. */
import type { Level } from './levels';
import { countLocations } from './levels';

export interface AnchorShapes {
  /** For each level, sides of square anchors in px. */
  readonly sizes: readonly (readonly number[])[];
  /** Height over width. */
  readonly ratios: readonly number[];
}

export function anchorsPerLocation({ sizes, ratios }: AnchorShapes): number {
  return sizes[0]!.length * ratios.length;
}

/** [locations · anchors, 4], x1, y1, x2, y2; location after location, ratio after ratio, size after size. */
export function layAnchors(levels: readonly Level[], shapes: AnchorShapes): Float32Array {
  const each = anchorsPerLocation(shapes);
  const anchors = new Float32Array(4 * each * countLocations(levels));
  let row = 0;
  levels.forEach(({ height, width, strideY, strideX }, level) => {
    const cells = cellAnchors(shapes.sizes[level]!, shapes.ratios);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (const [x1, y1, x2, y2] of cells)
          anchors.set([x * strideX + x1, y * strideY + y1, x * strideX + x2, y * strideY + y2], 4 * row++);
      }
    }
  });
  return anchors;
}

/** Around 0, with whole-numbered edges (ties to even, as torch rounds). */
function cellAnchors(sizes: readonly number[], ratios: readonly number[]): [number, number, number, number][] {
  return ratios.flatMap((ratio) =>
    sizes.map((size): [number, number, number, number] => {
      const tall = Math.fround(Math.sqrt(ratio));
      const [halfWidth, halfHeight] = [roundHalfEven(size / tall / 2), roundHalfEven((size * tall) / 2)];
      return [-halfWidth, -halfHeight, halfWidth, halfHeight];
    }),
  );
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
