/** Sparklines without a browser: places worked out by hand on the drawing of 100 × 24 with 3 px of margin. */
import { parseHTML } from 'linkedom';
import { expect, it } from 'vitest';
import { seriesLook } from '../../../../webview/charts/series';
import { createSparkline, type SparklineData } from '../../../../webview/charts/sparkline';

function draw(...updates: readonly Partial<SparklineData>[]): Element {
  const { document } = parseHTML('<!doctype html><html><body><div></div></body></html>');
  const container = document.querySelector('div') as unknown as Element;
  const chart = createSparkline(container);
  for (const update of updates) chart.update({ points: [], look: 0, label: '', ...update });
  return container;
}

const path = (container: Element, kind: string): string | null =>
  container.querySelector(`.${kind}`)!.getAttribute('d');

it('touches left and right with its steps, bottom and top with its values', () => {
  const drawn = draw({
    points: [
      [10, 4],
      [20, 2],
      [30, 1],
    ],
  });
  // x: 3, 50, 97. y: 4 at the top (3), 1 at the bottom (21), 2 a third up.
  expect(path(drawn, 'line')).toBe('M3,3L50,15L97,21');
  expect(path(drawn, 'end')).toBe('M97,21h0');
});

it('draws a dot for one point, the middle for a constant, nothing for nothing', () => {
  const one = draw({ points: [[10, 4]] });
  expect(path(one, 'line')).toBeNull();
  expect(path(one, 'end')).toBe('M50,12h0');
  const constant = draw({
    points: [
      [0, 2],
      [1, 2],
    ],
  });
  expect(path(constant, 'line')).toBe('M3,12L97,12');
  expect(path(draw({}), 'end')).toBeNull();
});

it('is drawn again in place, in the look of its pretraining, with words', () => {
  const drawn = draw({ points: [[0, 1]], label: 'loss: 1' }, { points: [[0, 3]], look: 8, label: 'loss: 3' });
  expect(drawn.querySelectorAll('svg')).toHaveLength(1);
  expect(drawn.querySelector('svg')!.getAttribute('aria-label')).toBe('loss: 3');
  expect(drawn.querySelector('.line')!.getAttribute('stroke')).toBe(seriesLook(8).colour);
  expect(drawn.querySelector('.line')!.getAttribute('stroke-dasharray')).toBe(seriesLook(8).dash);
});
