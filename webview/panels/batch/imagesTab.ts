/** The images of an update as the network sees them, its views side by side, with what each was matched to; one of them large. */
import { selectionOfImage } from '../../../src/shared/views/batch/followBatch';
import { describeMatch, matchOf, type ImageMatch } from '../../../src/shared/views/batch/matchWords';
import { formatFigure } from '../../../src/shared/views/batch/formatFigures';
import { element } from '../../ui/element';
import { createImageGrid, fitSquare } from '../../ui/imageGrid';
import { createImageStage } from '../../ui/imageStage';
import { createBatchPictures, type BatchPictures } from './batchPictures';
import { createImageTools } from './imageTools';
import { createMatchDetails } from './matchDetails';
import { paintImage, type PaintedImage } from './paintImage';
import type { BatchActions, BatchShown, Part } from './part';

const LABEL =
  'Image. Left and right go through images, plus and minus zoom, Shift and arrows move, 0 fits, Escape goes back to all.';

export function createImagesTab(actions: BatchActions): Part {
  const tools = createImageTools(actions);
  const grid = createImageGrid({ onMove: (image) => choose(image), onOpen: (image) => choose(image, true) });
  const stage = createImageStage({
    ...{ label: LABEL, aside: element('div', { hidden: true }) },
    onMove: (image) => choose(image),
    onClose: () => {
      actions.change({ isLarge: false });
      grid.focus();
    },
  });
  const details = createMatchDetails((next) => {
    object = next;
    redraw();
  });
  const images = element('section', { class: 'images', 'aria-label': 'Images' }, grid.node, stage.node);
  const columns = element(
    'div',
    { class: 'columns' },
    images,
    element('div', { class: 'side', tabindex: 0, role: 'region', 'aria-label': 'About the images' }, details.node),
  );
  const node = element('div', { class: 'images-tab' }, tools.node, columns);
  let shown: BatchShown | undefined;
  let pictures: BatchPictures | undefined;
  let drawnOf = '';
  /** Of the chosen image. */
  let object: number | undefined;
  return {
    node,
    draw: (next) => {
      shown = next;
      const of = `${next.model.folder} ${next.inspection.step}`;
      if (of !== drawnOf) {
        pictures?.dispose();
        pictures = createBatchPictures(next.model.folder, next.inspection);
        drawnOf = of;
      }
      redraw();
    },
  };

  function choose(image: number, isLarge = shown?.view.isLarge ?? false): void {
    if (!shown) return;
    if (image !== shown.view.image) object = undefined;
    const opens = isLarge && !shown.view.isLarge;
    actions.change({ image, isLarge });
    const { session, inspection } = shown;
    actions.select(selectionOfImage(session, inspection, image));
    actions.announce(`${nameOf(image)}: ${describe(image)}`);
    if (opens) stage.focus();
  }

  function redraw(): void {
    if (!shown) return;
    const { view, inspection } = shown;
    const count = inspection.images.length;
    const image = Math.min(view.image ?? 0, count - 1);
    const isLarge = view.isLarge && count > 0;
    tools.draw(shown, matchAt(image));
    grid.node.hidden = isLarge;
    stage.node.hidden = !isLarge;
    if (isLarge) drawLarge(image);
    else drawGrid(image);
    const { boxStage } = view;
    details.draw({ image: inspection.images[image], match: matchAt(image), views: inspection.views, boxStage, object });
  }

  function drawGrid(image: number): void {
    const { view, inspection } = shown!;
    const cells = cellsOf();
    grid.draw({
      ...{ images: Int32Array.from(inspection.images.keys()), image, tile: view.tile, pictures: cells.length },
      order: '',
      name: nameOf,
      describe,
      paint: ({ image: at, canvases, side, ratio }) =>
        canvases.forEach((canvas, i) => {
          const size = sizeOf(cells[i]!);
          const wish = { isWanted: () => grid.isInSight(at), onReady: grid.refresh };
          paint(canvas, at, { ...size, cell: cells[i]!, place: fitSquare(size.width, size.height, side), ratio, wish });
        }),
    });
    grid.refresh();
  }

  function drawLarge(image: number): void {
    const { inspection } = shown!;
    // The stage has room for two.
    const all = cellsOf();
    const cells = all.includes('truth') ? (['truth', 'predicted'] as const) : all.slice(0, 2);
    const wish = { isWanted: () => shown?.view.image === image || image === 0, onReady: stage.refresh };
    stage.draw({
      ...{ images: Int32Array.from(inspection.images.keys()), image, title: nameOf(image), remark: describe(image) },
      captions: cells.map((cell) => captionOf(cell)),
      size: () => sizeOf(cells[0]!),
      paint: (cell, canvas, place, ratio) =>
        paint(canvas, image, { ...sizeOf(cells[cell]!), cell: cells[cell]!, place, ratio, wish }),
    });
  }

  function paint(
    canvas: HTMLCanvasElement,
    image: number,
    painted: Omit<PaintedImage, 'image' | 'match' | 'object'>,
  ): void {
    if (!shown || !pictures) return;
    const isChosen = shown.view.image === image;
    paintImage(canvas, pictures, shown.view, {
      ...painted,
      image,
      match: matchAt(image),
      object: isChosen ? object : undefined,
    });
  }

  /** Views, and label maps where there are some. */
  function cellsOf(): PaintedImage['cell'][] {
    const { views, matching } = shown!.inspection;
    return [...views.map((_, view) => view), ...(matching?.kind === 'pixels' ? (['truth', 'predicted'] as const) : [])];
  }

  function captionOf(cell: PaintedImage['cell']): string {
    const { views } = shown!.inspection;
    return typeof cell === 'string' ? cell : views.length > 1 ? (views[cell]?.name ?? '') : '';
  }

  function sizeOf(cell: PaintedImage['cell']): { width: number; height: number } {
    const [, height = 1, width = 1] = shown!.inspection.views[typeof cell === 'number' ? cell : 0]?.shape ?? [];
    return { width, height };
  }

  function matchAt(image: number): ImageMatch | undefined {
    const { matching, images: all } = shown!.inspection;
    return matchOf(matching, all[image]?.place ?? -1);
  }

  function nameOf(image: number): string {
    return shown?.inspection.images[image]?.name ?? '';
  }

  function describe(image: number): string {
    const { label, loss } = shown!.inspection.images[image] ?? {};
    // Tiles are narrow: the match comes first.
    const parts = [describeMatch(matchAt(image)), loss === undefined ? '' : `loss ${formatFigure(loss)}`, label ?? ''];
    return parts.filter((part) => part !== '').join(', ');
  }
}
