/** Precision over recall, and the precision of each score. */
import { formatShare } from '../../../src/shared/views/formatNumbers';
import { createRateChart, type RateChartData } from '../../charts/rateChart';
import { runLetter } from '../../ui/comparison';
import { element } from '../../ui/element';
import type { Shown } from './shown';

export interface Curves {
  readonly node: HTMLElement;
  /** `width` in px. */
  draw(shown: Shown, width: number): void;
  /** That is saved. */
  chart(): SVGSVGElement | undefined;
}

export function createCurves(): Curves {
  const node = element('div', { class: 'curves' });
  const precision = createRateChart(node);
  const calibration = createRateChart(node);
  return {
    node,
    chart: () => precision.node,
    draw: (shown, width) => {
      precision.update(precisionOf(shown), width);
      calibration.update(calibrationOf(shown), width);
    },
  };
}

function precisionOf({ tables, runs, view }: Shown): RateChartData {
  const what = view.category === '' ? 'mean over classes' : view.category;
  return {
    ...{ title: `Precision over recall, ${what}`, x: 'recall', y: 'precision', hasDiagonal: false },
    description: `Precision over recall at IoU ${view.iou.toFixed(2)}, ${what}. ${tables.runs.map(({ figures }, run) => `${runLetter(run)}: area ${formatShare(figures.ap)} %.`).join(' ')}`,
    series: tables.runs.map(({ figures }, run) => ({
      ...lookOf(runs[run]!),
      hasMarks: false,
      points: Array.from(figures.curve, (value, i) => [i / 100, value] as const),
    })),
  };
}

function calibrationOf({ tables, runs }: Shown): RateChartData {
  return {
    ...{ title: 'Calibration: precision of each score', x: 'score', y: 'precision', hasDiagonal: true },
    description: `Calibration error ${tables.runs.map(({ figures }) => figures.calibration.error.toFixed(3)).join(' and ')}.`,
    series: tables.runs.map(({ figures }, run) => ({
      ...lookOf(runs[run]!),
      hasMarks: true,
      points: figures.calibration.bins
        .filter(({ count }) => count > 0)
        .map(({ score, precision: value }) => [score, value] as const),
    })),
  };
}

function lookOf({ id, look }: Shown['runs'][number]): Pick<Shown['runs'][number], 'id' | 'look'> {
  return { id, look };
}
