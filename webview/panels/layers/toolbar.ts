/** What is shown and how: metric, comparison, axis, intervals, seeds. */
import type { LayersModel, LayersTransfer, LayersView } from '../../../src/shared/protocol/panels/layersPanel';
import { countAxes } from '../../../src/shared/views/layers/layersCounts';
import { metricName } from '../../../src/shared/views/formatNumbers';
import { createChoice, createToggle } from '../../ui/choice';
import { element } from '../../ui/element';
import { compareOptions } from './panelState';

export interface Toolbar {
  readonly node: HTMLElement;
  /** `shown`: the transfer on screen; undefined where measures of several stand together. */
  draw(model: LayersModel, shown: LayersTransfer | undefined, view: LayersView): void;
}

export function createToolbar(change: (change: Partial<LayersView>) => void): Toolbar {
  const metric = createChoice('Metric', (value) => change({ metric: value }));
  const baseline = createChoice('Minus', (value) => change({ baseline: value }));
  const axis = createChoice('Across', (value) => change({ axis: value as LayersView['axis'] }));
  const intervals = createChoice('95 % intervals', (value) => change({ intervals: value as LayersView['intervals'] }));
  const seeds = createToggle('Seeds', (showSeeds) => change({ showSeeds }));
  seeds.node.title = 'A thin line for each seed';
  const controls = [metric, baseline, axis, intervals, seeds].map(({ node }) => node);
  const node = element('div', { class: 'toolbar', role: 'toolbar', 'aria-label': 'What is shown' }, ...controls);
  return {
    node,
    draw: (model, shown, view) => {
      const metrics = shown?.metrics ?? [];
      const known = metrics.map((name) => ({ value: name, label: metricName(name) }));
      metric.node.hidden = metrics.length === 0;
      const chosen = view.metric !== undefined && metrics.includes(view.metric) ? view.metric : metrics[0];
      if (chosen !== undefined) metric.draw(known, chosen);
      const counts = shown ? countAxes(model, shown) : [];
      baseline.draw(compareOptions(model), view.baseline ?? '');
      axis.draw(
        [
          { value: 'layer', label: 'layers' },
          { value: 'depth', label: 'depth' },
          ...counts.map((value) => ({ value, label: value })),
        ],
        view.axis === 'depth' || counts.some((count) => count === view.axis) ? view.axis : 'layer',
      );
      const hasIntervals = model.seeds.length > 1;
      const looks = ['bands', 'bars', 'none'].map((value) => ({ value, label: value }));
      intervals.draw(looks, view.intervals);
      // One seed has neither.
      intervals.node.hidden = !hasIntervals;
      seeds.node.hidden = !hasIntervals;
      seeds.draw(view.showSeeds);
    },
  };
}
