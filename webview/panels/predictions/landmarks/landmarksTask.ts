/** Predictions of landmarks: what the stages left is read here, and its parts are put together. */
import type {
  LandmarksLook,
  PredictionsModel,
  PredictionsRun,
  PredictionsView,
} from '../../../../src/shared/protocol/panels/predictionsPanel';
import { LANDMARKS_FILE, type LandmarkFile } from '../../../../src/shared/results/landmarks';
import { placeOnSheet, sheetLayout, sheetName } from '../../../../src/shared/results/sceneSheets';
import {
  figureLandmarks,
  orderExamples,
  parseLandmarkFile,
  type LandmarkRun,
} from '../../../../src/shared/views/predictions/landmarkFigures';
import { fetchOf } from '../../../ui/engine';
import { fitSquare, type GridContent, type ImageGrid } from '../../../ui/imageGrid';
import { createPictures, type PictureSource, type PictureStore } from '../../../ui/pictures';
import { keptImage, type ImageTask, type TaskFrame } from '../imageTask';
import { createControls } from './controls';
import { createFigures } from './figures';
import { createLargeExample } from './largeExample';
import { paintPoints } from './paint';
import { createSaving } from './saving';
import { describeExample, drawnRuns, type Shown } from './shown';

interface Read {
  readonly runs: readonly PredictionsRun[];
  readonly files: readonly LandmarkFile[];
  readonly pictures: PictureStore;
}

/** Names on smaller pictures would cover them. */
const NAMED_SIDE = 150;

export function createLandmarksTask(frame: TaskFrame<Shown>): ImageTask<Read, Shown> {
  const look = (part: Partial<LandmarksLook>): void => {
    const view = frame.current()?.view;
    if (view) frame.change({ landmarks: { ...view.landmarks, ...part } });
  };
  const large = createLargeExample(frame, (landmark) => look({ landmark }));
  const figures = createFigures(look);
  const figure = createFigureMemory();
  return {
    ...{ large, figures, read: createReader() },
    controls: createControls(frame.change, look),
    saving: createSaving(frame, { picture: large.picture, chart: figures.chart }),
    show: ({ runs, files, pictures }, kept) => {
      const [first] = files;
      const { landmark, layer, threshold = first!.threshold } = kept.landmarks;
      const view: PredictionsView = {
        ...kept,
        ...keptImage(kept, first!.examples.length),
        landmarks: { ...kept.landmarks, landmark: first!.landmarks.names.includes(landmark) ? landmark : '' },
      };
      const all = files.map((file) => figure(file, layer));
      return { runs, figures: all, pictures, threshold, view, images: orderExamples(all, view) };
    },
    names: ({ figures: [first] }) => first!.file.examples.map(({ name }) => name),
    unfiltered: () => ({ search: '' }),
    chosen: ({ landmarks: before }, { landmarks: after }) =>
      after.layer === before.layer || after.layer === '' ? {} : { layer: after.layer },
    followed: ({ view, figures: [first] }, { layer, category }) => {
      const { examples, predictions } = first!.file;
      const hasLayer = layer && predictions.some((one) => one.layer === layer);
      // There is no filter by class: the first example of it is looked at, unless one is.
      const isOfClass = view.image !== undefined && examples[view.image]?.category === category;
      const example = category && !isOfClass ? examples.findIndex((one) => one.category === category) : -1;
      return {
        ...(hasLayer && { landmarks: { ...view.landmarks, layer } }),
        ...(example >= 0 && { image: example }),
      };
    },
    remark: (shown, blink) => {
      const isTurning = shown.runs.length > 1 && shown.view.layout === 'blink';
      return isTurning ? `, showing ${shown.runs[drawnRuns(shown, blink)[0]!]!.name}` : '';
    },
    grid: gridContent,
  };
}

/** Errors of a file and layer do not change. */
function createFigureMemory(): (file: LandmarkFile, layer: string) => LandmarkRun {
  const known = new WeakMap<LandmarkFile, Map<string, LandmarkRun>>();
  return (file, layer) => {
    const layers = known.get(file) ?? new Map<string, LandmarkRun>();
    known.set(file, layers);
    const run = layers.get(layer) ?? figureLandmarks(file, layer);
    layers.set(layer, run);
    return run;
  };
}

function gridContent(shown: Shown, blink: number, grid: ImageGrid): GridContent {
  const { view, images, figures } = shown;
  const runs = drawnRuns(shown, blink);
  const { examples, pictureSide } = figures[0]!.file;
  return {
    ...{ images, image: view.image, tile: view.tile, pictures: runs.length },
    order: JSON.stringify([view.sort, view.landmarks.landmark, view.landmarks.layer]),
    name: (example) => examples[example]!.name,
    describe: (example) => describeExample(shown, example),
    paint: ({ image: example, canvases, side, ratio }) =>
      runs.forEach((run, i) => {
        const wish = { isWanted: () => grid.isInSight(example), onReady: grid.refresh };
        const place = fitSquare(pictureSide, pictureSide, side);
        const canvas = canvases[i];
        if (canvas) paintPoints(canvas, shown, { example, run, place, ratio, hasNames: side >= NAMED_SIDE, wish });
      }),
  };
}

/** Reads what has not been read. */
function createReader(): (model: PredictionsModel, runs: readonly PredictionsRun[]) => Promise<Read> {
  const known = new Map<string, LandmarkFile>();
  let drawing: { readonly folder: string; readonly pictures: PictureStore } | undefined;
  const readFile = async ({ folder }: PredictionsRun): Promise<LandmarkFile> => {
    const found = known.get(folder);
    if (found) return found;
    const parsed = parseLandmarkFile(await (await fetchOf(`${folder}/${LANDMARKS_FILE}`)).text());
    if ('problem' in parsed) throw new Error(parsed.problem);
    known.set(folder, parsed.file);
    return parsed.file;
  };
  return async (_, runs) => {
    const files = await Promise.all(runs.map(readFile));
    const [first, second] = files;
    if (second && namesOf(second) !== namesOf(first!))
      throw new Error(`${runs[1]!.name} was tested on other images than ${runs[0]!.name}; compare with another.`);
    const { folder } = runs[0]!;
    if (drawing?.folder !== folder) {
      drawing?.pictures.dispose();
      drawing = { folder, pictures: createPictures(pictureSource(folder, first!)) };
    }
    return { runs, files, pictures: drawing.pictures };
  };
}

function namesOf({ examples, landmarks }: LandmarkFile): string {
  return JSON.stringify([landmarks.names, examples.map(({ name }) => name)]);
}

function pictureSource(folder: string, { examples, pictureSide: side }: LandmarkFile): PictureSource {
  const layout = sheetLayout(examples.length, side);
  return (example) => {
    const { sheet, ...onSheet } = placeOnSheet(example, layout, side);
    return { url: `${folder}/${sheetName(sheet)}`, width: side, height: side, onSheet };
  };
}
