/**
 * What pointer, wheel and keys mean on a curve chart. Drag: show that part. Wheel with Ctrl, or on the chart that has the focus:
 * zoom at the pointer. + and −: zoom; 0 or double click: all; arrows: move the reading line, with Shift the view; Escape: let go.
 */
import type { StepRange } from './curveScales';

export interface GestureTarget {
  readonly element: HTMLElement;
  /** Visible now, and all there is. */
  range(): StepRange;
  full(): StepRange;
  stepAt(px: number): number;
  /** The step of the reading line, and the nearest logged one from there in a direction. */
  reading(): number | undefined;
  neighbour(step: number | undefined, direction: -1 | 1): number | undefined;
  select(from: number, to: number): void;
  onRange(range: StepRange | undefined): void;
  onRead(step: number | undefined): void;
}

const SHORTEST_DRAG = 5;
const ZOOM = 1.25;

export function listenToGestures(target: GestureTarget): void {
  const { element } = target;
  let dragFrom: number | undefined;
  const pxOf = (event: MouseEvent): number => event.clientX - element.getBoundingClientRect().left;
  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    dragFrom = pxOf(event);
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener('pointermove', (event) => {
    const px = pxOf(event);
    target.onRead(target.stepAt(px));
    if (dragFrom !== undefined) target.select(dragFrom, px);
  });
  element.addEventListener('pointerup', (event) => {
    const [from, to] = [dragFrom, pxOf(event)];
    dragFrom = undefined;
    target.select(0, 0);
    if (from === undefined || Math.abs(to - from) < SHORTEST_DRAG) return;
    const steps = [target.stepAt(from), target.stepAt(to)].sort((a, b) => a - b);
    show(target, { from: steps[0]!, to: steps[1]! });
  });
  element.addEventListener('pointercancel', () => {
    dragFrom = undefined;
    target.select(0, 0);
  });
  element.addEventListener('pointerleave', () => void (dragFrom === undefined && target.onRead(undefined)));
  element.addEventListener('dblclick', () => target.onRange(undefined));
  element.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== element) return;
      event.preventDefault();
      zoom(target, event.deltaY > 0 ? ZOOM : 1 / ZOOM, target.stepAt(pxOf(event)));
    },
    { passive: false },
  );
  element.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (pressKey(target, event)) event.preventDefault();
  });
  element.addEventListener('blur', () => target.onRead(undefined));
}

/** Says whether the key meant something. */
function pressKey(target: GestureTarget, { key, shiftKey }: KeyboardEvent): boolean {
  switch (key) {
    case '+':
    case '=':
      zoom(target, 1 / ZOOM, target.reading());
      return true;
    case '-':
    case '_':
      zoom(target, ZOOM, target.reading());
      return true;
    case '0':
      target.onRange(undefined);
      return true;
    case 'Escape':
      target.onRead(undefined);
      return true;
    case 'ArrowLeft':
    case 'ArrowRight':
      move(target, key === 'ArrowLeft' ? -1 : 1, shiftKey);
      return true;
    case 'Home':
    case 'End':
      target.onRead(key === 'Home' ? target.range().from : target.range().to);
      return true;
    default:
      return false;
  }
}

function move(target: GestureTarget, direction: -1 | 1, isView: boolean): void {
  const { from, to } = target.range();
  const shift = direction * 0.2 * (to - from);
  if (isView) return pan(target, shift);
  const step = target.neighbour(target.reading(), direction);
  if (step === undefined) return;
  // The view follows the reading line.
  if (step < from) pan(target, Math.min(shift, step - from));
  else if (step > to) pan(target, Math.max(shift, step - to));
  target.onRead(step);
}

/** Moves the view without changing its width. */
function pan(target: GestureTarget, shift: number): void {
  const { from, to } = target.range();
  const full = target.full();
  const by = Math.max(full.from - from, Math.min(full.to - to, shift));
  show(target, { from: from + by, to: to + by });
}

/** Keeps the step under the pointer (or the middle) where it is. */
function zoom(target: GestureTarget, factor: number, around: number | undefined): void {
  const { from, to } = target.range();
  const at = around === undefined || around < from || around > to ? (from + to) / 2 : around;
  show(target, { from: at - (at - from) * factor, to: at + (to - at) * factor });
}

/** Within what there is; all of it counts as no zoom, and a single step is the closest look. */
function show(target: GestureTarget, { from, to }: StepRange): void {
  const full = target.full();
  const range = { from: Math.max(full.from, from), to: Math.min(full.to, to) };
  if (range.to - range.from < Math.min(1, full.to - full.from)) return;
  const isAll = range.from <= full.from && range.to >= full.to;
  target.onRange(isAll ? undefined : range);
}
