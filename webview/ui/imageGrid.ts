/** Images as a grid. Only those in sight have a canvas, so that half a million are no more work than fifty. */
import { element } from './element';

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

const GAP = 8;
const CAPTION = 34;

interface Tile {
  readonly node: HTMLElement;
  readonly canvases: readonly HTMLCanvasElement[];
  readonly caption: HTMLElement;
  readonly remark: HTMLElement;
}

export function createImageGrid({ onMove, onOpen }: ImageGridOptions): ImageGrid {
  const space = element('div', { class: 'grid-space', role: 'presentation' });
  const node = element(
    'div',
    { class: 'grid', role: 'listbox', tabindex: 0, 'aria-label': 'Images. Arrow keys move, Enter enlarges.' },
    space,
  );
  const tiles = new Map<number, Tile>();
  let content: GridContent | undefined;
  let order = '';
  /** Where the keyboard was. */
  let last: number | undefined;
  let frame = 0;

  const measure = ({ pictures, tile }: GridContent): { columns: number; width: number; height: number } => {
    const room = Math.max(80, node.clientWidth - GAP);
    const columns = Math.max(1, Math.floor(room / (pictures * tile + GAP)));
    const width = Math.floor(room / columns) - GAP;
    return { columns, width, height: Math.floor(width / pictures) + CAPTION };
  };
  const placeOf = (image: number | undefined): number => content?.images.indexOf(image ?? -1) ?? -1;
  const refresh = (): void => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      drawVisible();
    });
  };

  node.addEventListener('scroll', refresh, { passive: true });
  new ResizeObserver(refresh).observe(node);
  node.addEventListener('click', ({ target }) => {
    const image = (target as Element).closest<HTMLElement>('.tile')?.dataset.image;
    if (image !== undefined) onOpen(Number(image));
  });
  node.addEventListener('keydown', (event) => {
    if (!content || content.images.length === 0) return;
    const now = Math.max(0, placeOf(content.image));
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      return onOpen(content.images[now]!);
    }
    const next = nextPlace(event.key, now);
    if (next === undefined) return;
    event.preventDefault();
    onMove(content.images[next]!);
    reveal(next);
  });

  return {
    node,
    refresh,
    isInSight: (image) => tiles.has(image),
    draw: (next) => {
      content = next;
      const text = `${next.images.length} ${next.images[0]} ${next.images.at(-1)} ${next.order} ${next.tile}`;
      if (text !== order) {
        order = text;
        node.scrollTop = 0;
        const place = placeOf(next.image);
        if (place > 0) reveal(place);
      } else if (next.image !== last) {
        // Chosen in another panel, it may be out of sight.
        const place = placeOf(next.image);
        if (place >= 0 && node.clientWidth > 0) reveal(place);
      }
      last = next.image;
      drawVisible();
    },
    focus: () => {
      const place = placeOf(content?.image);
      if (place >= 0) reveal(place);
      node.focus({ preventScroll: true });
    },
  };

  /** Where a key leads from place `now`; undefined for other keys. */
  function nextPlace(key: string, now: number): number | undefined {
    const { columns, height } = measure(content!);
    const page = columns * Math.max(1, Math.floor(node.clientHeight / (height + GAP)));
    const last = content!.images.length - 1;
    const steps: Readonly<Record<string, number>> = {
      ...{ ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns },
      ...{ PageUp: -page, PageDown: page, Home: -now, End: last - now },
    };
    const step = steps[key];
    return step === undefined ? undefined : Math.min(last, Math.max(0, now + step));
  }

  function reveal(place: number): void {
    const { columns, height } = measure(content!);
    const top = GAP + Math.floor(place / columns) * (height + GAP);
    if (top < node.scrollTop) node.scrollTop = top - GAP;
    else if (top + height > node.scrollTop + node.clientHeight) node.scrollTop = top + height + GAP - node.clientHeight;
  }

  function drawVisible(): void {
    if (!content || node.clientWidth === 0) return;
    const { images, pictures, image: current } = content;
    const { columns, width, height } = measure(content);
    space.style.height = `${GAP + Math.ceil(images.length / columns) * (height + GAP)}px`;
    const first = Math.max(0, Math.floor((node.scrollTop - GAP) / (height + GAP))) * columns;
    const inSight = Math.ceil(node.clientHeight / (height + GAP) + 1) * columns;
    const last = Math.min(images.length, first + inSight);
    const wanted = new Set(images.subarray(first, last));
    for (const [image, tile] of tiles) {
      if (wanted.has(image) && tile.canvases.length === pictures) continue;
      tile.node.remove();
      tiles.delete(image);
    }
    for (let place = first; place < last; place++) {
      const image = images[place]!;
      const { node: tile } = drawTile(image, Math.floor(width / pictures));
      const x = GAP + (place % columns) * (width + GAP);
      const y = GAP + Math.floor(place / columns) * (height + GAP);
      tile.style.transform = `translate(${x}px, ${y}px)`;
      tile.style.width = `${width}px`;
      tile.setAttribute('aria-posinset', String(place + 1));
      tile.setAttribute('aria-setsize', String(images.length));
    }
    if (current !== undefined && wanted.has(current)) node.setAttribute('aria-activedescendant', `tile-${current}`);
    else node.removeAttribute('aria-activedescendant');
  }

  function drawTile(image: number, side: number): Tile {
    const shown = content!;
    const tile = tiles.get(image) ?? createTile(image, shown.pictures);
    const name = shown.name(image);
    tile.caption.textContent = name;
    tile.remark.textContent = shown.describe(image);
    tile.node.title = `${name}: ${tile.remark.textContent}`;
    tile.node.setAttribute('aria-selected', String(shown.image === image));
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
    shown.paint({ image, canvases: tile.canvases, side, ratio });
    return tile;
  }

  function createTile(image: number, pictures: number): Tile {
    const canvases = Array.from({ length: pictures }, () => element('canvas') as HTMLCanvasElement);
    const caption = element('span', { class: 'tile-name' });
    const remark = element('span', { class: 'tile-remark quiet' });
    const made = element(
      'div',
      { class: 'tile', role: 'option', id: `tile-${image}`, 'data-image': image },
      element('div', { class: 'tile-pictures' }, ...canvases),
      caption,
      remark,
    );
    const tile: Tile = { node: made, canvases, caption, remark };
    tiles.set(image, tile);
    space.append(made);
    return tile;
  }
}

/** Where a picture of `width` × `height` px fits into a square of `side` px. */
export function fitSquare(width: number, height: number, side: number): { scale: number; left: number; top: number } {
  const scale = side / Math.max(width, height);
  return { scale, left: (side - width * scale) / 2, top: (side - height * scale) / 2 };
}
