/** Where tiles of equal size stand in rows, and which of them are in sight. Pure; all in px. */

export interface TileLayout {
  readonly columns: number;
  /** Of a tile. */
  readonly width: number;
  readonly height: number;
}

/** What is seen of all tiles. */
export interface TileWindow {
  readonly top: number;
  readonly height: number;
}

const GAP = 8;
const CAPTION = 34;

/** As many columns as fit into `room`; `tile` is the wanted side of each of a tile's `pictures`. */
export function layOutTiles(room: number, { pictures, tile }: { pictures: number; tile: number }): TileLayout {
  const within = Math.max(80, room - GAP);
  const columns = Math.max(1, Math.floor(within / (pictures * tile + GAP)));
  const width = Math.floor(within / columns) - GAP;
  return { columns, width, height: Math.floor(width / pictures) + CAPTION };
}

/** Of so many tiles. */
export function heightOfTiles({ columns, height }: TileLayout, count: number): number {
  return GAP + Math.ceil(count / columns) * (height + GAP);
}

export function placeTile({ columns, width, height }: TileLayout, place: number): { x: number; y: number } {
  return { x: GAP + (place % columns) * (width + GAP), y: GAP + Math.floor(place / columns) * (height + GAP) };
}

/** The first tile in sight and the one behind the last. */
export function tilesInSight({ columns, height }: TileLayout, seen: TileWindow, count: number): [number, number] {
  const first = Math.max(0, Math.floor((seen.top - GAP) / (height + GAP))) * columns;
  const inSight = Math.ceil(seen.height / (height + GAP) + 1) * columns;
  return [first, Math.min(count, first + inSight)];
}

/** How far down to scroll to have a tile in sight. */
export function scrollToTile(layout: TileLayout, seen: TileWindow, place: number): number {
  const { y: top } = placeTile(layout, place);
  if (top < seen.top) return top - GAP;
  if (top + layout.height > seen.top + seen.height) return top + layout.height + GAP - seen.height;
  return seen.top;
}

/** Where a key leads from place `now` of `count`; undefined for other keys. */
export function tileByKey(
  { columns, height }: TileLayout,
  key: string,
  { now, count, seen }: { now: number; count: number; seen: TileWindow },
): number | undefined {
  const page = columns * Math.max(1, Math.floor(seen.height / (height + GAP)));
  const last = count - 1;
  const steps: Readonly<Record<string, number>> = {
    ...{ ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns },
    ...{ PageUp: -page, PageDown: page, Home: -now, End: last - now },
  };
  const step = steps[key];
  return step === undefined ? undefined : Math.min(last, Math.max(0, now + step));
}
