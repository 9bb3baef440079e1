/** Points of a map in equal square boxes, so that the nearest one and those in a rectangle are found without asking all. */

/** Points in a box on average. */
const PER_BOX = 4;

export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export class PointGrid {
  /** Of all points that are somewhere; a point at the origin when there is none. */
  readonly bounds: Rectangle;
  private readonly side: number;
  private readonly columns: number;
  private readonly rows: number;
  /** Points of box b are `order[start[b]] … order[start[b + 1] - 1]`. */
  private readonly start: Int32Array;
  private readonly order: Int32Array;

  /** at: [points, 2]; those that are NaN are nowhere. */
  constructor(private readonly at: Float32Array) {
    this.bounds = boundsOf(at);
    const { left, top, right, bottom } = this.bounds;
    const [width, height] = [right - left, bottom - top];
    const boxes = Math.max(1, at.length / 2 / PER_BOX);
    this.side = Math.max(Math.sqrt((width * height) / boxes), Math.max(width, height) / boxes) || 1;
    this.columns = Math.floor(width / this.side) + 1;
    this.rows = Math.floor(height / this.side) + 1;
    this.start = new Int32Array(this.columns * this.rows + 1);
    for (let i = 0; i < at.length; i += 2) if (!Number.isNaN(at[i]!)) this.start[this.boxOf(i) + 1]!++;
    for (let b = 1; b < this.start.length; b++) this.start[b]! += this.start[b - 1]!;
    this.order = new Int32Array(this.start.at(-1)!);
    const next = this.start.slice();
    for (let i = 0; i < at.length; i += 2) if (!Number.isNaN(at[i]!)) this.order[next[this.boxOf(i)]!++] = i / 2;
  }

  /** The nearest point within `radius` that is accepted; the first of equally near ones. */
  nearest(x: number, y: number, radius: number, accepts: (point: number) => boolean): number | undefined {
    let best: number | undefined;
    let least = radius * radius;
    this.visit({ left: x - radius, top: y - radius, right: x + radius, bottom: y + radius }, (point) => {
      const square = (this.at[2 * point]! - x) ** 2 + (this.at[2 * point + 1]! - y) ** 2;
      if (square > least || !accepts(point)) return;
      if (square === least && best !== undefined && best < point) return;
      [best, least] = [point, square];
    });
    return best;
  }

  /** Calls with every point in the rectangle, its sides included. */
  visit({ left, top, right, bottom }: Rectangle, call: (point: number) => void): void {
    const column = (x: number): number => Math.floor((x - this.bounds.left) / this.side);
    const row = (y: number): number => Math.floor((y - this.bounds.top) / this.side);
    const lastRow = Math.min(this.rows - 1, row(bottom));
    const lastColumn = Math.min(this.columns - 1, column(right));
    for (let r = Math.max(0, row(top)); r <= lastRow; r++) {
      for (let c = Math.max(0, column(left)); c <= lastColumn; c++) {
        const box = r * this.columns + c;
        for (let i = this.start[box]!; i < this.start[box + 1]!; i++) {
          const point = this.order[i]!;
          const [x, y] = [this.at[2 * point]!, this.at[2 * point + 1]!];
          if (x >= left && x <= right && y >= top && y <= bottom) call(point);
        }
      }
    }
  }

  private boxOf(i: number): number {
    const column = Math.min(this.columns - 1, Math.floor((this.at[i]! - this.bounds.left) / this.side));
    const row = Math.min(this.rows - 1, Math.floor((this.at[i + 1]! - this.bounds.top) / this.side));
    return row * this.columns + column;
  }
}

function boundsOf(at: Float32Array): Rectangle {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < at.length; i += 2) {
    if (Number.isNaN(at[i]!)) continue;
    left = Math.min(left, at[i]!);
    right = Math.max(right, at[i]!);
    top = Math.min(top, at[i + 1]!);
    bottom = Math.max(bottom, at[i + 1]!);
  }
  return left > right ? { left: 0, top: 0, right: 0, bottom: 0 } : { left, top, right, bottom };
}
