/** Wheel and pointer on a map: zoom where the pointer is, drag to move or to draw around images, press to look at one. */
import type { EmbeddingTool } from '../../../src/shared/protocol/panels/embeddingPanel';
import type { Point } from '../../../src/shared/views/embedding/lasso';

export interface MapPointerOptions {
  readonly node: HTMLElement;
  readonly tool: () => EmbeddingTool;
  readonly onZoom: (factor: number, at: Point) => void;
  readonly onMove: (right: number, down: number) => void;
  readonly onReset: () => void;
  /** Undefined when the pointer has left. */
  readonly onPoint: (at: Point | undefined) => void;
  readonly onPress: (at: Point, adds: boolean) => void;
  /** Corners in px; `isDone` when the button was let go. Of a rectangle two opposite ones. */
  readonly onOutline: (outline: readonly Point[], how: Outline) => void;
}

export interface Outline {
  readonly tool: 'lasso' | 'rectangle';
  readonly isDone: boolean;
  readonly adds: boolean;
}

/** px that a press may move. */
const STILL = 4;

interface Drag {
  readonly from: Point;
  readonly tool: EmbeddingTool;
  last: Point;
  hasMoved: boolean;
  readonly outline: Point[];
}

export function listenToMap(options: MapPointerOptions): void {
  const { node, tool, onZoom, onMove, onReset, onPoint, onPress, onOutline } = options;
  let drag: Drag | undefined;
  const place = (event: MouseEvent): Point => {
    const { left, top } = node.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const tell = (event: PointerEvent, isDone: boolean): void => {
    if (!drag || drag.tool === 'move') return;
    const outline = drag.tool === 'lasso' ? drag.outline : [drag.from, drag.last];
    onOutline(outline, { tool: drag.tool, isDone, adds: event.ctrlKey || event.metaKey });
  };
  node.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      onZoom(Math.exp((-event.deltaY * (event.deltaMode === 1 ? 15 : 1)) / 300), place(event));
    },
    { passive: false },
  );
  node.addEventListener('dblclick', onReset);
  node.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    const from = place(event);
    drag = { from, tool: event.shiftKey ? 'lasso' : tool(), last: from, hasMoved: false, outline: [from] };
    node.setPointerCapture(event.pointerId);
  });
  node.addEventListener('pointermove', (event) => {
    const at = place(event);
    if (!drag) return onPoint(at);
    const [right, down] = [at[0] - drag.last[0], at[1] - drag.last[1]];
    if (!drag.hasMoved && Math.hypot(right, down) < STILL) return;
    drag.hasMoved = true;
    drag.last = at;
    if (drag.tool === 'move') return onMove(right, down);
    drag.outline.push(at);
    tell(event, false);
  });
  node.addEventListener('pointerup', (event) => {
    if (drag && !drag.hasMoved) onPress(place(event), event.ctrlKey || event.metaKey);
    else tell(event, true);
    drag = undefined;
  });
  node.addEventListener('pointercancel', (event) => {
    if (drag && drag.tool !== 'move') onOutline([], { tool: drag.tool, isDone: false, adds: event.ctrlKey });
    drag = undefined;
  });
  node.addEventListener('pointerleave', () => !drag && onPoint(undefined));
}
