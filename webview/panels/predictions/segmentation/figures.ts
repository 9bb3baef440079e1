/** The figures beside the images: the headline, and by tab the classes and what they are taken for. */
import type { SegmentationLook } from '../../../../src/shared/protocol/panels/predictionsPanel';
import { element } from '../../../ui/element';
import { createTabs } from '../../../ui/tabs';
import { drawSummary } from '../summary';
import { createClassTable } from './classTable';
import { createConfusion } from './confusion';
import type { Shown } from './shown';

export interface Figures {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
  /** The chart on screen, if the tab has one. */
  chart(): SVGSVGElement | undefined;
}

const PANEL = 'segmentation-figures';
const tabs = [
  { id: 'classes', label: 'Classes', title: 'Colour and scores of each class' },
  { id: 'confusion', label: 'Confusion', title: 'Which class is taken for which' },
];

export function createFigures(look: (part: Partial<SegmentationLook>) => void): Figures {
  const summary = element('table', { class: 'summary' });
  const row = createTabs('Figures', PANEL, (id) => look({ tab: id as SegmentationLook['tab'] }));
  const classes = createClassTable(look);
  const confusion = createConfusion(look);
  const body = element('div', { id: PANEL, role: 'tabpanel' }, classes.node, confusion.node);
  const node = element('section', { class: 'figures', 'aria-label': 'Figures' }, summary, row.node, body);
  let shown: Shown | undefined;
  new ResizeObserver(() => drawTab()).observe(node);
  return {
    node,
    draw: (next) => {
      shown = next;
      const scores = next.figures.map((run) => run.scores);
      drawSummary(summary, next.runs, [
        { name: 'mean IoU', values: scores.map(({ meanIou }) => meanIou) },
        { name: 'mean accuracy', values: scores.map(({ meanAccuracy }) => meanAccuracy) },
        { name: 'pixel accuracy', values: scores.map(({ pixelAccuracy }) => pixelAccuracy) },
      ]);
      const { tab } = next.view.segmentation;
      row.draw(tabs, tab);
      classes.node.hidden = tab !== 'classes';
      confusion.node.hidden = tab !== 'confusion';
      drawTab();
    },
    chart: () => (shown?.view.segmentation.tab === 'confusion' ? confusion.chart() : undefined),
  };

  function drawTab(): void {
    if (!shown || body.clientWidth === 0) return;
    if (shown.view.segmentation.tab === 'classes') classes.draw(shown);
    else confusion.draw(shown, body.clientWidth);
  }
}
