/** Draws an image with its labels over it on a canvas. */
import type { LabelPart } from '../../../../src/shared/protocol/panels/predictionsPanel';
import type { LabelColours } from '../../../../src/shared/views/predictions/composeLabels';
import type { BitmapWish, Picture } from '../../../ui/bitmapStore';
import type { Placement } from '../../../ui/imageStage';
import { imageOf, labelAsk, type DrawnLabels, type Shown } from './shown';

/** Behind differences the picture recedes. */
const VEIL = 'rgba(0, 0, 0, 0.55)';

export interface PaintedLabels {
  readonly image: number;
  readonly drawn: DrawnLabels;
  readonly place: Placement;
  readonly ratio: number;
  /** Longest side in px that is of use. */
  readonly side: number;
  readonly wish: Pick<BitmapWish, 'isWanted' | 'onReady'>;
}

export function paintLabels(canvas: HTMLCanvasElement, shown: Shown, painted: PaintedLabels): void {
  const { image, drawn, place, ratio, side, wish } = painted;
  const { width, height } = imageOf(shown, image, drawn.run);
  const picture = shown.pictures.want(image, { side, ...wish });
  const overlay = shown.labels.want({
    ...{ ask: labelAsk(shown, drawn.run, image), colours: coloursOf(shown, drawn.part), side, ...wish },
    palette: shown.view.segmentation.hidden.join('\n'),
  });
  const context = canvas.getContext('2d')!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  const box = [place.left, place.top, width * place.scale, height * place.scale] as const;
  const put = ({ bitmap, x, y, width: w, height: h }: Picture): void =>
    context.drawImage(bitmap, ...([x, y, w, h] as const), ...box);
  // A scaled-up picture is smooth, labels keep their edges.
  context.imageSmoothingEnabled = true;
  if (picture) put(picture);
  if (drawn.part === 'difference') {
    context.fillStyle = VEIL;
    context.fillRect(...box);
  }
  if (!overlay) return;
  context.imageSmoothingEnabled = false;
  context.globalAlpha = picture && drawn.part !== 'difference' ? shown.view.segmentation.opacity : 1;
  put(overlay);
  context.globalAlpha = 1;
}

/** Bytes of RGBA by label; nothing for what is no class or switched off. */
function coloursOf({ colours, figures, view }: Shown, part: LabelPart): LabelColours {
  const { classes } = figures[0]!.index;
  const { hidden, cell } = view.segmentation;
  const palette = new Uint32Array(256);
  const bytes = new Uint8Array(palette.buffer);
  classes.forEach((name, k) => {
    if (!hidden.includes(name)) bytes.set([...colours[k]!, 255], 4 * k);
  });
  const isFocused = cell !== undefined && part === 'difference';
  return {
    part,
    palette,
    ...(isFocused && { only: { truth: classes.indexOf(cell.truth), predicted: classes.indexOf(cell.predicted) } }),
  };
}
