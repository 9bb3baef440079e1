/** What the grid shows of each image: its picture with boxes, its name, how many objects and errors it has. */
import { changesOf, errorsOf, rowsOf } from '../../../src/shared/views/detections/detectionsFilter';
import { runLetter } from '../../ui/comparison';
import { fitSquare, type GridContent, type ImageGrid, type PaintedTile } from '../../ui/imageGrid';
import { paintScene } from './paint';
import { drawnRuns, type Shown } from './shown';

/** Labels on smaller pictures would cover them. */
const LABELLED_SIDE = 150;

export function gridContent(shown: Shown, blink: number, grid: ImageGrid): GridContent {
  const { view, images, runs, tables } = shown;
  return {
    images,
    image: view.image,
    tile: view.tile,
    pictures: runs.length > 1 && view.layout === 'side' ? 2 : 1,
    order: view.sort,
    name: (image) => tables.truth.images.names[image]!,
    describe: (image) => describeTile(shown, image),
    paint: (tile) => paintTile(shown, blink, { grid, tile }),
  };
}

function paintTile(
  { tables, filter, view, pictures, ...shown }: Shown,
  blink: number,
  { grid, tile }: { readonly grid: ImageGrid; readonly tile: PaintedTile },
): void {
  const { image, canvases, side, ratio } = tile;
  const isWanted = (): boolean => grid.isInSight(image);
  const picture = pictures.want(image, { side: side * ratio, isWanted, onReady: grid.refresh });
  const { images } = tables.truth;
  const width = images.widths[image] || picture?.width || 1;
  const height = images.heights[image] || picture?.height || 1;
  const place = fitSquare(width, height, side);
  drawnRuns({ ...shown, view }, blink).forEach((run, i) => {
    const canvas = canvases[i];
    const scene = {
      tables,
      filter,
      image,
      run,
      view: { ...view, showLabels: view.showLabels && side >= LABELLED_SIDE },
    };
    if (canvas) paintScene(canvas, { picture, scene, place, ratio });
  });
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
