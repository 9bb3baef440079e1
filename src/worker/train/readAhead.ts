/** Reads the batches of the next steps while the present one is used. Batches depend on their step alone. */

const DISTANCE = 2;

export class ReadAhead<T> {
  private readonly ahead = new Map<number, Promise<T>>();

  constructor(private readonly read: (step: number) => Promise<T>) {}

  async next(step: number): Promise<T> {
    for (let later = step; later <= step + DISTANCE; later++) {
      if (this.ahead.has(later)) continue;
      const reading = this.read(later);
      reading.catch(() => undefined); // seen when it is awaited
      this.ahead.set(later, reading);
    }
    const batch = await this.ahead.get(step)!;
    for (const known of this.ahead.keys()) if (known <= step) this.ahead.delete(known);
    return batch;
  }
}
