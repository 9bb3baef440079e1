/** Images as a grid. Only those in sight have a canvas, so that half a million are no more work than fifty. */
import { element } from './element';
import { onceAFrame } from './onceAFrame';
import {
  heightOfTiles,
  layOutTiles,
  placeTile,
  scrollToTile,
  tileByKey,
  tilesInSight,
  type TileLayout,
  type TileWindow,
} from './tileLayout';

export interface GridContent {
  /** Ids of the images, in order. */
  readonly images: Int32Array;
  /** Where the keyboard is. */
  readonly image: number | undefined;
  /** Wanted side of a picture, px. */
  readonly tile: number;
  /** Pictures side by side in a tile. */
  readonly pictures: number;
  /** Changes when the images, or their order, are others: the grid then starts at its top. */
  readonly order: string;
  name(image: number): string;
  /** A few words below the name. */
  describe(image: number): string;
  /** Draws the canvases of a tile, squares of `side` × `ratio` canvas px. */
  paint(tile: PaintedTile): void;
}

export interface PaintedTile {
  readonly image: number;
  readonly canvases: readonly HTMLCanvasElement[];
  /** px, and canvas px in each. */
  readonly side: number;
  readonly ratio: number;
}

export interface ImageGrid {
  readonly node: HTMLElement;
  draw(content: GridContent): void;
  /** Draws what is in sight again, with the next frame. */
  refresh(): void;
  isInSight(image: number): boolean;
  focus(): void;
}

export interface ImageGridOptions {
  readonly onMove: (image: number) => void;
  readonly onOpen: (image: number) => void;
}

interface Tile {
  readonly node: HTMLElement;
  readonly canvases: readonly HTMLCanvasElement[];
  readonly caption: HTMLElement;
  readonly remark: HTMLElement;
}

export function createImageGrid(options: ImageGridOptions): ImageGrid {
  return new TiledImages(options);
}

class TiledImages implements ImageGrid {
  readonly node: HTMLElement;
  private readonly space = element('div', { class: 'grid-space', role: 'presentation' });
  private readonly tiles = new Map<number, Tile>();
  private content: GridContent | undefined;
  private order = '';
  /** Where the keyboard was. */
  private last: number | undefined;

  constructor(private readonly options: ImageGridOptions) {
    const label = 'Images. Arrow keys move, Enter enlarges.';
    this.node = element('div', { class: 'grid', role: 'listbox', tabindex: 0, 'aria-label': label }, this.space);
    this.node.addEventListener('scroll', this.refresh, { passive: true });
    new ResizeObserver(this.refresh).observe(this.node);
    this.node.addEventListener('click', ({ target }) => {
      const image = (target as Element).closest<HTMLElement>('.tile')?.dataset.image;
      if (image !== undefined) options.onOpen(Number(image));
    });
    this.node.addEventListener('keydown', (event) => this.press(event));
  }

  readonly refresh = onceAFrame(() => this.drawVisible());

  isInSight(image: number): boolean {
    return this.tiles.has(image);
  }

  draw(next: GridContent): void {
    this.content = next;
    const text = `${next.images.length} ${next.images[0]} ${next.images.at(-1)} ${next.order} ${next.tile}`;
    if (text !== this.order) {
      this.order = text;
      this.node.scrollTop = 0;
      const place = this.placeOf(next.image);
      if (place > 0) this.reveal(place);
    } else if (next.image !== this.last) {
      // Chosen in another panel, it may be out of sight.
      const place = this.placeOf(next.image);
      if (place >= 0 && this.node.clientWidth > 0) this.reveal(place);
    }
    this.last = next.image;
    this.drawVisible();
  }

  focus(): void {
    const place = this.placeOf(this.content?.image);
    if (place >= 0) this.reveal(place);
    this.node.focus({ preventScroll: true });
  }

  private press(event: KeyboardEvent): void {
    const { content } = this;
    if (!content || content.images.length === 0) return;
    const now = Math.max(0, this.placeOf(content.image));
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      return this.options.onOpen(content.images[now]!);
    }
    const next = tileByKey(this.layout(content), event.key, {
      ...{ now, count: content.images.length, seen: this.seen() },
    });
    if (next === undefined) return;
    event.preventDefault();
    this.options.onMove(content.images[next]!);
    this.reveal(next);
  }

  private layout(content: GridContent): TileLayout {
    return layOutTiles(this.node.clientWidth, content);
  }

  private seen(): TileWindow {
    return { top: this.node.scrollTop, height: this.node.clientHeight };
  }

  private placeOf(image: number | undefined): number {
    return this.content?.images.indexOf(image ?? -1) ?? -1;
  }

  private reveal(place: number): void {
    const seen = this.seen();
    const top = scrollToTile(this.layout(this.content!), seen, place);
    if (top !== seen.top) this.node.scrollTop = top;
  }

  private drawVisible(): void {
    const { content, node, space } = this;
    if (!content || node.clientWidth === 0) return;
    const { images, pictures, image: current } = content;
    const layout = this.layout(content);
    space.style.height = `${heightOfTiles(layout, images.length)}px`;
    const [first, last] = tilesInSight(layout, this.seen(), images.length);
    const wanted = new Set(images.subarray(first, last));
    for (const [image, tile] of this.tiles) {
      if (wanted.has(image) && tile.canvases.length === pictures) continue;
      tile.node.remove();
      this.tiles.delete(image);
    }
    for (let place = first; place < last; place++) this.drawTile(content, place, layout);
    if (current !== undefined && wanted.has(current)) node.setAttribute('aria-activedescendant', `tile-${current}`);
    else node.removeAttribute('aria-activedescendant');
  }

  private drawTile(content: GridContent, place: number, layout: TileLayout): void {
    const image = content.images[place]!;
    const tile = this.tileOf(image, content.pictures);
    fillTile(tile, content, { image, side: Math.floor(layout.width / content.pictures) });
    const { x, y } = placeTile(layout, place);
    tile.node.style.transform = `translate(${x}px, ${y}px)`;
    tile.node.style.width = `${layout.width}px`;
    tile.node.setAttribute('aria-posinset', String(place + 1));
    tile.node.setAttribute('aria-setsize', String(content.images.length));
  }

  private tileOf(image: number, pictures: number): Tile {
    const known = this.tiles.get(image);
    if (known) return known;
    const tile = createTile(image, pictures);
    this.tiles.set(image, tile);
    this.space.append(tile.node);
    return tile;
  }
}

function createTile(image: number, pictures: number): Tile {
  const canvases = Array.from({ length: pictures }, () => element('canvas') as HTMLCanvasElement);
  const caption = element('span', { class: 'tile-name' });
  const remark = element('span', { class: 'tile-remark quiet' });
  const node = element(
    'div',
    { class: 'tile', role: 'option', id: `tile-${image}`, 'data-image': image },
    element('div', { class: 'tile-pictures' }, ...canvases),
    caption,
    remark,
  );
  return { node, canvases, caption, remark };
}

function fillTile(tile: Tile, content: GridContent, { image, side }: { image: number; side: number }): void {
  const name = content.name(image);
  tile.caption.textContent = name;
  tile.remark.textContent = content.describe(image);
  tile.node.title = `${name}: ${tile.remark.textContent}`;
  tile.node.setAttribute('aria-selected', String(content.image === image));
  const ratio = window.devicePixelRatio;
  const pixels = Math.round(side * ratio);
  for (const canvas of tile.canvases) {
    // Setting a size, even the same, clears a canvas and costs.
    if (canvas.width === pixels) continue;
    canvas.width = pixels;
    canvas.height = pixels;
    canvas.style.width = `${side}px`;
    canvas.style.height = `${side}px`;
  }
  content.paint({ image, canvases: tile.canvases, side, ratio });
}

/** Where a picture of `width` × `height` px fits into a square of `side` px. */
export function fitSquare(width: number, height: number, side: number): { scale: number; left: number; top: number } {
  const scale = side / Math.max(width, height);
  return { scale, left: (side - width * scale) / 2, top: (side - height * scale) / 2 };
}
