/** What a landmark transfer leaves beside its record: `landmarks.json` and the test pictures on sheets. */
import {
  LANDMARKS_FILE,
  LANDMARKS_VERSION,
  type LandmarkExample,
  type LandmarkFile,
  type LandmarkNormaliser,
} from '../../../shared/results/landmarks';
import type { FileStamp } from '../../../shared/results/records';
import { sheetLayout, sheetName } from '../../../shared/results/sceneSheets';
import type { ImageStore } from '../../data/dataset';
import type { LandmarkDataset } from '../../data/landmarks';
import type { StageContext } from '../../stageContext';
import { encodeSheets } from '../sceneSheets';
import { pointsInCut, readCut, storedCut, toPicture } from './landmarkExamples';

/** Larger pictures are shown no better; a thousand of them fit on two sheets. */
const LARGEST_SIDE = 160;
const GREY = 128;

export interface LandmarkFileContent {
  readonly dataset: LandmarkDataset;
  /** Places of the test examples in the data set. */
  readonly examples: Int32Array;
  readonly normalise: LandmarkNormaliser;
  /** [examples] px of the whole image. */
  readonly normalisers: Float64Array;
  readonly threshold: number;
  readonly countsOccluded: boolean;
  /** Side of the pictures that the network saw, px. */
  readonly imageSize: number;
  /** By layer, [examples, 2K] half pictures. */
  readonly predictions: ReadonlyMap<string, Float32Array>;
}

export async function writeLandmarkFiles(
  content: LandmarkFileContent,
  context: StageContext,
): Promise<Record<string, FileStamp>> {
  const side = Math.min(content.imageSize, LARGEST_SIDE);
  const bytes = new TextEncoder().encode(JSON.stringify(describe(content, side)));
  const files: Record<string, FileStamp> = {};
  files[LANDMARKS_FILE] = await context.stages.writeFile(context.key, LANDMARKS_FILE, bytes);
  const { columns, rows, sheets } = sheetLayout(content.examples.length, side);
  for (let sheet = 0; sheet < sheets; sheet++) {
    const chosen = content.examples.subarray(sheet * columns * rows, (sheet + 1) * columns * rows);
    const store = await pack(content.dataset, chosen, side);
    for await (const encoded of encodeSheets(store, Int32Array.from(chosen.keys()))) {
      files[sheetName(sheet)] = await context.stages.writeFile(context.key, sheetName(sheet), encoded);
    }
  }
  return files;
}

async function pack(dataset: LandmarkDataset, examples: Int32Array, side: number): Promise<ImageStore> {
  const pixels = new Uint8Array(new SharedArrayBuffer(examples.length * side * side * 3));
  for (const [place, example] of examples.entries()) {
    const room = pixels.subarray(place * side * side * 3, (place + 1) * side * side * 3);
    // Whatever cannot be read was named when the examples were tested.
    const picture = await readCut(dataset, example, storedCut(dataset, example), side).catch(() => undefined);
    if (picture) room.set(picture.pixels);
    else room.fill(GREY);
  }
  const buffer = pixels.buffer as SharedArrayBuffer;
  return { kind: 'packed', count: examples.length, width: side, height: side, buffer };
}

function describe(content: LandmarkFileContent, side: number): LandmarkFile {
  const { dataset, examples, normalise, threshold, countsOccluded, predictions } = content;
  const landmarks = dataset.scheme.names.length;
  return {
    version: LANDMARKS_VERSION,
    landmarks: dataset.scheme,
    pictureSide: side,
    ...{ normalise, threshold, countsOccluded },
    examples: Array.from(examples, (example, i) => describeExample(content, { example, i, side })),
    predictions: [...predictions].map(([layer, values]) => ({
      layer,
      points: Array.from(examples, (_, i) =>
        pairs(toPicture(values.subarray(2 * landmarks * i, 2 * landmarks * (i + 1)), side)),
      ),
    })),
  };
}

function describeExample(
  { dataset, normalisers }: LandmarkFileContent,
  { example, i, side }: { readonly example: number; readonly i: number; readonly side: number },
): LandmarkExample {
  const count = dataset.scheme.names.length;
  const cut = storedCut(dataset, example);
  return {
    name: dataset.names[example]!,
    category: dataset.classes.length > 1 ? dataset.classes[dataset.labels[example]!]! : '',
    crop: [cut.left, cut.top, cut.side],
    points: pairs(toPicture(pointsInCut(dataset, example, cut), side)),
    visibility: Array.from(dataset.visibility.subarray(example * count, (example + 1) * count), (v) => v as 0 | 1 | 2),
    normaliser: round((normalisers[i]! * side) / cut.side),
  };
}

function pairs(values: Float64Array): [number, number][] {
  return Array.from({ length: values.length / 2 }, (_, k) => [round(values[2 * k]!), round(values[2 * k + 1]!)]);
}

/** A thousandth of a pixel. */
function round(value: number): number {
  return Math.round(1000 * value) / 1000;
}
