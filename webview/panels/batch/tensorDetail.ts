/** The chosen layer or parameter: how its numbers are spread, and everything that is known of it. */
import type { TensorSummary } from '../../../src/shared/results/batchInspection';
import { formatFigure } from '../../../src/shared/views/batch/formatFigures';
import type { Fact } from '../../../src/shared/views/batch/tensorRows';
import { createHistogramChart, type HistogramChart } from '../../charts/histogramChart';
import { element } from '../../ui/element';
import { drawFacts } from './part';

export interface DetailData {
  readonly title: string;
  readonly facts: readonly Fact[];
  readonly spreads: readonly { readonly name: string; readonly summary: TensorSummary }[];
  readonly isLog: boolean;
}

export interface TensorDetail {
  readonly node: HTMLElement;
  /** `nothing`: what to do when none is chosen. */
  draw(data: DetailData | undefined, nothing: string): void;
}

/** A layer has outputs and gradients, a parameter weights and gradients. */
const SPREADS = 2;

export function createTensorDetail(): TensorDetail {
  const title = element('h2');
  const none = element('p', { class: 'quiet' });
  const frames = Array.from({ length: SPREADS }, createSpread);
  const facts = element('dl', { class: 'figures' });
  const node = element(
    'section',
    { class: 'detail', tabindex: 0, 'aria-label': 'Chosen row' },
    ...[title, none, ...frames.map((frame) => frame.node), facts],
  );
  let shown: DetailData | undefined;
  const redraw = (): void =>
    frames.forEach(({ draw }, i) => {
      const spread = shown?.spreads[i];
      draw(spread, shown?.isLog ?? false);
    });
  new ResizeObserver(redraw).observe(node);
  return {
    node,
    draw: (data, nothing) => {
      shown = data;
      title.textContent = data?.title ?? 'Nothing is chosen';
      title.title = title.textContent;
      none.textContent = nothing;
      none.hidden = data !== undefined;
      drawFacts(facts, data?.facts ?? []);
      redraw();
    },
  };
}

interface Spread {
  readonly node: HTMLElement;
  draw(spread: DetailData['spreads'][number] | undefined, isLog: boolean): void;
}

function createSpread(): Spread {
  const name = element('h3');
  const frame = element('div', { class: 'histogram-frame' });
  const node = element('div', { class: 'spread' }, name, frame);
  const chart: HistogramChart = createHistogramChart(frame);
  return {
    node,
    draw: (spread, isLog) => {
      node.hidden = !spread;
      if (!spread || frame.clientWidth === 0) return;
      const { min, max, histogram, mean, std } = spread.summary;
      name.textContent = spread.name;
      const label = `Histogram of ${spread.name}: from ${formatFigure(min)} to ${formatFigure(max)}, mean ${formatFigure(mean)}, deviation ${formatFigure(std)}`;
      chart.update({ bins: histogram, min, max, isLog, label }, frame.clientWidth);
    },
  };
}
