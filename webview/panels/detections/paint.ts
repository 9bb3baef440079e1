/** Draws an image with its objects and detections on a canvas: lines of one look in one stroke, so that thousands stay quick. */
import { decodeMask, maskBox } from '../../../src/shared/math/detection/rle';
import { FATE } from '../../../src/shared/math/detection/tide';
import type { DetectionsView } from '../../../src/shared/protocol/panels/detectionsPanel';
import type { MaskColumn } from '../../../src/shared/results/detections';
import {
  rowsOf,
  verdictName,
  type BoxFilter,
  type ShownTables,
} from '../../../src/shared/views/detections/detectionsFilter';
import { errorLook, TRUTH_LOOK, type ErrorLook } from '../../charts/errorLooks';
import type { Placement } from '../../ui/imageStage';
import type { Picture } from '../../ui/bitmapStore';

export interface BoxReference {
  readonly kind: 'object' | 'detection';
  /** Run of a detection. */
  readonly run: number;
  readonly row: number;
}

export interface Scene {
  readonly tables: ShownTables;
  readonly filter: BoxFilter;
  readonly view: Pick<DetectionsView, 'method' | 'showTruth' | 'showFound' | 'showLabels' | 'maskOpacity'>;
  readonly image: number;
  /** Whose detections are drawn. */
  readonly run: number;
  readonly chosen?: BoxReference;
}

export interface DrawnBox {
  readonly reference: BoxReference;
  readonly look: ErrorLook;
  readonly label: string;
  readonly box: readonly [number, number, number, number];
}

/** Boxes that are shown of a run in an image, objects first. */
export function listBoxes({ tables, filter, view, image, run }: Scene): DrawnBox[] {
  const { truth, objects, runs } = tables;
  const { names } = truth.categories;
  const shown = runs[run];
  const boxes: DrawnBox[] = [];
  if (view.showTruth) {
    for (const row of rowsOf(objects, image)) {
      // While detections of one kind are looked for, all objects stay, faintly explaining them.
      const isMissed = shown?.figures.verdicts.fates[row] === FATE.missed;
      if (filter.isActive && !filter.object(row) && !isNear(tables, { image, run, row }, filter)) continue;
      const look = isMissed && view.method === 'tide' ? errorLook('miss', 'tide') : TRUTH_LOOK;
      const crowd = truth.isCrowd[row] === 1 ? ' (crowd)' : truth.isIgnored[row] === 1 ? ' (difficult)' : '';
      const label = `${look.letter === '' ? '' : `${look.letter} `}${names[truth.category[row]!]!}${crowd}`;
      boxes.push({ reference: { kind: 'object', run, row }, look, label, box: boxAt(truth.boxes, row) });
    }
  }
  if (!view.showFound || !shown) return boxes;
  const { detections, figures, byImage } = shown;
  for (const row of rowsOf(byImage, image)) {
    if (!filter.detection(run, row)) continue;
    const look = errorLook(verdictName(figures, view.method, row), view.method);
    const label = `${look.letter} ${names[detections.category[row]!]!} ${detections.scores[row]!.toFixed(2)}`;
    boxes.push({ reference: { kind: 'detection', run, row }, look, label, box: boxAt(detections.boxes, row) });
  }
  return boxes;
}

/** The object that a shown detection was judged by. */
function isNear(
  { runs }: ShownTables,
  { image, run, row }: { readonly image: number; readonly run: number; readonly row: number },
  filter: BoxFilter,
): boolean {
  const shown = runs[run];
  if (!shown) return false;
  return rowsOf(shown.byImage, image).some(
    (detection) => shown.figures.verdicts.objects[detection] === row && filter.detection(run, detection),
  );
}

export function boxAt(boxes: Float64Array, row: number): [number, number, number, number] {
  return [boxes[4 * row]!, boxes[4 * row + 1]!, boxes[4 * row + 2]!, boxes[4 * row + 3]!];
}

/** `ratio`: device px per canvas px. */
export function paintScene(
  canvas: HTMLCanvasElement,
  {
    picture,
    scene,
    boxes: known,
    place,
    ratio,
  }: {
    readonly picture: Picture | undefined;
    readonly scene: Scene;
    /** Those of `listBoxes`, where they are known already. */
    readonly boxes?: readonly DrawnBox[];
    readonly place: Placement;
    readonly ratio: number;
  },
): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const { images } = scene.tables.truth;
  const width = images.widths[scene.image] || picture?.width || 1;
  const height = images.heights[scene.image] || picture?.height || 1;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, canvas.width / ratio, canvas.height / ratio);
  context.imageSmoothingEnabled = place.scale < 3;
  const area = [place.left, place.top, width * place.scale, height * place.scale] as const;
  if (picture) context.drawImage(picture.bitmap, picture.x, picture.y, picture.width, picture.height, ...area);
  else paintGround(context, area);
  const edge = { width: canvas.width / ratio, height: canvas.height / ratio };
  const boxes = (known ?? listBoxes(scene)).filter(({ box }) => isInSight(onCanvas(box, place), edge));
  if (scene.view.maskOpacity > 0) paintMasks(context, scene, boxes, place);
  paintBoxes(context, boxes, place);
  if (scene.chosen) paintChosen(context, boxes, scene.chosen, place);
  if (scene.view.showLabels) paintLabels(context, boxes, place);
}

function paintGround(context: CanvasRenderingContext2D, area: readonly [number, number, number, number]): void {
  context.fillStyle = '#808080';
  context.fillRect(...area);
}

type Corners = readonly [x: number, y: number, width: number, height: number];

function onCanvas([x, y, width, height]: Corners, { scale, left, top }: Placement): Corners {
  return [left + x * scale, top + y * scale, width * scale, height * scale];
}

function isInSight([x, y, width, height]: Corners, edge: { readonly width: number; readonly height: number }): boolean {
  return x < edge.width && y < edge.height && x + width > 0 && y + height > 0;
}

/** Beyond this many, boxes get plain edges: dashes and dark lines under them could not be told apart, and cost a second. */
const MOST_STYLED = 1000;

function paintBoxes(context: CanvasRenderingContext2D, boxes: readonly DrawnBox[], place: Placement): void {
  const groups = new Map<ErrorLook, Path2D>();
  const isDense = boxes.length > MOST_STYLED;
  for (const { look, box, reference } of boxes) {
    if (isDense && reference.kind === 'detection') {
      context.fillStyle = look.colour;
      fillEdges(context, onCanvas(box, place));
      continue;
    }
    const path = groups.get(look) ?? new Path2D();
    groups.set(look, path);
    const corners = onCanvas(box, place);
    if (reference.kind === 'object') addBrackets(path, corners);
    else path.rect(...corners);
  }
  for (const [look, path] of groups) {
    // A dark line under each: pictures have every colour.
    context.setLineDash([]);
    context.strokeStyle = 'rgba(0, 0, 0, 0.55)';
    context.lineWidth = 3.5;
    context.stroke(path);
    context.setLineDash([...look.dash]);
    context.strokeStyle = look.colour;
    context.lineWidth = 1.75;
    context.stroke(path);
  }
  context.setLineDash([]);
}

function fillEdges(context: CanvasRenderingContext2D, [x, y, width, height]: Corners): void {
  context.fillRect(x, y, width, 1);
  context.fillRect(x, y + height, width, 1);
  context.fillRect(x, y, 1, height);
  context.fillRect(x + width, y, 1, height);
}

/** Corners of a third of the side each. */
function addBrackets(path: Path2D, [x, y, width, height]: Corners): void {
  const [w, h] = [width / 3, height / 3];
  const corners = [
    [x, y, 1, 1],
    [x + width, y, -1, 1],
    [x + width, y + height, -1, -1],
    [x, y + height, 1, -1],
  ] as const;
  for (const [cornerX, cornerY, right, down] of corners) {
    path.moveTo(cornerX + right * w, cornerY);
    path.lineTo(cornerX, cornerY);
    path.lineTo(cornerX, cornerY + down * h);
  }
}

function paintChosen(
  context: CanvasRenderingContext2D,
  boxes: readonly DrawnBox[],
  chosen: BoxReference,
  place: Placement,
): void {
  const found = boxes.find(({ reference }) => isSameBox(reference, chosen));
  if (!found) return;
  const [x, y, width, height] = onCanvas(found.box, place);
  context.strokeStyle = '#000000';
  context.lineWidth = 6;
  context.strokeRect(x - 3, y - 3, width + 6, height + 6);
  context.strokeStyle = '#ffffff';
  context.lineWidth = 2.5;
  context.strokeRect(x - 3, y - 3, width + 6, height + 6);
}

export function isSameBox(a: BoxReference, b: BoxReference): boolean {
  return a.kind === b.kind && a.row === b.row && (a.kind === 'object' || a.run === b.run);
}

const LABEL_HEIGHT = 14;
/** More of them only hide the picture. */
const MOST_LABELS = 300;

function paintLabels(context: CanvasRenderingContext2D, boxes: readonly DrawnBox[], place: Placement): void {
  context.font = '11px system-ui, sans-serif';
  context.textBaseline = 'middle';
  let drawn = 0;
  for (const { label, look, box, reference } of boxes) {
    const [x, y, width, height] = onCanvas(box, place);
    if (width < 22 || drawn++ > MOST_LABELS) continue;
    // Objects below, detections above: the two do not cover each other.
    const top = reference.kind === 'object' ? y + height : Math.max(place.top, y - LABEL_HEIGHT);
    const room = Math.max(width, 40);
    const text = fit(context, label, room - 6);
    context.fillStyle = 'rgba(0, 0, 0, 0.72)';
    context.fillRect(x, top, context.measureText(text).width + 6, LABEL_HEIGHT);
    context.fillStyle = look.colour;
    context.fillText(text, x + 3, top + LABEL_HEIGHT / 2);
  }
}

function fit(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let length = Math.max(1, Math.floor((text.length * room) / context.measureText(text).width) - 1);
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > room) length--;
  return length <= 1 ? text.slice(0, 1) : `${text.slice(0, length)}…`;
}

/** The part of a mask inside its box, in one colour, and where it lies in the image. */
interface DrawnMask {
  readonly canvas: OffscreenCanvas;
  readonly x: number;
  readonly y: number;
}

const drawnMasks = new WeakMap<MaskColumn, Map<string, DrawnMask>>();

function paintMasks(
  context: CanvasRenderingContext2D,
  scene: Scene,
  boxes: readonly DrawnBox[],
  { scale, left, top }: Placement,
): void {
  const { truth, runs } = scene.tables;
  context.globalAlpha = scene.view.maskOpacity;
  for (const { reference, look } of boxes) {
    const masks = reference.kind === 'object' ? truth.masks : runs[reference.run]?.detections.masks;
    const drawn = masks && maskOf(masks, reference.row, look.colour);
    if (!drawn) continue;
    const { canvas, x, y } = drawn;
    context.drawImage(canvas, left + x * scale, top + y * scale, canvas.width * scale, canvas.height * scale);
  }
  context.globalAlpha = 1;
}

/** At most this many are kept for each file. */
const KEPT_MASKS = 400;

function maskOf(masks: MaskColumn, row: number, colour: string): DrawnMask | undefined {
  const known = drawnMasks.get(masks) ?? new Map<string, DrawnMask>();
  drawnMasks.set(masks, known);
  const key = `${row} ${colour}`;
  const drawn = known.get(key) ?? drawMask(masks, row, colour);
  if (!drawn) return undefined;
  if (known.size >= KEPT_MASKS) known.delete(known.keys().next().value!);
  known.set(key, drawn);
  return drawn;
}

function drawMask(masks: MaskColumn, row: number, colour: string): DrawnMask | undefined {
  const [fullHeight, fullWidth] = [masks.heights[row]!, masks.widths[row]!];
  const counts = masks.counts.subarray(masks.offsets[row], masks.offsets[row + 1]);
  const bits = decodeMask({ height: fullHeight, width: fullWidth, counts });
  const corners = new Float64Array(4);
  maskBox(masks, row, corners, 0);
  const [x, y, width, height] = corners as unknown as [number, number, number, number];
  if (!bits || width * height === 0) return undefined;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d')!;
  const data = context.createImageData(width, height);
  const part = (at: number): number => Number.parseInt(colour.slice(at, at + 2), 16);
  const pixel = [part(1), part(3), part(5), 255];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (bits[(y + row) * fullWidth + x + column] === 1) data.data.set(pixel, 4 * (row * width + column));
    }
  }
  context.putImageData(data, 0, 0);
  return { canvas, x, y };
}
