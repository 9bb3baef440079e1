/** The figures beside the images: the headline, and by tab the cumulative error curve and the errors of each landmark. */
import { errorCurve, summariseErrors } from '../../../../src/shared/math/landmarks';
import type { LandmarksLook } from '../../../../src/shared/protocol/panels/predictionsPanel';
import { formatShare } from '../../../../src/shared/views/formatNumbers';
import { describeNormaliser } from '../../../../src/shared/views/predictions/landmarkFigures';
import { createBudgetChart, type BudgetRow } from '../../../charts/budgetChart';
import { createRateChart } from '../../../charts/rateChart';
import { seriesLook } from '../../../charts/series';
import { runLetter } from '../../../ui/comparison';
import { element } from '../../../ui/element';
import { createTabs } from '../../../ui/tabs';
import { drawSummary } from '../summary';
import { LARGEST_THRESHOLD } from './controls';
import type { Shown } from './shown';

export interface Figures {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
  /** The chart on screen. */
  chart(): SVGSVGElement;
}

const PANEL = 'landmark-figures';
const POINTS = 120;
const tabs = [
  { id: 'curve', label: 'Error curve', title: 'Share of examples with at most an error' },
  { id: 'landmarks', label: 'Landmarks', title: 'Error of each landmark' },
];

export function createFigures(look: (part: Partial<LandmarksLook>) => void): Figures {
  const summary = element('table', { class: 'summary' });
  const unit = element('p', { class: 'quiet note' });
  const row = createTabs('Figures', PANEL, (id) => look({ tab: id as LandmarksLook['tab'] }));
  const curvePlace = element('div');
  const curve = createRateChart(curvePlace);
  const barPlace = element('div', { class: 'landmark-bars' });
  const bars = createBudgetChart(
    barPlace,
    (name) => look({ landmark: name === shown?.view.landmarks.landmark ? '' : name }),
    'Errors by landmark',
  );
  const note = element('p', { class: 'quiet note' });
  const body = element('div', { id: PANEL, role: 'tabpanel' }, curvePlace, barPlace, note);
  const node = element('section', { class: 'figures', 'aria-label': 'Figures' }, summary, unit, row.node, body);
  let shown: Shown | undefined;
  new ResizeObserver(() => drawTab()).observe(node);
  return {
    node,
    draw: (next) => {
      shown = next;
      const { threshold } = next;
      const all = next.figures.map(({ errors }) => summariseErrors(errors.perExample, threshold));
      drawSummary(summary, next.runs, [
        { name: 'mean error', values: all.map(({ nme }) => nme) },
        { name: 'median error', values: all.map(({ medianNme }) => medianNme) },
        { name: 'failed', title: 'Examples above the threshold', values: all.map(({ failureRate }) => failureRate) },
        { name: 'AUC', title: 'Area under the error curve up to the threshold', values: all.map(({ auc }) => auc) },
      ]);
      unit.textContent = `Errors are shares of ${describeNormaliser(next.figures[0]!.file.normalise)}.`;
      const { tab } = next.view.landmarks;
      row.draw(tabs, tab);
      curvePlace.hidden = tab !== 'curve';
      barPlace.hidden = tab !== 'landmarks';
      drawTab();
    },
    chart: () => (shown?.view.landmarks.tab === 'landmarks' ? bars.node : curve.node),
  };

  function drawTab(): void {
    if (!shown || body.clientWidth === 0) return;
    if (shown.view.landmarks.tab === 'curve') drawCurve(shown, body.clientWidth);
    else {
      bars.update(listBars(shown), shown.view.landmarks.landmark, body.clientWidth);
      note.textContent = 'Mean error of each landmark, in percent. Press one to see where it is and to order by it.';
    }
  }

  function drawCurve({ figures, runs, threshold }: Shown, width: number): void {
    const xMax = LARGEST_THRESHOLD * figures[0]!.file.threshold;
    const failed = figures.map(({ errors }) => summariseErrors(errors.perExample, threshold).failureRate);
    const words = failed.map((rate, run) => `${runs[run]!.name}: ${formatShare(rate)} % have failed`);
    curve.update(
      {
        ...{
          title: 'Examples with at most an error',
          x: 'error',
          y: 'share',
          hasDiagonal: false,
          xMax,
          markedX: threshold,
        },
        description: `Cumulative error curve. Above ${formatShare(threshold)} %, ${words.join('; ')}.`,
        series: figures.map(({ errors }, run) => ({
          ...{ id: runs[run]!.id, look: runs[run]!.look },
          hasMarks: false,
          points: errorCurve(errors.perExample, { threshold: xMax, points: POINTS }).map(
            ({ error, share }) => [error, share] as const,
          ),
        })),
      },
      width,
    );
    note.textContent = `The line is the threshold of ${formatShare(threshold)} %, which the slider moves.${runs.length > 1 ? ' A solid, B dashed.' : ''}`;
  }
}

function listBars({ figures, runs }: Shown): BudgetRow[] {
  const { names } = figures[0]!.file.landmarks;
  return names.map((name, k): BudgetRow => {
    const values = figures.map(({ errors }) => errors.perLandmark[k]!);
    const texts = values.map((value) => formatShare(value));
    const words = texts.map((text, run) => (runs.length > 1 ? `${runLetter(run)} ${text}` : text));
    return {
      ...{ id: name, values, texts, label: `${name}: ${words.join(', ')} %` },
      look: { letter: '', name, dash: [], colour: seriesLook(runs[0]!.look).colour },
    };
  });
}
