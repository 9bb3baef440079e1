/**
 * Small pictures of states and actions, drawn in the text's size and colour (`currentColor`): each state has a shape of its
 * own, so that colour is never the only cue. They say nothing to screen readers; the words beside them do.
 */

/** On a square of 16 × 16; strokes unless filled. */
const shapes: Readonly<Record<string, readonly { readonly d: string; readonly isFilled?: boolean }[]>> = {
  none: [{ d: 'M5 8h6' }],
  apart: [],
  waiting: [{ d: 'M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0 -11' }],
  queued: [{ d: 'M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0 -11' }, { d: 'M8 5v3l2 1.5' }],
  done: [{ d: 'M3 8.5l3.2 3.5L13 4.5' }],
  reused: [{ d: 'M2 8.5l2.6 3L10 5' }, { d: 'M7.5 10.5l1 1L14 5' }],
  failed: [{ d: 'M4 4l8 8M12 4l-8 8' }],
  skipped: [{ d: 'M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0 -11' }, { d: 'M4.2 11.8l7.6 -7.6' }],
  stopped: [{ d: 'M5.5 3.5v9M10.5 3.5v9' }],
  interrupted: [{ d: 'M2 8h3.5M10.5 8H14M7 5l-1.5 6M10.5 5L9 11' }],
  stale: [{ d: 'M3 4.5v3h3' }, { d: 'M3.3 7.3a5 5 0 1 1 0.3 2.7' }, { d: 'M8 5.5V8l1.8 1.2' }],
  best: [{ d: 'M8 2l1.8 3.9 4.2.5-3.1 2.9.8 4.2L8 11.4l-3.7 2.1.8-4.2L2 6.4l4.2-.5z', isFilled: true }],
  run: [{ d: 'M5 3l8 5-8 5z', isFilled: true }],
  stop: [{ d: 'M4 4h8v8H4z', isFilled: true }],
  resume: [{ d: 'M3.5 3v10' }, { d: 'M6.5 3l7 5-7 5z', isFilled: true }],
  trust: [{ d: 'M8 2l5 2v4c0 3-2 5-5 6c-3-1-5-3-5-6V4z' }],
  warning: [{ d: 'M8 2.5l6 11H2z' }, { d: 'M8 6.5v3.2M8 11.2v.8' }],
};

const names: Readonly<Record<string, string>> = {
  preparing: 'running',
  stopping: 'running',
  unreadable: 'failed',
};

const svgNamespace = 'http://www.w3.org/2000/svg';
const ring = { radius: 5.5, length: 2 * Math.PI * 5.5 };

/** An empty picture for `drawIcon`. */
export function createIcon(): SVGSVGElement {
  const svg = document.createElementNS(svgNamespace, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  return svg;
}

/** Draws what is named; of `running` the ring is filled as far as `fraction` (0..1) says. */
export function drawIcon(svg: SVGSVGElement, name: string, fraction = 0.25): void {
  const shape = names[name] ?? name;
  const key = `${name} ${shape === 'running' ? fraction : ''}`;
  if (svg.dataset.drawn === key) return;
  svg.dataset.drawn = key;
  svg.setAttribute('class', `icon icon-${shape}`);
  if (shape === 'running') svg.replaceChildren(circle('ring-ground', 1), circle('ring', Math.max(0.08, fraction)));
  else svg.replaceChildren(...(shapes[shape] ?? []).map(({ d, isFilled = false }) => path(d, isFilled)));
}

function path(d: string, isFilled: boolean): SVGElement {
  const made = document.createElementNS(svgNamespace, 'path');
  made.setAttribute('d', d);
  made.setAttribute('class', isFilled ? 'filled' : 'stroked');
  return made;
}

/** Begins at twelve o'clock. */
function circle(kind: string, share: number): SVGElement {
  const made = document.createElementNS(svgNamespace, 'circle');
  made.setAttribute('class', kind);
  made.setAttribute('cx', '8');
  made.setAttribute('cy', '8');
  made.setAttribute('r', String(ring.radius));
  made.setAttribute('transform', 'rotate(-90 8 8)');
  made.setAttribute('stroke-dasharray', `${share * ring.length} ${ring.length}`);
  return made;
}
