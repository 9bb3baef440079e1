/** The images of an update as the network sees them, its views side by side, with what each was matched to; one of them large. */
import { selectionOfImage } from '../../../src/shared/views/batch/followBatch';
import { describeMatch, matchOf, type ImageMatch } from '../../../src/shared/views/batch/matchWords';
import { formatFigure } from '../../../src/shared/views/batch/formatFigures';
import { element } from '../../ui/element';
import { createImageGrid, fitSquare, type ImageGrid } from '../../ui/imageGrid';
import { createImageStage, type ImageStage } from '../../ui/imageStage';
import { createBatchPictures, type BatchPictures } from './batchPictures';
import { createImageTools, type ImageTools } from './imageTools';
import { createMatchDetails, type MatchDetails } from './matchDetails';
import { paintImage, type PaintedImage } from './paintImage';
import type { BatchActions, BatchShown, Part } from './part';

const LABEL =
  'Image. Left and right go through images, plus and minus zoom, Shift and arrows move, 0 fits, Escape goes back to all.';

export function createImagesTab(actions: BatchActions): Part {
  return new ImagesTab(actions);
}

type Cell = PaintedImage['cell'];

class ImagesTab implements Part {
  readonly node: HTMLElement;
  private readonly tools: ImageTools;
  private readonly grid: ImageGrid;
  private readonly stage: ImageStage;
  private readonly details: MatchDetails;
  private shown: BatchShown | undefined;
  private pictures: BatchPictures | undefined;
  private drawnOf = '';
  /** Of the chosen image. */
  private object: number | undefined;

  constructor(private readonly actions: BatchActions) {
    this.tools = createImageTools(actions);
    this.grid = createImageGrid({
      onMove: (image) => this.choose(image),
      onOpen: (image) => this.choose(image, true),
    });
    this.stage = createImageStage({
      ...{ label: LABEL, aside: element('div', { hidden: true }) },
      onMove: (image) => this.choose(image),
      onClose: () => {
        actions.change({ isLarge: false });
        this.grid.focus();
      },
    });
    this.details = createMatchDetails((next) => {
      this.object = next;
      this.redraw();
    });
    const images = element('section', { class: 'images', 'aria-label': 'Images' }, this.grid.node, this.stage.node);
    const about = { class: 'side', tabindex: 0, role: 'region', 'aria-label': 'About the images' };
    const columns = element('div', { class: 'columns' }, images, element('div', about, this.details.node));
    this.node = element('div', { class: 'images-tab' }, this.tools.node, columns);
  }

  draw(next: BatchShown): void {
    this.shown = next;
    const of = `${next.model.folder} ${next.inspection.step}`;
    if (of !== this.drawnOf) {
      this.pictures?.dispose();
      this.pictures = createBatchPictures(next.model.folder, next.inspection);
      this.drawnOf = of;
    }
    this.redraw();
  }

  private choose(image: number, isLarge = this.shown?.view.isLarge ?? false): void {
    const { shown, actions } = this;
    if (!shown) return;
    if (image !== shown.view.image) this.object = undefined;
    const opens = isLarge && !shown.view.isLarge;
    actions.change({ image, isLarge });
    // The change may have drawn something newer.
    const { session, inspection } = this.shown ?? shown;
    actions.select(selectionOfImage(session, inspection, image));
    actions.announce(`${nameOf(inspection, image)}: ${describe(inspection, image)}`);
    if (opens) this.stage.focus();
  }

  private redraw(): void {
    const { shown, object } = this;
    if (!shown) return;
    const { view, inspection } = shown;
    const count = inspection.images.length;
    const image = Math.min(view.image ?? 0, count - 1);
    const isLarge = view.isLarge && count > 0;
    const match = matchAt(inspection, image);
    this.tools.draw(shown, match);
    this.grid.node.hidden = isLarge;
    this.stage.node.hidden = !isLarge;
    if (isLarge) this.drawLarge(shown, image);
    else this.drawGrid(shown, image);
    const { boxStage } = view;
    this.details.draw({ image: inspection.images[image], match, views: inspection.views, boxStage, object });
  }

  private drawGrid({ view, inspection }: BatchShown, image: number): void {
    const { grid } = this;
    const cells = cellsOf(inspection);
    grid.draw({
      ...{ images: Int32Array.from(inspection.images.keys()), image, tile: view.tile, pictures: cells.length },
      order: '',
      name: (at) => nameOf(inspection, at),
      describe: (at) => describe(inspection, at),
      paint: ({ image: at, canvases, side, ratio }) =>
        canvases.forEach((canvas, i) => {
          const size = sizeOf(inspection, cells[i]!);
          const wish = { isWanted: () => grid.isInSight(at), onReady: grid.refresh };
          const place = fitSquare(size.width, size.height, side);
          this.paint(canvas, at, { ...size, cell: cells[i]!, place, ratio, wish });
        }),
    });
    grid.refresh();
  }

  private drawLarge({ inspection }: BatchShown, image: number): void {
    const { stage } = this;
    // The stage has room for two.
    const all = cellsOf(inspection);
    const cells = all.includes('truth') ? (['truth', 'predicted'] as const) : all.slice(0, 2);
    const wish = { isWanted: () => this.shown?.view.image === image || image === 0, onReady: stage.refresh };
    stage.draw({
      ...{ images: Int32Array.from(inspection.images.keys()), image },
      ...{ title: nameOf(inspection, image), remark: describe(inspection, image) },
      captions: cells.map((cell) => captionOf(inspection, cell)),
      size: () => sizeOf(inspection, cells[0]!),
      paint: (cell, canvas, place, ratio) =>
        this.paint(canvas, image, { ...sizeOf(inspection, cells[cell]!), cell: cells[cell]!, place, ratio, wish }),
    });
  }

  private paint(
    canvas: HTMLCanvasElement,
    image: number,
    painted: Omit<PaintedImage, 'image' | 'match' | 'object'>,
  ): void {
    const { shown, pictures } = this;
    if (!shown || !pictures) return;
    const object = shown.view.image === image ? this.object : undefined;
    paintImage(canvas, pictures, shown.view, { ...painted, image, match: matchAt(shown.inspection, image), object });
  }
}

type Inspection = BatchShown['inspection'];

/** Views, and label maps where there are some. */
function cellsOf({ views, matching }: Inspection): Cell[] {
  return [...views.map((_, view) => view), ...(matching?.kind === 'pixels' ? (['truth', 'predicted'] as const) : [])];
}

function captionOf({ views }: Inspection, cell: Cell): string {
  return typeof cell === 'string' ? cell : views.length > 1 ? (views[cell]?.name ?? '') : '';
}

function sizeOf({ views }: Inspection, cell: Cell): { width: number; height: number } {
  const [, height = 1, width = 1] = views[typeof cell === 'number' ? cell : 0]?.shape ?? [];
  return { width, height };
}

function matchAt({ matching, images }: Inspection, image: number): ImageMatch | undefined {
  return matchOf(matching, images[image]?.place ?? -1);
}

function nameOf({ images }: Inspection, image: number): string {
  return images[image]?.name ?? '';
}

function describe(inspection: Inspection, image: number): string {
  const { label, loss } = inspection.images[image] ?? {};
  // Tiles are narrow: the match comes first.
  const match = describeMatch(matchAt(inspection, image));
  const parts = [match, loss === undefined ? '' : `loss ${formatFigure(loss)}`, label ?? ''];
  return parts.filter((part) => part !== '').join(', ');
}
