/** The figures beside the episode: accuracy by layer with its interval, and how it is spread over episodes. */
import type { EpisodesLook } from '../../../../src/shared/protocol/panels/predictionsPanel';
import { countBins, summariseLayers } from '../../../../src/shared/views/predictions/episodeFigures';
import { formatCount, formatPercent } from '../../../../src/shared/views/formatNumbers';
import { createHistogram } from '../../../charts/histogram';
import { element } from '../../../ui/element';
import type { Shown } from './shown';

export interface Figures {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
  chart(): SVGSVGElement;
}

const BINS = 20;

export function createFigures(look: (part: Partial<EpisodesLook>) => void): Figures {
  const summary = element('table', { class: 'summary' });
  const place = element('div', { class: 'histogram-place' });
  const histogram = createHistogram(place);
  const note = element('p', { class: 'quiet note' });
  const node = element('section', { class: 'figures', 'aria-label': 'Figures' }, summary, place, note);
  let shown: Shown | undefined;
  new ResizeObserver(() => drawChart()).observe(node);
  summary.addEventListener('click', ({ target }) => {
    const layer = (target as Element).closest<HTMLElement>('[data-layer]')?.dataset.layer;
    if (layer !== undefined) look({ layer });
  });
  return {
    node,
    draw: (next) => {
      shown = next;
      const { index } = next.results;
      drawLayers(summary, next);
      const kind = `${index.ways}-way ${index.shots}-shot`;
      note.textContent = `${formatCount(index.episodes)} episodes, ${kind}, ${index.classifier}; the band is the 95 % interval of the mean, the mark this episode.`;
      drawChart();
    },
    chart: () => histogram.node,
  };

  function drawChart(): void {
    if (!shown || node.clientWidth === 0) return;
    const { layer, results, view } = shown;
    const found = summariseLayers(results).find((one) => one.layer === layer.layer)!;
    histogram.update(
      {
        ...{ title: `Accuracy over episodes, ${layer.layer}`, x: 'accuracy', counts: countBins(layer.accuracy, BINS) },
        ...{ mean: found.mean, marked: layer.accuracy[view.episodes.episode]! },
        ...(found.halfWidth !== undefined && { halfWidth: found.halfWidth }),
        description: `Accuracy of ${layer.layer} over ${results.index.episodes} episodes: mean ${formatPercent(found)} %.`,
      },
      node.clientWidth,
    );
  }
}

function drawLayers(table: HTMLElement, { results, layer }: Shown): void {
  const lines = summariseLayers(results).map((one) => {
    const isChosen = one.layer === layer.layer;
    const button = element(
      'button',
      { type: 'button', class: 'plain link', 'data-layer': one.layer, 'aria-pressed': isChosen },
      one.layer,
    );
    const value = element('td', { class: 'number' }, formatPercent(one));
    return element('tr', { class: isChosen ? 'is-chosen' : undefined }, element('th', { scope: 'row' }, button), value);
  });
  const head = element(
    'tr',
    {},
    element('th', { scope: 'col' }, 'layer'),
    element('th', { scope: 'col', class: 'number' }, 'accuracy, %'),
  );
  const focused = (document.activeElement as HTMLElement | null)?.dataset.layer;
  table.replaceChildren(element('thead', {}, head), element('tbody', {}, ...lines));
  if (focused !== undefined)
    [...table.querySelectorAll<HTMLElement>('[data-layer]')].find(({ dataset }) => dataset.layer === focused)?.focus();
}
