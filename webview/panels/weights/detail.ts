/** The chosen tensor: its histogram with axes, and everything that is known of it. */
import { describeRow, formatReal, type WeightsRows } from '../../../src/shared/views/weights/weightsRows';
import { createHistogramChart } from '../../charts/histogramChart';
import { element } from '../../ui/element';

export interface Detail {
  readonly node: HTMLElement;
  draw(rows: WeightsRows, place: number | undefined, isLog: boolean): void;
  /** The picture, when there is one. */
  picture(): SVGSVGElement | undefined;
}

export function createDetail(): Detail {
  const title = element('h2');
  const frame = element('div', { class: 'histogram-frame' });
  const none = element('p', { class: 'quiet' });
  const figures = element('dl', { class: 'figures' });
  const node = element('section', { class: 'detail', 'aria-label': 'Chosen tensor' }, title, frame, none, figures);
  const chart = createHistogramChart(frame);
  let redraw = (): void => undefined;
  new ResizeObserver(() => redraw()).observe(frame);
  return {
    node,
    draw: (rows, place, isLog) => {
      const tensor = place === undefined ? undefined : rows.tensors[place];
      node.classList.toggle('is-empty', !tensor);
      redraw = () => undefined;
      frame.hidden = true;
      if (!tensor || place === undefined) {
        title.textContent = 'No tensor is chosen';
        none.textContent = 'Click one, or move with the arrow keys, to see its histogram.';
        return figures.replaceChildren();
      }
      const measured = rows.statistics[place];
      const finite = measured?.finite;
      title.textContent = tensor.name;
      none.textContent = finite
        ? ''
        : tensor.fate === 'missing'
          ? 'It is not in the file.'
          : measured
            ? 'It has no finite numbers.'
            : 'Its numbers have not been read yet.';
      figures.replaceChildren(
        ...describeRow(rows, place).map(({ label, value }) =>
          element('div', {}, element('dt', {}, label), element('dd', {}, value)),
        ),
      );
      if (!finite) return;
      frame.hidden = false;
      const { min, max, bins, mean, std } = finite;
      const label = `Histogram of ${tensor.name}: from ${formatReal(min)} to ${formatReal(max)}, mean ${formatReal(mean)}, deviation ${formatReal(std)}`;
      redraw = () => frame.clientWidth > 0 && chart.update({ bins, min, max, isLog, label }, frame.clientWidth);
      redraw();
    },
    picture: () => (frame.hidden ? undefined : chart.node),
  };
}
