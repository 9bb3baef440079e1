/** Draws an image with its objects and detections on a canvas: lines of one look in one stroke, so that thousands stay quick. */
import { addBrackets, strokeLooks } from '../../charts/boxMarks';
import type { ErrorLook } from '../../charts/errorLooks';
import type { Picture } from '../../ui/bitmapStore';
import type { Placement } from '../../ui/imageStage';
import type { MarkedProposal } from './boxEvidence';
import { isSameBox, listBoxes, type BoxReference, type Corners, type DrawnBox, type Scene } from './boxes';
import { paintMasks } from './paintMasks';

/** `ratio`: device px per canvas px. */
export function paintScene(
  canvas: HTMLCanvasElement,
  {
    picture,
    scene,
    boxes: known,
    proposals = [],
    place,
    ratio,
  }: {
    readonly picture: Picture | undefined;
    readonly scene: Scene;
    /** Those of `listBoxes`, where they are known already. */
    readonly boxes?: readonly DrawnBox[];
    /** Of the chosen box. */
    readonly proposals?: readonly MarkedProposal[];
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
  paintProposals(context, proposals, place);
  if (scene.chosen) paintChosen(context, boxes, scene.chosen, place);
  if (scene.view.showLabels) paintLabels(context, boxes, place);
}

function paintGround(context: CanvasRenderingContext2D, area: readonly [number, number, number, number]): void {
  context.fillStyle = '#808080';
  context.fillRect(...area);
}

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
  strokeLooks(context, groups);
}

function fillEdges(context: CanvasRenderingContext2D, [x, y, width, height]: Corners): void {
  context.fillRect(x, y, width, 1);
  context.fillRect(x, y + height, width, 1);
  context.fillRect(x, y, 1, height);
  context.fillRect(x + width, y, 1, height);
}

/** Thin and dotted: what the chosen box was one of. */
function paintProposals(
  context: CanvasRenderingContext2D,
  proposals: readonly MarkedProposal[],
  place: Placement,
): void {
  for (const { box, isMarked } of proposals) {
    const corners = onCanvas(box, place);
    context.setLineDash([]);
    context.strokeStyle = 'rgba(0, 0, 0, 0.55)';
    context.lineWidth = isMarked ? 5 : 2;
    context.strokeRect(...corners);
    context.setLineDash(isMarked ? [] : [2, 3]);
    context.strokeStyle = '#ffffff';
    context.lineWidth = isMarked ? 2.5 : 1;
    context.strokeRect(...corners);
  }
  context.setLineDash([]);
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
