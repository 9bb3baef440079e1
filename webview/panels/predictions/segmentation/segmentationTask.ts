/** Predictions of a segmentation: what the stages left is read here, and its parts are put together. */
import type {
  PredictionsModel,
  PredictionsRun,
  PredictionsView,
  SegmentationLook,
} from '../../../../src/shared/protocol/panels/predictionsPanel';
import { parseSegmentationIndex, SEGMENTATION_FILE } from '../../../../src/shared/results/segmentations';
import { sheetName } from '../../../../src/shared/results/sceneSheets';
import { classColours } from '../../../../src/shared/views/classColours';
import {
  figureSegmentation,
  orderImages,
  type SegmentationRun,
} from '../../../../src/shared/views/predictions/segmentationFigures';
import { fetchOf, startEngine } from '../../../ui/engine';
import { fitSquare, type GridContent, type ImageGrid } from '../../../ui/imageGrid';
import { createPictures, fileUrl, type PictureSource } from '../../../ui/pictures';
import type { EngineCalls } from '../engineMessages';
import { keptImage, type ImageTask, type TaskFrame } from '../imageTask';
import { createControls } from './controls';
import { createFigures } from './figures';
import { createLabels } from './labels';
import { createLargeImage } from './largeImage';
import { paintLabels } from './paint';
import { createSaving } from './saving';
import { describeImage, drawnLabels, imageOf, type Shown } from './shown';

/** What is read once: everything but the view. */
type Read = Pick<Shown, 'runs' | 'figures' | 'colours' | 'pictures' | 'labels'>;

export function createSegmentationTask(frame: TaskFrame<Shown>): ImageTask<Read, Shown> {
  const look = (part: Partial<SegmentationLook>): void => {
    const view = frame.current()?.view;
    if (view) frame.change({ segmentation: { ...view.segmentation, ...part } });
  };
  const large = createLargeImage(frame);
  const figures = createFigures(look);
  const { current, save } = frame;
  return {
    ...{ large, figures, read: createReader() },
    controls: createControls(frame.change, look),
    saving: createSaving({ current, picture: large.picture, chart: figures.chart, save }),
    show: (read, kept) => {
      const view = knownView(kept, read.figures[0]!);
      return { ...read, view, images: orderImages(read.figures, view) };
    },
    names: ({ figures: [first] }) => first!.index.images.map(({ picture, name }) => picture ?? name),
    unfiltered: ({ segmentation }) => ({
      search: '',
      segmentation: { ...segmentation, category: '', cell: undefined },
    }),
    chosen: ({ segmentation: before }, { segmentation: after }) => ({
      ...(after.category !== before.category && { category: after.category || null }),
      ...(after.cell && after.cell !== before.cell && { category: after.cell.truth }),
    }),
    followed: ({ view, figures: [first] }, { category }) => {
      const isKnown = category === null || (category !== undefined && first!.index.classes.includes(category));
      if (!isKnown || (category ?? '') === view.segmentation.category) return {};
      return { segmentation: { ...view.segmentation, category: category ?? '', cell: undefined } };
    },
    remark: (shown, blink) => {
      const [first] = drawnLabels(shown, blink);
      return shown.view.layout === 'blink' && first ? `, showing ${first.caption}` : '';
    },
    grid: gridContent,
  };
}

function gridContent(shown: Shown, blink: number, grid: ImageGrid): GridContent {
  const { view, images } = shown;
  const parts = drawnLabels(shown, blink);
  return {
    ...{ images, image: view.image, tile: view.tile, pictures: parts.length },
    order: JSON.stringify([view.sort, view.segmentation.cell, view.segmentation.category]),
    name: (image) => imageOf(shown, image).name,
    describe: (image) => describeImage(shown, image),
    paint: ({ image, canvases, side, ratio }) =>
      parts.forEach((drawn, i) => {
        const { width, height } = imageOf(shown, image);
        const wish = { isWanted: () => grid.isInSight(image), onReady: grid.refresh };
        const place = fitSquare(width, height, side);
        const canvas = canvases[i];
        if (canvas) paintLabels(canvas, shown, { image, drawn, place, ratio, side: side * ratio, wish });
      }),
  };
}

/** What is kept may name classes and images that are not there any more. */
function knownView(view: PredictionsView, { index }: SegmentationRun): PredictionsView {
  const { category, cell } = view.segmentation;
  const hasCell = cell && index.classes.includes(cell.truth) && index.classes.includes(cell.predicted);
  return {
    ...view,
    ...keptImage(view, index.images.length),
    segmentation: {
      ...view.segmentation,
      category: index.classes.includes(category) ? category : '',
      cell: hasCell ? cell : undefined,
    },
  };
}

/** Reads what has not been read; pictures and labels are those of the last model. */
function createReader(): (model: PredictionsModel, runs: readonly PredictionsRun[]) => Promise<Read> {
  const known = new Map<string, SegmentationRun>();
  let drawing: (Pick<Read, 'pictures' | 'labels'> & { readonly key: string }) | undefined;
  const readRun = async ({ folder }: PredictionsRun): Promise<SegmentationRun> => {
    const found = known.get(folder);
    if (found) return found;
    const parsed = parseSegmentationIndex(await (await fetchOf(`${folder}/${SEGMENTATION_FILE}`)).text());
    if ('problem' in parsed) throw new Error(parsed.problem);
    const run = figureSegmentation(parsed.index);
    known.set(folder, run);
    return run;
  };
  return async (model, runs) => {
    const figures = await Promise.all(runs.map(readRun));
    const [first, second] = figures;
    if (second && !haveSameImages(first!, second))
      throw new Error(`${runs[1]!.name} was tested on other images than ${runs[0]!.name}; compare with another.`);
    const key = JSON.stringify([runs[0]!.folder, model.pictures]);
    if (drawing?.key !== key) {
      drawing?.pictures.dispose();
      drawing?.labels.dispose();
      const source = pictureSource(model, runs[0]!, first!);
      const labels = createLabels(await startEngine<EngineCalls>(model.workerScript));
      drawing = { key, pictures: createPictures(source), labels };
    }
    const { classes, colours } = first!.index;
    return { ...drawing, runs, figures, colours: colours ?? classColours(classes) };
  };
}

function haveSameImages(a: SegmentationRun, b: SegmentationRun): boolean {
  const names = ({ index }: SegmentationRun): string =>
    JSON.stringify([index.classes, index.images.map(({ name }) => name)]);
  return names(a) === names(b);
}

function pictureSource(
  { pictures }: PredictionsModel,
  { folder }: PredictionsRun,
  { index }: SegmentationRun,
): PictureSource {
  return (image) => {
    const { picture, place, width, height } = index.images[image]!;
    if (index.pictures === 'sheets')
      return { url: `${folder}/${sheetName(place.sheet)}`, width, height, onSheet: { x: place.x, y: place.y } };
    return pictures === undefined || picture === undefined
      ? undefined
      : { url: fileUrl(pictures, picture), width, height };
  };
}
