/**
 * One map of images turned onto another, so that they can be compared by eye: a map's rotation and handedness are chance.
 * Orthogonal Procrustes on the plane (Schönemann 1966) without scaling, since distances on a map keep its own units.
 */

/** A rotation of the plane, with or without a reflection of y before it, that moves one centre to another. */
export interface PlaneMove {
  readonly from: PlanePoint;
  readonly to: PlanePoint;
  readonly cosine: number;
  readonly sine: number;
  readonly isMirrored: boolean;
}

interface PlanePoint {
  readonly x: number;
  readonly y: number;
}

/**
 * map, reference: [images, 2] of the same images in the same order. The move onto the reference's centre by the
 * rotation, with or without a reflection, that leaves the least sum of squared distances.
 * With M = mapᵀ reference of the centred points, a rotation reaches the trace hypot(M00 + M11, M01 - M10) and a reflection
 * hypot(M00 - M11, M01 + M10); the greater of the two is taken, and a rotation where they are equal.
 */
export function findMove(map: Float32Array, reference: Float32Array): PlaneMove {
  if (map.length !== reference.length || map.length % 2 !== 0)
    throw new Error(`internal: maps of ${map.length} and ${reference.length} numbers cannot be aligned`);
  const from = centreOf(map);
  const to = centreOf(reference);
  // Sums of products of centred coordinates: map x or y by reference x or y.
  let [xx, xy, yx, yy] = [0, 0, 0, 0];
  for (let i = 0; i < map.length; i += 2) {
    const [x, y] = [map[i]! - from.x, map[i + 1]! - from.y];
    const [u, v] = [reference[i]! - to.x, reference[i + 1]! - to.y];
    xx += x * u;
    xy += x * v;
    yx += y * u;
    yy += y * v;
  }
  const rotation = Math.hypot(xx + yy, xy - yx);
  const reflection = Math.hypot(xx - yy, xy + yx);
  const isMirrored = reflection > rotation;
  const [along, across] = isMirrored ? [xx - yy, xy + yx] : [xx + yy, xy - yx];
  const length = Math.max(rotation, reflection);
  // Where nothing tells directions apart, the map is only moved.
  const [cosine, sine] = length > 0 ? [along / length, across / length] : [1, 0];
  return { from, to, cosine, sine, isMirrored };
}

/** points: [images, 2], also of images that were not asked when the move was found. */
export function movePoints(points: Float32Array, { from, to, cosine, sine, isMirrored }: PlaneMove): Float32Array {
  const moved = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i]! - from.x;
    const y = (points[i + 1]! - from.y) * (isMirrored ? -1 : 1);
    moved[i] = to.x + x * cosine - y * sine;
    moved[i + 1] = to.y + x * sine + y * cosine;
  }
  return moved;
}

function centreOf(map: Float32Array): PlanePoint {
  let [x, y] = [0, 0];
  for (let i = 0; i < map.length; i += 2) {
    x += map[i]!;
    y += map[i + 1]!;
  }
  const images = Math.max(1, map.length / 2);
  return { x: x / images, y: y / images };
}
