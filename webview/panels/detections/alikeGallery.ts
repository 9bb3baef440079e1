/** Boxes whose features are most alike, each as a picture that opens its image. */
import { verdictName } from '../../../src/shared/views/detections/detectionsFilter';
import type { AlikeBox } from '../../../src/shared/views/detections/boxEvidence';
import { errorLook, TRUTH_LOOK } from '../../charts/errorLooks';
import { element } from '../../ui/element';
import type { BoxReference } from './boxes';
import { paintThumb } from './boxThumb';
import type { Shown } from './shown';

export interface AlikeGallery {
  /** Of boxes of a run; pictures of those before are given up. */
  create(shown: Shown, run: number, alike: readonly AlikeBox[]): HTMLElement;
  /** Nothing is shown any more. */
  clear(): void;
}

export interface AlikeOptions {
  readonly onOpen: (image: number, reference: BoxReference) => void;
  /** Pictures have come. */
  readonly onPaint: () => void;
}

export function createAlikeGallery({ onOpen, onPaint }: AlikeOptions): AlikeGallery {
  /** Pictures that come in serve every tile that shows a part of them. */
  let painters: (() => void)[] = [];
  const onReady = (): void => {
    painters.forEach((paint) => paint());
    onPaint();
  };
  const createTile = (shown: Shown, run: number, one: AlikeBox): HTMLElement => {
    const { canvas, button, look } = createTileButton(shown, run, one);
    const { truth, runs } = shown.tables;
    const { boxes } = one.kind === 'object' ? truth : runs[run]!.detections;
    const own = painters;
    const wish = { isWanted: () => own === painters, onReady };
    const paint = (): void => paintThumb(canvas, shown, { one, boxes, look, wish });
    painters.push(paint);
    button.addEventListener('click', () => onOpen(one.image, { kind: one.kind, run, row: one.row }));
    paint();
    return element('li', {}, button);
  };
  const clear = (): void => {
    painters = [];
  };
  return {
    clear,
    create: (shown, run, alike) => {
      clear();
      const tiles = alike.map((one) => createTile(shown, run, one));
      return element('ul', { class: 'alike', 'aria-label': 'Boxes most alike' }, ...tiles);
    },
  };
}

interface TileButton {
  readonly canvas: HTMLCanvasElement;
  readonly button: HTMLElement;
  readonly look: ReturnType<typeof errorLook>;
}

function createTileButton({ tables: { truth, runs } }: Shown, run: number, one: AlikeBox): TileButton {
  const { figures, detections } = runs[run]!;
  const isObject = one.kind === 'object';
  const look = isObject ? TRUTH_LOOK : errorLook(verdictName(figures, 'tide', one.row), 'tide');
  const name = truth.categories.names[(isObject ? truth : detections).category[one.row]!]!;
  const canvas = element('canvas', { 'aria-hidden': 'true' }) as HTMLCanvasElement;
  const title = `${isObject ? 'truth' : look.name}: ${name}, in ${truth.images.names[one.image]!}, similarity ${one.similarity.toFixed(2)}`;
  const text = `${look.letter === '' ? '' : `${look.letter} `}${one.similarity.toFixed(2)}`;
  const attributes = { type: 'button', class: 'plain', title, 'aria-label': title };
  return { canvas, look, button: element('button', attributes, canvas, element('span', {}, text)) };
}
