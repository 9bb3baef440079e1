/** What stands where in the page. Parts are put in and taken out, not made anew. */
import type { LayersModel } from '../../../src/shared/protocol/panels/layersPanel';
import { element, keepChildren, panelRoot } from '../../ui/element';
import type { LayersShown } from './panelState';
import { contentId, type Parts } from './parts';

export interface Page {
  /** Heading and notes, with what can be shown between them or why there is nothing. */
  draw(model: LayersModel, hasResults: boolean): void;
  /** The parts that only some transfers and analyses have. */
  drawContent(shown: LayersShown): void;
  /** That nothing was ever read. */
  fail(): void;
}

export function createPage(parts: Parts): Page {
  const { heading, tabs, notes, sentences, saving, legend, charts, counts, slider, foretelling } = parts;
  const root = panelRoot();
  const empty = element('p', { class: 'empty' }, 'Reading the run …');
  root.append(heading.node, empty);
  const chart = element('section', { class: 'chart-part', 'aria-label': 'Chart' });
  chart.append(saving.chart, ...[legend, charts, counts, slider, foretelling].map(({ node }) => node));
  const table = element('section', { class: 'table-part', 'aria-label': 'Table' });
  const columns = element('div', { class: 'columns' });
  const content = element('div', { id: contentId, role: 'tabpanel' });
  return {
    draw: (model, hasResults) => {
      if (!hasResults) empty.textContent = describeEmpty(model);
      keepChildren(root, [heading.node, ...(hasResults ? [tabs.node, content] : [empty]), notes.node]);
    },
    drawContent: ({ model, view, only }) => {
      const compared = model.comparisons.find(({ id }) => id === only?.id);
      const counted = model.likenesses.find(({ id }) => id === only?.id);
      const own = [...(compared ? [parts.comparison.node] : []), ...(counted ? [parts.likeness.node] : [])];
      const choosing = only ? [] : [parts.chooser.node];
      const { about, findings, readings, unit } = sentences;
      keepChildren(content, [about, findings, ...choosing, parts.toolbar.node, columns, readings]);
      keepChildren(columns, [chart, only ? table : parts.values.node]);
      keepChildren(table, [...own, saving.table, parts.table.node, unit]);
      columns.classList.toggle('is-all', !only);
      parts.comparison.draw(compared, view.pair);
      const visible = model.pretrainings.filter(({ id }) => !view.hidden.includes(id));
      parts.likeness.draw(counted, visible);
    },
    fail: () => {
      empty.textContent = '';
    },
  };
}

function describeEmpty({ isUnderWay, total }: LayersModel): string {
  if (total === 0) return 'This run has no transfers, so there is nothing to draw by layer.';
  if (isUnderWay) return 'No transfer has been measured yet. Results show here as they come.';
  return 'No transfer of this run was measured. Resume it, or run the experiment again.';
}
