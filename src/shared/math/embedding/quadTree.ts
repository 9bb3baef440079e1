/**
 * Repulsion of all points of a map in N log N: Barnes and Hut 1986, as van der Maaten 2014 (JMLR 15) uses it. Points are sorted
 * along a Morton curve, so that each cell of the tree is a range of them, and cells lie in depth-first order with the place
 * where the next one begins that is not inside: a walk needs no stack.
 */

/** Halvings of the square; the curve's keys have two bits for each. */
const DEPTH = 16;
/** A cell with as many points is not cut; its points are summed one by one. */
const LEAF = 6;

export class QuadTree {
  /** Points along the curve: which one, and where. */
  private readonly order: Int32Array;
  private readonly xs: Float64Array;
  private readonly ys: Float64Array;
  private readonly codes: Float64Array;
  /** Cells: range of points, next cell outside, squared side, centre of mass. */
  private from = new Int32Array(0);
  private to = new Int32Array(0);
  private next = new Int32Array(0);
  private squaredSide = new Float64Array(0);
  private centreX = new Float64Array(0);
  private centreY = new Float64Array(0);
  private cells = 0;

  constructor(private readonly count: number) {
    this.order = new Int32Array(count);
    this.xs = new Float64Array(count);
    this.ys = new Float64Array(count);
    this.codes = new Float64Array(count);
    this.grow(Math.max(64, count));
  }

  /** points: [count, 2]. */
  build(points: Float64Array): void {
    const side = this.sort(points);
    this.cells = 0;
    this.addCell({ from: 0, to: this.count, level: 0 }, side * side);
  }

  /**
   * Writes Σⱼ (1 + d²)⁻² (yᵢ - yⱼ) into forces [count, 2] and returns Σᵢ≠ⱼ (1 + d²)⁻¹. A cell whose side is below `angle` times its
   * distance counts as one point; 0 is exact. angle: below 0.7, beyond which a point might meet its own cell.
   */
  repel(forces: Float64Array, angle: number): number {
    let total = 0;
    const limit = angle * angle;
    const { from, to, next, squaredSide, centreX, centreY, xs, ys, cells } = this;
    for (let i = 0; i < this.count; i++) {
      const [x, y] = [xs[i]!, ys[i]!];
      let [forceX, forceY] = [0, 0];
      for (let cell = 0; cell < cells;) {
        const dx = x - centreX[cell]!;
        const dy = y - centreY[cell]!;
        const square = dx * dx + dy * dy;
        const end = next[cell]!;
        if (squaredSide[cell]! < limit * square) {
          const likeness = 1 / (1 + square);
          const mass = (to[cell]! - from[cell]!) * likeness;
          total += mass;
          forceX += mass * likeness * dx;
          forceY += mass * likeness * dy;
        } else if (end === cell + 1) {
          for (let j = from[cell]!; j < to[cell]!; j++) {
            if (j === i) continue;
            const ex = x - xs[j]!;
            const ey = y - ys[j]!;
            const likeness = 1 / (1 + ex * ex + ey * ey);
            total += likeness;
            forceX += likeness * likeness * ex;
            forceY += likeness * likeness * ey;
          }
        } else {
          cell++;
          continue;
        }
        cell = end;
      }
      const place = 2 * this.order[i]!;
      forces[place] = forceX;
      forces[place + 1] = forceY;
    }
    return total;
  }

  /** Puts the points along the curve; returns the side of the square that holds them. */
  private sort(points: Float64Array): number {
    let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < this.count; i++) {
      left = Math.min(left, points[2 * i]!);
      right = Math.max(right, points[2 * i]!);
      low = Math.min(low, points[2 * i + 1]!);
      high = Math.max(high, points[2 * i + 1]!);
    }
    const side = Math.max(right - left, high - low) * (1 + 1e-9) || 1;
    const scale = 2 ** DEPTH / side;
    for (let i = 0; i < this.count; i++) {
      const key = spread((points[2 * i]! - left) * scale) + 2 * spread((points[2 * i + 1]! - low) * scale);
      // The place breaks ties, and comes back out: 32 bits and 21 fit a double.
      this.codes[i] = key * 2 ** 21 + i;
    }
    this.codes.sort();
    for (let i = 0; i < this.count; i++) {
      const key = Math.floor(this.codes[i]! / 2 ** 21);
      const place = this.codes[i]! - key * 2 ** 21;
      this.codes[i] = key;
      this.order[i] = place;
      this.xs[i] = points[2 * place]!;
      this.ys[i] = points[2 * place + 1]!;
    }
    return side;
  }

  private addCell({ from, to, level }: { from: number; to: number; level: number }, squaredSide: number): void {
    if (this.cells === this.from.length) this.grow(2 * this.cells);
    const cell = this.cells++;
    this.from[cell] = from;
    this.to[cell] = to;
    this.squaredSide[cell] = squaredSide;
    let [sumX, sumY] = [0, 0];
    for (let i = from; i < to; i++) {
      sumX += this.xs[i]!;
      sumY += this.ys[i]!;
    }
    this.centreX[cell] = sumX / (to - from);
    this.centreY[cell] = sumY / (to - from);
    if (to - from > LEAF && level < DEPTH) {
      const quarter = 2 ** (2 * (DEPTH - 1 - level));
      for (let start = from; start < to;) {
        const part = Math.floor(this.codes[start]! / quarter);
        let end = start + 1;
        while (end < to && Math.floor(this.codes[end]! / quarter) === part) end++;
        this.addCell({ from: start, to: end, level: level + 1 }, squaredSide / 4);
        start = end;
      }
    }
    this.next[cell] = this.cells;
  }

  private grow(cells: number): void {
    const copy = <T extends Int32Array | Float64Array>(from: T, into: T): T => {
      into.set(from);
      return into;
    };
    this.from = copy(this.from, new Int32Array(cells));
    this.to = copy(this.to, new Int32Array(cells));
    this.next = copy(this.next, new Int32Array(cells));
    this.squaredSide = copy(this.squaredSide, new Float64Array(cells));
    this.centreX = copy(this.centreX, new Float64Array(cells));
    this.centreY = copy(this.centreY, new Float64Array(cells));
  }
}

/** The 16 bits of a whole number, each followed by a 0. */
function spread(value: number): number {
  let bits = Math.min(2 ** DEPTH - 1, Math.floor(value));
  bits = (bits | (bits << 8)) & 0x00ff00ff;
  bits = (bits | (bits << 4)) & 0x0f0f0f0f;
  bits = (bits | (bits << 2)) & 0x33333333;
  return (bits | (bits << 1)) & 0x55555555;
}
