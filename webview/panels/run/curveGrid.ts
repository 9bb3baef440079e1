/** The charts side by side: one range of steps and one reading line for all of them. */
import type {
  CurveChart,
  CurveSeries,
  RunPanelLook,
  RunPanelModel,
} from '../../../src/shared/protocol/panels/runPanel';
import { curveMargin } from '../../charts/curveChart';
import type { StepRange } from '../../charts/curveScales';
import type { Announce } from '../../ui/announce';
import { element } from '../../ui/element';
import { createChartCard, type ChartCard } from './chartCard';
import { createHappenings, selectHappenings } from './happenings';
import type { RunChannel } from './runChannel';

export interface GridOptions {
  readonly channel: RunChannel;
  readonly look: (change: Partial<RunPanelLook>) => void;
  readonly announce: Announce;
}

/** What all cards share. */
export interface GridState {
  readonly channel: RunChannel;
  readonly announce: Announce;
  range(): StepRange;
  full(): StepRange;
  series(): readonly CurveSeries[];
  /** The pretraining whose curves are lifted out. */
  marked(): string | undefined;
  onRange(range: StepRange | undefined): void;
  /** `from` is the card on which the reading happens. */
  onRead(step: number | undefined, from: string): void;
}

export function createCurveGrid({ channel, look, announce }: GridOptions): {
  readonly element: HTMLElement;
  update(model: RunPanelModel): void;
  redraw(): void;
  mark(pretraining: string | undefined): void;
} {
  const grid = element('div', { class: 'charts' });
  const empty = element(
    'p',
    { class: 'empty' },
    'No curves yet: they begin with the first logged step of a pretraining.',
  );
  const happenings = createHappenings();
  const cards = new Map<string, ChartCard>();
  let model: RunPanelModel | undefined;
  let frame = 0;
  let marked: string | undefined;
  const state: GridState = {
    channel,
    announce,
    full: () => model?.range ?? { from: 0, to: 1 },
    range: () => {
      const { from, to } = channel.view.look;
      return from === undefined || to === undefined ? state.full() : { from, to };
    },
    series: () => model?.series ?? [],
    marked: () => marked,
    onRange: (range) => look({ from: range?.from, to: range?.to }),
    onRead: (step, from) => cards.forEach((card, metric) => card.read(step, metric === from)),
  };
  const draw = (): void => {
    frame = 0;
    const { hidden } = channel.view;
    happenings.update(selectHappenings(state.series().filter(({ id }) => !hidden.includes(id))));
    for (const card of cards.values()) card.draw();
  };
  const redraw = (): void => {
    frame ||= requestAnimationFrame(draw);
  };
  new ResizeObserver(() => {
    redraw();
    const card = grid.firstElementChild;
    const pixels = Math.round((card?.clientWidth ?? 0) - curveMargin.left - curveMargin.right);
    if (pixels > 40 && Math.abs(pixels - channel.view.look.pixels) > 40) look({ pixels });
  }).observe(grid);
  return {
    element: element('div', {}, happenings.element, empty, grid),
    redraw,
    mark: (pretraining) => {
      if (pretraining === marked) return;
      marked = pretraining;
      redraw();
    },
    update: (next) => {
      model = next;
      empty.hidden = next.charts.length > 0;
      placeCards(grid, { cards, charts: next.charts, state });
      redraw();
    },
  };
}

/** One card per metric, kept as long as there is one: zoom, focus and tables stay where they are. */
function placeCards(
  grid: HTMLElement,
  { cards, charts, state }: { cards: Map<string, ChartCard>; charts: readonly CurveChart[]; state: GridState },
): void {
  const wanted = new Set(charts.map(({ metric }) => metric));
  for (const [metric, card] of cards) {
    if (wanted.has(metric)) continue;
    card.element.remove();
    cards.delete(metric);
  }
  charts.forEach((chart, i) => {
    let card = cards.get(chart.metric);
    if (!card) cards.set(chart.metric, (card = createChartCard(chart.metric, state)));
    card.update(chart);
    if (grid.children[i] !== card.element) grid.insertBefore(card.element, grid.children[i] ?? null);
  });
}
