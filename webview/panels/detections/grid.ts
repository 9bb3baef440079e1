/** All images that pass as a grid. Only those in sight have a canvas, so that half a million are no more work than fifty. */
import { changesOf, errorsOf, rowsOf } from '../../../src/shared/views/detections/detectionsFilter';
import { element } from '../../ui/element';
import { paintScene } from './paint';
import type { Picture } from './pictures';
import { drawnRuns, runLetter, type Shown } from './shown';

export interface Grid {
  readonly node: HTMLElement;
  draw(shown: Shown, blink: number): void;
  focus(): void;
}

export interface GridOptions {
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
  image: number;
  picture: Picture | undefined;
}

export function createGrid({ onMove, onOpen }: GridOptions): Grid {
  const space = element('div', { class: 'grid-space', role: 'presentation' });
  const node = element(
    'div',
    { class: 'grid', role: 'listbox', tabindex: 0, 'aria-label': 'Images. Arrow keys move, Enter enlarges.' },
    space,
  );
  const tiles = new Map<number, Tile>();
  let shown: Shown | undefined;
  let blink = 0;
  let order = '';
  let frame = 0;

  const measure = (): { columns: number; width: number; height: number; pictures: number } => {
    const { view, runs } = shown!;
    const pictures = runs.length > 1 && view.layout === 'side' ? 2 : 1;
    const room = Math.max(80, node.clientWidth - GAP);
    const wanted = pictures * view.tile + GAP;
    const columns = Math.max(1, Math.floor(room / wanted));
    const width = Math.floor(room / columns) - GAP;
    const side = Math.floor(width / pictures);
    return { columns, width, height: side + CAPTION, pictures };
  };
  const placeOf = (image: number): number => shown?.images.indexOf(image) ?? -1;
  const schedule = (): void => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      drawVisible();
    });
  };

  node.addEventListener('scroll', schedule, { passive: true });
  new ResizeObserver(schedule).observe(node);
  node.addEventListener('click', ({ target }) => {
    const image = imageAt(target);
    if (image !== undefined) onOpen(image);
  });
  node.addEventListener('keydown', (event) => {
    if (!shown || shown.images.length === 0) return;
    const { columns, height } = measure();
    const page = columns * Math.max(1, Math.floor(node.clientHeight / (height + GAP)));
    const now = Math.max(0, placeOf(shown.view.image ?? -1));
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      return onOpen(shown.images[now]!);
    }
    const steps: Readonly<Record<string, number>> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -columns,
      ArrowDown: columns,
      PageUp: -page,
      PageDown: page,
      Home: -now,
      End: shown.images.length - 1 - now,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.min(shown.images.length - 1, Math.max(0, now + step));
    onMove(shown.images[next]!);
    reveal(next);
  });

  return {
    node,
    draw: (next, nextBlink) => {
      shown = next;
      blink = nextBlink;
      const text = `${next.images.length} ${next.images[0]} ${next.images.at(-1)} ${next.view.sort} ${next.view.tile}`;
      if (text !== order) {
        order = text;
        const place = placeOf(next.view.image ?? -1);
        node.scrollTop = 0;
        if (place > 0) reveal(place);
      }
      drawVisible();
    },
    focus: () => {
      const place = shown ? placeOf(shown.view.image ?? -1) : -1;
      if (place >= 0) reveal(place);
      node.focus({ preventScroll: true });
    },
  };

  function imageAt(target: EventTarget | null): number | undefined {
    const image = (target as Element).closest<HTMLElement>('.tile')?.dataset.image;
    return image === undefined ? undefined : Number(image);
  }

  function reveal(place: number): void {
    const { columns, height } = measure();
    const top = GAP + Math.floor(place / columns) * (height + GAP);
    if (top < node.scrollTop) node.scrollTop = top - GAP;
    else if (top + height > node.scrollTop + node.clientHeight) node.scrollTop = top + height + GAP - node.clientHeight;
  }

  function drawVisible(): void {
    if (!shown || node.clientWidth === 0) return;
    const { columns, width, height, pictures } = measure();
    const rows = Math.ceil(shown.images.length / columns);
    space.style.height = `${GAP + rows * (height + GAP)}px`;
    const first = Math.max(0, Math.floor((node.scrollTop - GAP) / (height + GAP))) * columns;
    const inSight = Math.ceil(node.clientHeight / (height + GAP) + 1) * columns;
    const last = Math.min(shown.images.length, first + inSight);
    const wanted = new Set(shown.images.subarray(first, last));
    for (const [image, tile] of tiles) {
      if (wanted.has(image) && tile.canvases.length === pictures) continue;
      tile.node.remove();
      tiles.delete(image);
    }
    for (let place = first; place < last; place++) {
      const image = shown.images[place]!;
      const tile = tiles.get(image) ?? createTile(image, pictures);
      const x = GAP + (place % columns) * (width + GAP);
      const y = GAP + Math.floor(place / columns) * (height + GAP);
      tile.node.style.transform = `translate(${x}px, ${y}px)`;
      tile.node.style.width = `${width}px`;
      tile.node.setAttribute('aria-posinset', String(place + 1));
      tile.node.setAttribute('aria-setsize', String(shown.images.length));
      drawTile(tile, Math.floor(width / pictures));
    }
    const current = shown.view.image;
    if (current !== undefined && wanted.has(current)) node.setAttribute('aria-activedescendant', `tile-${current}`);
    else node.removeAttribute('aria-activedescendant');
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
    const tile: Tile = { node: made, canvases, caption, remark, image, picture: undefined };
    tiles.set(image, tile);
    space.append(made);
    return tile;
  }

  function drawTile(tile: Tile, side: number): void {
    const { tables, view, pictures } = shown!;
    const { image } = tile;
    const name = tables.truth.images.names[image]!;
    tile.caption.textContent = name;
    tile.remark.textContent = describeTile(shown!, image);
    tile.node.title = `${name}: ${tile.remark.textContent}`;
    tile.node.setAttribute('aria-selected', String(view.image === image));
    const ratio = window.devicePixelRatio;
    const wanted = side * ratio;
    tile.picture = pictures.peek(image, wanted) ?? tile.picture;
    if (!pictures.peek(image, wanted)) {
      void pictures
        .get(image, wanted, () => tiles.get(image) === tile)
        .then((found) => found && tiles.get(image) === tile && schedule());
    }
    drawnRuns(shown!, blink).forEach((run, i) => {
      const canvas = tile.canvases[i];
      if (canvas) paintTile(canvas, { tile, run, side, ratio });
    });
  }

  function paintTile(
    canvas: HTMLCanvasElement,
    {
      tile,
      run,
      side,
      ratio,
    }: { readonly tile: Tile; readonly run: number; readonly side: number; readonly ratio: number },
  ): void {
    const { tables, filter, view } = shown!;
    const { images } = tables.truth;
    const width = images.widths[tile.image] || tile.picture?.width || 1;
    const height = images.heights[tile.image] || tile.picture?.height || 1;
    const pixels = Math.round(side * ratio);
    if (canvas.width !== pixels) {
      canvas.width = pixels;
      canvas.height = pixels;
      canvas.style.width = `${side}px`;
      canvas.style.height = `${side}px`;
    }
    const scale = side / Math.max(width, height);
    const place = { scale, left: (side - width * scale) / 2, top: (side - height * scale) / 2 };
    const scene = {
      tables,
      filter,
      image: tile.image,
      run,
      view: { ...view, showLabels: view.showLabels && side >= 150 },
    };
    paintScene(canvas, { picture: tile.picture, scene, place, ratio });
  }
}

/** `5 objects, 2 errors`; of two runs `A 2, B 4 errors, +1 −2 found`. */
export function describeTile(shown: Shown, image: number): string {
  const { tables } = shown;
  const objects = rowsOf(tables.objects, image).length;
  const counts = tables.runs.map((_, run) => errorsOf(tables, run, image));
  const first = `${objects} ${objects === 1 ? 'object' : 'objects'}`;
  if (counts.length === 1) return `${first}, ${counts[0]} ${counts[0] === 1 ? 'error' : 'errors'}`;
  const { gained, lost } = changesOf(tables, image);
  const moved =
    gained + lost === 0 ? '' : `, B found ${[gained && `+${gained}`, lost && `−${lost}`].filter(Boolean).join(' ')}`;
  return `errors ${counts.map((count, run) => `${runLetter(run)} ${count}`).join(', ')}${moved}`;
}
