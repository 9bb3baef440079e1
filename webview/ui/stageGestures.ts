/** Wheel and pointer on a large image: zoom where the pointer is, drag to pan, press without moving to choose. */
import type { ImageStageOptions, StagePoint } from './imageStage';

/** Zoom relative to fitting, and the image point in the middle as shares of its sides. */
export interface StageLook {
  zoom: number;
  x: number;
  y: number;
}

const MOST_ZOOM = 40;

/** The middle stays in the image; what fits is centred. */
export function keepInside(look: StageLook): void {
  look.zoom = Math.min(MOST_ZOOM, Math.max(1, look.zoom));
  const clamp = (value: number): number => (look.zoom <= 1 ? 0.5 : Math.min(1, Math.max(0, value)));
  look.x = clamp(look.x);
  look.y = clamp(look.y);
}

export interface GestureTarget extends Pick<ImageStageOptions, 'onPress' | 'onPoint'> {
  readonly stage: HTMLElement;
  readonly look: StageLook;
  readonly pointAt: (event: MouseEvent) => StagePoint | undefined;
  readonly size: () => { readonly width: number; readonly height: number } | undefined;
  readonly reset: () => void;
  readonly refresh: () => void;
}

export function listenToPointer({ stage, look, pointAt, size, reset, refresh, onPress, onPoint }: GestureTarget): void {
  let drag: { readonly x: number; readonly y: number; readonly pixel: number; hasMoved: boolean } | undefined;
  stage.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const before = pointAt(event);
      look.zoom *= Math.exp(-event.deltaY / 300);
      keepInside(look);
      // The point under the pointer stays there.
      const after = pointAt(event);
      const sides = size();
      if (before && after && sides) {
        look.x += (before.x - after.x) / sides.width;
        look.y += (before.y - after.y) / sides.height;
      }
      keepInside(look);
      refresh();
    },
    { passive: false },
  );
  stage.addEventListener('dblclick', reset);
  stage.addEventListener('pointerdown', (event) => {
    drag = { x: event.clientX, y: event.clientY, pixel: pointAt(event)?.pixel ?? 0, hasMoved: false };
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener('pointermove', (event) => {
    onPoint?.(pointAt(event));
    const sides = size();
    if (!drag || !sides) return;
    const [right, down] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.hasMoved && Math.hypot(right, down) < 4) return;
    look.x -= (right * drag.pixel) / sides.width;
    look.y -= (down * drag.pixel) / sides.height;
    drag = { ...drag, x: event.clientX, y: event.clientY, hasMoved: true };
    keepInside(look);
    refresh();
  });
  stage.addEventListener('pointerup', (event) => {
    const point = pointAt(event);
    if (drag && !drag.hasMoved && point) onPress?.(point);
    drag = undefined;
  });
  stage.addEventListener('pointercancel', () => (drag = undefined));
  stage.addEventListener('pointerleave', () => onPoint?.(undefined));
}
