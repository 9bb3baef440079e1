/** The charts on screen as one picture: title, charts in their places, and the legend that is beside them in the panel. */
import { select } from 'd3';
import type { LayersModel, LayersPretraining } from '../../../src/shared/protocol/panels/layersPanel';
import type { LayersDepth } from '../../../src/shared/views/layers/layersDepth';
import { seriesLook } from '../../charts/series';
import { appendPictureEntry } from '../../charts/seriesLegend';
import { describeMeasure, describeTransferMetric } from './words';

const SVG = 'http://www.w3.org/2000/svg';
const PAD = 16;
const LINE = 20;

export interface FigureInput {
  readonly model: LayersModel;
  readonly depths: readonly LayersDepth[];
  readonly pictures: readonly SVGSVGElement[];
  readonly hidden: ReadonlySet<string>;
}

/** Runs `save` with the picture, which is in the page only while it runs, because a file takes its styles from there. */
export async function withFigure<T>(input: FigureInput, save: (figure: SVGSVGElement) => T | Promise<T>): Promise<T> {
  const figure = document.createElementNS(SVG, 'svg');
  figure.setAttribute('class', 'figure');
  document.body.append(figure);
  try {
    fillFigure(figure, input);
    return await save(figure);
  } finally {
    figure.remove();
  }
}

function fillFigure(figure: SVGSVGElement, { model, depths, pictures, hidden }: FigureInput): void {
  const boxes = pictures.map((picture) => picture.getBoundingClientRect());
  const left = Math.min(...boxes.map((box) => box.left));
  const top = Math.min(...boxes.map((box) => box.top));
  const width = Math.max(...boxes.map((box) => box.right)) - left + 2 * PAD;
  const [first] = depths;
  const title = depths.length === 1 && first ? `${first.transfer}: ${describeTransferMetric(first)}` : model.name;
  const root = select(figure);
  root
    .append('text')
    .attr('class', 'figure-title')
    .attr('x', PAD)
    .attr('y', PAD + 12)
    .text(title);
  const shown = model.pretrainings.filter(({ id }) => !hidden.has(id));
  const legendBottom = drawLegend(figure, shown, { top: PAD + 2 * LINE, width });
  const offset = legendBottom + (depths.length > 1 ? LINE : 4);
  pictures.forEach((picture, i) => {
    const copy = picture.cloneNode(true) as SVGSVGElement;
    const { left: x, top: y, width: w, height: h } = boxes[i]!;
    for (const [name, value] of Object.entries({ x: x - left + PAD, y: y - top + offset, width: w, height: h }))
      copy.setAttribute(name, String(Math.round(value)));
    // A picture shows results, not what was pointed at.
    copy.querySelectorAll('.ring, .guide').forEach((one) => one.remove());
    copy.querySelectorAll('.is-dimmed').forEach((one) => one.classList.remove('is-dimmed'));
    figure.append(copy);
    if (depths.length > 1)
      root
        .append('text')
        .attr('class', 'chart-name')
        .attr('x', x - left + PAD)
        .attr('y', y - top + offset - 4)
        .text(describeMeasure(depths[i]!));
  });
  const bottom = Math.max(...boxes.map((box) => box.bottom)) - top + offset + PAD;
  root.attr('width', width).attr('height', bottom).attr('viewBox', `0 0 ${width} ${bottom}`);
}

/** In lines as wide as the picture; returns where they end. */
function drawLegend(
  figure: SVGSVGElement,
  pretrainings: readonly LayersPretraining[],
  { top, width }: { readonly top: number; readonly width: number },
): number {
  let x = PAD;
  let y = top;
  for (const { id, look } of pretrainings) {
    const entry = select(figure).append('g');
    appendPictureEntry(entry.node()!, id, seriesLook(look));
    const length = entry.node()!.getBBox().width;
    if (x > PAD && x + length > width - PAD) {
      x = PAD;
      y += LINE;
    }
    entry.attr('transform', `translate(${x},${y - 4})`);
    x += length + 22;
  }
  return y + 8;
}
