/** The figures beside the images: the headline, and by tab the error budget, curves, classes, confusions. */
import type { PartDifference } from '../../../src/shared/math/detection/budgetDifference';
import { ERROR_TYPES } from '../../../src/shared/math/detection/errorBudget';
import { HOIEM_TYPES } from '../../../src/shared/math/detection/hoiem';
import type { DetectionsView, FigureTab } from '../../../src/shared/protocol/panels/detectionsPanel';
import { formatCount, formatShare, formatShareDifference } from '../../../src/shared/views/formatNumbers';
import { createBudgetChart, type BudgetRow } from '../../charts/budgetChart';
import { errorLook } from '../../charts/errorLooks';
import { element } from '../../ui/element';
import { createTabs } from '../../ui/tabs';
import { createClassTable } from './classTable';
import { createConfusion } from './confusion';
import { createCurves } from './curves';
import { runLetter } from '../../ui/comparison';
import type { Shown } from './shown';

export interface Figures {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
  /** The chart on screen, if the tab has one. */
  chart(): SVGSVGElement | undefined;
}

const PANEL = 'detections-figures';
const tabs = [
  { id: 'errors', label: 'Errors', title: 'What each kind of error costs' },
  { id: 'curves', label: 'Curves', title: 'Precision over recall, and over score' },
  { id: 'classes', label: 'Classes', title: 'Average precision of each class' },
  { id: 'confusion', label: 'Confusion', title: 'Which class is taken for which' },
];

export function createFigures(change: (part: Partial<DetectionsView>) => void): Figures {
  const summary = element('table', { class: 'summary' });
  const row = createTabs('Figures', PANEL, (id) => change({ tab: id as FigureTab }));
  const errors = element('div', { class: 'errors' });
  const toggle = (verdict: string): void => {
    if (shown) change({ verdict: shown.view.verdict === verdict ? '' : verdict, cell: undefined });
  };
  const budget = createBudgetChart(errors, toggle);
  const note = element('p', { class: 'quiet note' });
  errors.append(note);
  const curves = createCurves();
  const classes = createClassTable((category) => change({ category, cell: undefined }));
  const confusion = createConfusion((cell) => change({ cell, verdict: '', category: '' }));
  const parts: Readonly<Record<FigureTab, HTMLElement>> = {
    errors,
    curves: curves.node,
    classes: classes.node,
    confusion: confusion.node,
  };
  const body = element('div', { id: PANEL, role: 'tabpanel' }, ...Object.values(parts));
  const node = element('section', { class: 'figures', 'aria-label': 'Figures' }, summary, row.node, body);
  let shown: Shown | undefined;
  new ResizeObserver(() => drawParts()).observe(node);
  return {
    node,
    draw: (next) => {
      shown = next;
      drawSummary(summary, next);
      row.draw(tabs, next.view.tab);
      for (const [id, part] of Object.entries(parts)) part.hidden = id !== next.view.tab;
      drawParts();
    },
    chart: () => {
      if (shown?.view.tab === 'errors') return budget.node;
      return shown?.view.tab === 'curves' ? curves.chart() : undefined;
    },
  };

  function drawParts(): void {
    if (!shown || body.clientWidth === 0) return;
    const width = body.clientWidth;
    if (shown.view.tab === 'errors') {
      budget.update(listBudget(shown), shown.view.verdict, width);
      note.textContent = describeBudget(shown);
    } else if (shown.view.tab === 'curves') curves.draw(shown, width);
    else if (shown.view.tab === 'classes') classes.draw(shown);
    else confusion.draw(shown);
  }
}

function drawSummary(table: HTMLElement, { tables, runs, iouType, view, difference }: Shown): void {
  const kind = iouType === 'segm' ? 'mask ' : '';
  const rows = [
    [`${kind}AP at IoU ${view.iou.toFixed(2)}`, tables.runs.map(({ figures }) => figures.ap)],
    [`${kind}AP, COCO`, tables.runs.map(({ figures }) => figures.cocoAp)],
    [`precision`, tables.runs.map(({ figures }) => figures.precision)],
    [`recall`, tables.runs.map(({ figures }) => figures.recall)],
  ] as const;
  const isTwo = runs.length > 1;
  const head = element(
    'tr',
    {},
    element('td', {}, 'in percent'),
    ...runs.map(({ name }, run) =>
      element('th', { scope: 'col', class: 'number', title: name }, isTwo ? `${runLetter(run)} ${name}` : name),
    ),
    ...(isTwo ? [element('th', { scope: 'col', class: 'number', title: 'B minus A' }, 'B − A')] : []),
  );
  const lines = rows.map(([name, values], i) => {
    const cells = values.map((value) => element('td', { class: 'number' }, formatShare(value)));
    if (isTwo) {
      const isKnown = i === 0 && difference && view.category === '';
      const interval = isKnown
        ? `[${formatShareDifference(difference.ap.low)}, ${formatShareDifference(difference.ap.high)}]`
        : '';
      const title = isKnown ? `${100 * difference.level} % interval over images` : undefined;
      const small = interval === '' ? [] : [element('span', { class: 'interval quiet' }, interval)];
      cells.push(element('td', { class: 'number', title }, formatShareDifference(values[1]! - values[0]!), ...small));
    }
    return element('tr', {}, element('th', { scope: 'row' }, name), ...cells);
  });
  table.replaceChildren(element('thead', {}, head), element('tbody', {}, ...lines));
}

/** Rows of the chart: what mending each type gains, or Hoiem's shares. */
export function listBudget({ tables, view, budgets, difference, sharesDifference, runs }: Shown): BudgetRow[] {
  if (view.method === 'hoiem') {
    return HOIEM_TYPES.map((type): BudgetRow => {
      const look = errorLook(type, 'hoiem');
      const values = tables.runs.map(({ figures }) => figures.hoiem?.shares[type] ?? Number.NaN);
      const texts = values.map((value) => `${formatShare(value)} %`);
      const part = sharesDifference?.shares[type];
      const label = `${look.name}: ${texts.join(' and ')} of the top detections${describePart(part)}`;
      return { id: type, look, values, texts, label, ...(part && { difference: drawnPart(part) }) };
    });
  }
  return ERROR_TYPES.map((type): BudgetRow => {
    const look = errorLook(type, 'tide');
    const values = budgets.map((one) => one?.gains[type] ?? Number.NaN);
    const counts = budgets.map((one) => one?.counts[type] ?? 0);
    const texts = values.map((value, run) => `${formatShare(value)} (${formatCount(counts[run]!)})`);
    const part = difference?.parts[type];
    return {
      ...{ id: type, look, values, texts },
      label: `${look.name}: mending it gains ${runs.map((_, run) => texts[run]).join(' and ')} points of AP${describePart(part)}`,
      ...(part && { difference: drawnPart(part) }),
    };
  });
}

function describePart(part: PartDifference | undefined): string {
  return part
    ? `; B minus A ${formatShareDifference(part.difference)} [${formatShareDifference(part.low)}, ${formatShareDifference(part.high)}]`
    : '';
}

function drawnPart({ difference, low, high }: PartDifference): NonNullable<BudgetRow['difference']> {
  return { value: difference, low, high, text: formatShareDifference(difference) };
}

function describeBudget({ view, difference, sharesDifference, runs, budgets }: Shown): string {
  const second = runs.length > 1 ? ' A above, B (hatched) below.' : '';
  const drawn = view.method === 'hoiem' ? sharesDifference : difference;
  const third = drawn
    ? ` Right: B minus A with ${100 * drawn.level} % intervals over ${drawn.resamples} draws of the images.`
    : runs.length > 1
      ? ' Intervals are being worked out …'
      : '';
  if (view.method === 'hoiem')
    return `Shares of the N surest detections of each class with N objects, mean over classes.${second}${third} Press a row to see its images.`;
  if (budgets.some((one) => one === undefined)) return 'Working out what each error costs …';
  const first = 'Points of AP gained by mending one kind of error alone, and how many there are, over all classes.';
  return `${first}${second}${third} Press a row to see its images.`;
}
