/** What part of a large image is seen: zoom and middle, moved by keys and gestures, and where its points are on the screen. */
import type { Placement, StagePoint } from './imageStage';
import { keepInside, type StageLook } from './stageGestures';

export interface StageView {
  readonly look: StageLook;
  /** The whole image again, without painting it. */
  reset(): void;
  /** The same, painted. */
  fit(): void;
  zoomBy(factor: number): void;
  /** By so many steps, each a part of what is seen. */
  pan(right: number, down: number): void;
  placement(): Placement;
  /** The image point under the pointer; undefined beside the pictures. */
  pointAt(event: MouseEvent): StagePoint | undefined;
}

export interface StageViewOptions {
  /** Equally large; each shows one picture of the image. */
  readonly cells: readonly HTMLElement[];
  /** Of the image in px; undefined while there is none. */
  readonly size: () => { readonly width: number; readonly height: number } | undefined;
  readonly refresh: () => void;
}

/** Share of what is seen that one press of a key moves by. */
const STEP = 0.15;

export function createStageView({ cells, size, refresh }: StageViewOptions): StageView {
  const look: StageLook = { zoom: 1, x: 0.5, y: 0.5 };
  const change = (apply: () => void): void => {
    apply();
    keepInside(look);
    refresh();
  };
  const reset = (): void => void Object.assign(look, { zoom: 1, x: 0.5, y: 0.5 });
  const placement = (): Placement => {
    const { width, height } = size()!;
    const { clientWidth, clientHeight } = cells[0]!;
    const scale = Math.min(clientWidth / width, clientHeight / height) * look.zoom;
    return { scale, left: clientWidth / 2 - look.x * width * scale, top: clientHeight / 2 - look.y * height * scale };
  };
  return {
    look,
    reset,
    fit: () => change(reset),
    zoomBy: (factor) =>
      change(() => {
        look.zoom *= factor;
      }),
    pan: (right, down) =>
      change(() => {
        look.x += (STEP * right) / look.zoom;
        look.y += (STEP * down) / look.zoom;
      }),
    placement,
    pointAt: ({ clientX, clientY }) => {
      const cell = cells.findIndex((one) => {
        const { left, right, top, bottom } = one.getBoundingClientRect();
        return !one.hidden && clientX >= left && clientX < right && clientY >= top && clientY < bottom;
      });
      if (cell < 0 || !size()) return undefined;
      const { left, top } = cells[cell]!.getBoundingClientRect();
      const at = placement();
      return {
        cell,
        x: (clientX - left - at.left) / at.scale,
        y: (clientY - top - at.top) / at.scale,
        pixel: 1 / at.scale,
      };
    },
  };
}
