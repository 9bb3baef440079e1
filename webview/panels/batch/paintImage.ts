/** Draws an image of the batch on a canvas as the network sees it, with what it was matched to. */
import type { BatchView } from '../../../src/shared/protocol/panels/batchPanel';
import type { Box, BoxMatches, BoxStage, LandmarkMatch } from '../../../src/shared/results/batchInspection';
import { unmatchedObjects, type ImageMatch } from '../../../src/shared/views/batch/matchWords';
import { addBrackets, strokeLooks, type BoxCorners } from '../../charts/boxMarks';
import type { ErrorLook } from '../../charts/errorLooks';
import type { BitmapWish } from '../../ui/bitmapStore';
import type { Placement } from '../../ui/imageStage';
import type { BatchPictures } from './batchPictures';
import { boxLooks } from './boxLooks';

export interface PaintedImage {
  /** Row in `inspection.images`. */
  readonly image: number;
  /** A view by its number, or a label map over the first view. */
  readonly cell: number | 'truth' | 'predicted';
  /** px of the view. */
  readonly width: number;
  readonly height: number;
  readonly match: ImageMatch | undefined;
  /** Only what was matched to this object is drawn. */
  readonly object: number | undefined;
  readonly place: Placement;
  readonly ratio: number;
  readonly wish: Pick<BitmapWish, 'isWanted' | 'onReady'>;
}

export function paintImage(
  canvas: HTMLCanvasElement,
  pictures: BatchPictures,
  view: Pick<BatchView, 'boxes' | 'boxStage'>,
  painted: PaintedImage,
): void {
  const { image, cell, width, height, match, place, ratio, wish } = painted;
  const context = canvas.getContext('2d')!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  // Enlarged pixels keep their edges.
  context.imageSmoothingEnabled = place.scale * ratio < 1;
  const area = [place.left, place.top, width * place.scale, height * place.scale] as const;
  const picture = pictures.view(image, typeof cell === 'number' ? cell : 0, wish);
  if (picture) context.drawImage(picture.bitmap, ...area);
  else paintGround(context, area);
  if (match?.kind === 'pixels' && typeof cell === 'string') {
    const file = cell === 'truth' ? match.match.truthFile : match.match.predictedFile;
    const labels = pictures.labels(file, wish);
    context.globalAlpha = 0.7;
    context.imageSmoothingEnabled = false;
    if (labels) context.drawImage(labels.bitmap, ...area);
    context.globalAlpha = 1;
  }
  if (cell !== 0) return;
  if (match?.kind === 'boxes') paintBoxes(context, match.match, view, painted);
  if (match?.kind === 'landmarks') paintPoints(context, match.match, place);
}

function paintGround(context: CanvasRenderingContext2D, area: BoxCorners): void {
  context.fillStyle = '#808080';
  context.fillRect(...area);
}

/** The part that is looked at: the one that was chosen, or the first. */
export function boxStageOf({ stages }: BoxMatches, name: string | undefined): BoxStage | undefined {
  return stages.find((stage) => stage.name === name) ?? stages[0];
}

function paintBoxes(
  context: CanvasRenderingContext2D,
  match: BoxMatches,
  { boxes, boxStage }: Pick<BatchView, 'boxes' | 'boxStage'>,
  { place, object }: PaintedImage,
): void {
  const groups = new Map<ErrorLook, Path2D>();
  const pathOf = (look: ErrorLook): Path2D => {
    const path = groups.get(look) ?? new Path2D();
    groups.set(look, path);
    return path;
  };
  const onCanvas = ([x, y, w, h]: Box): BoxCorners => {
    const { scale, left, top } = place;
    return [left + x * scale, top + y * scale, w * scale, h * scale];
  };
  const stage = boxStageOf(match, boxStage);
  // Negatives first, so that they lie below.
  const drawn = [...(stage?.candidates ?? [])].sort((a, b) => a.role.localeCompare(b.role));
  for (const { box, role, matched } of drawn) {
    if (!boxes[role] || (object !== undefined && matched !== object)) continue;
    pathOf(boxLooks[role]).rect(...onCanvas(box));
  }
  const missed = new Set(stage ? unmatchedObjects({ ...match, stages: [stage] }) : []);
  match.truth.forEach(({ box }, i) => {
    if (missed.has(i)) pathOf(boxLooks.unmatched).rect(...onCanvas(box));
    else if (boxes.truth) addBrackets(pathOf(boxLooks.truth), onCanvas(box));
  });
  strokeLooks(context, groups);
}

/** An arrow from where each point was predicted to where it is. */
function paintPoints(context: CanvasRenderingContext2D, { points }: LandmarkMatch, place: Placement): void {
  const at = ([x, y]: readonly [number, number]): { x: number; y: number } => ({
    x: place.left + (x + 0.5) * place.scale,
    y: place.top + (y + 0.5) * place.scale,
  });
  const groups = new Map<ErrorLook, Path2D>([boxLooks.truth, boxLooks.positive].map((look) => [look, new Path2D()]));
  for (const { expected, predicted } of points) {
    const [to, from] = [at(expected), at(predicted)];
    const rings = groups.get(boxLooks.truth)!;
    rings.moveTo(to.x + 4, to.y);
    rings.arc(to.x, to.y, 4, 0, 2 * Math.PI);
    if (Number.isFinite(from.x) && Number.isFinite(from.y)) addArrow(groups.get(boxLooks.positive)!, from, to);
  }
  strokeLooks(context, groups);
}

function addArrow(path: Path2D, from: { x: number; y: number }, to: { x: number; y: number }): void {
  path.moveTo(from.x, from.y);
  path.lineTo(to.x, to.y);
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const head = Math.min(7, Math.hypot(to.x - from.x, to.y - from.y) / 2);
  for (const turn of [-0.5, 0.5]) {
    path.moveTo(to.x, to.y);
    path.lineTo(to.x - head * Math.cos(angle + turn), to.y - head * Math.sin(angle + turn));
  }
}
