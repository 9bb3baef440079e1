/** Typed arrays that grow while a file is read: the length is not known before. */

/** Longer columns are handed over with their spare room, which costs less than a copy beside them. */
const COPIED = 1e6;

/** Numbers appended one by one; `take` gives them as one array without the spare room. */
export class GrowingFloats {
  length = 0;
  private values = new Float64Array(256);

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Float64Array(2 * this.length);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  at(index: number): number {
    return this.values[index]!;
  }

  set(index: number, value: number): void {
    this.values[index] = value;
  }

  /** A view of the values from `start`; valid until the next push. */
  from(start: number): Float64Array {
    return this.values.subarray(start, this.length);
  }

  truncate(length: number): void {
    this.length = length;
  }

  take(): Float64Array {
    return this.values.slice(0, this.length);
  }
}

/** The same for whole numbers 0 to 2^32 - 1; others wrap, as in C. */
export class GrowingCounts {
  length = 0;
  private values = new Uint32Array(256);

  push(value: number): void {
    if (this.length === this.values.length) this.reserve(1);
    this.values[this.length++] = value;
  }

  append(more: ArrayLike<number>): void {
    this.reserve(more.length);
    this.values.set(more, this.length);
    this.length += more.length;
  }

  at(index: number): number {
    return this.values[index]!;
  }

  /** A view of the values from `start`; valid until the next push. */
  from(start: number): Uint32Array {
    return this.values.subarray(start, this.length);
  }

  truncate(length: number): void {
    this.length = length;
  }

  take(): Uint32Array {
    return this.length > COPIED ? this.values.subarray(0, this.length) : this.values.slice(0, this.length);
  }

  private reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.values.length) return;
    const growth = this.values.length > COPIED ? 1.4 : 2;
    const larger = new Uint32Array(Math.max(needed, Math.ceil(growth * this.values.length)));
    larger.set(this.values.subarray(0, this.length));
    this.values = larger;
  }
}
