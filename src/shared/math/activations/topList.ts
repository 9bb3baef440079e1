/** The largest of many values in bounded memory. */

export interface TopEntry {
  readonly value: number;
  readonly image: number;
  /** Place in the map. */
  readonly at: number;
}

export class TopList {
  private readonly kept: TopEntry[] = [];

  constructor(private readonly most: number) {}

  /** Of equal values the one with the smaller `image` counts as larger, so that the order of offers does not matter. */
  offer(entry: TopEntry): void {
    const { kept, most } = this;
    if (kept.length === most && !isAhead(entry, kept[most - 1]!)) return;
    let place = kept.length;
    while (place > 0 && isAhead(entry, kept[place - 1]!)) place--;
    kept.splice(place, 0, entry);
    if (kept.length > most) kept.pop();
  }

  /** Largest first. */
  entries(): readonly TopEntry[] {
    return this.kept;
  }
}

function isAhead(a: TopEntry, b: TopEntry): boolean {
  return a.value > b.value || (a.value === b.value && a.image < b.image);
}
