/** The depth chart and its legend, drawn without a browser: golden files with rounded numbers, and places worked out by hand. */
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import type { MeanInterval } from '../../../../src/shared/math/statistics';
import { createTransferReport, type DepthView } from '../../../../src/shared/views/report/transferReport';
import { createDepthChart } from '../../../../webview/charts/depthChart';
import { createSeriesLegend } from '../../../../webview/charts/seriesLegend';
import { seriesLook } from '../../../../webview/charts/series';
import { createRun, fourPretrainings, reportCases } from '../../../support/reportFixture';

const golden = '../../../golden/charts';
/** Inner plot: 400 × 200 px behind margins of 48 left, 14 right, 12 top, 62 bottom. */
const options = { width: 462, height: 274 };

function createContainer(): Element {
  const { document } = parseHTML('<!doctype html><html><body><div></div></body></html>');
  return document.querySelector('div') as unknown as Element;
}

function draw(view: DepthView): Element {
  const container = createContainer();
  createDepthChart(container, options).update(view);
  return container;
}

const point = (mean: number, halfWidth?: number): MeanInterval => ({ n: 3, mean, halfWidth, level: 0.95 });

function viewOf(points: readonly (MeanInterval | undefined)[], changes: Partial<DepthView> = {}): DepthView {
  const layers = points.map((_, i) => ({ layer: `layer${i + 1}`, depth: i, dimension: 8 }));
  const series = [{ pretraining: 'moco', look: 0, points }];
  return {
    transfer: 'probe',
    task: 'linear-probe',
    data: 'emoji',
    metric: 'accuracy',
    chance: undefined,
    layers,
    series,
    ...changes,
  };
}

/** All numbers to one decimal, one element a line. */
function normalise(html: string): string {
  return `${html.replace(/-?\d+\.\d+/g, (number) => String(Number(Number(number).toFixed(1)) + 0)).replaceAll('><', '>\n<')}\n`;
}

/** Where marks stand in the plot, in px. */
function markPlaces(container: Element): number[][] {
  return [...container.querySelectorAll('.mark')].map((mark) =>
    [...(mark.getAttribute('transform') ?? '').matchAll(/-?[\d.]+/g)].map(([number]) => Number(number)),
  );
}

describe('depth chart', () => {
  it('draws the golden picture', async () => {
    const run = createRun({
      pretrainings: fourPretrainings.slice(0, 2),
      layers: ['conv1', 'layer1', 'layer4', 'avgpool'],
    });
    const { depths } = createTransferReport(run);
    await expect(normalise(draw(depths[0]!).innerHTML)).toMatchFileSnapshot(`${golden}/depthChart.svg`);
  });

  it('puts marks at their values', () => {
    // Scores to 40 %: the axis ends at a round 50 (40 × 1.05 = 42). Three layers with padding 0.3: steps of 400 / 2.6.
    const places = markPlaces(draw(viewOf([point(0), point(0.25), point(0.4)])));
    const step = 400 / 2.6;
    const expected = [0, 25, 40].map((percent, i) => [(0.3 + i) * step, 200 * (1 - percent / 50)]);
    places.forEach((place, i) => place.forEach((px, axis) => expect(px).toBeCloseTo(expected[i]![axis]!, 1)));
    expect(places).toHaveLength(3);
  });

  it('starts the axis above 0 only when all scores are high', () => {
    const labels = (view: DepthView) =>
      [...draw(view).querySelectorAll('.tick text')]
        .map((text) => Number(text.textContent))
        .filter((n) => !Number.isNaN(n));
    expect(Math.min(...labels(viewOf([point(0.9), point(0.8)])))).toBeGreaterThan(70);
    expect(Math.min(...labels(viewOf([point(0.9), point(0.4)])))).toBe(0);
    expect(Math.min(...labels(viewOf([point(0.9), point(0.8)], { chance: 0.85 })))).toBe(0);
  });

  it('labels small scores with distinct ticks', () => {
    const container = draw(viewOf([point(0.004), point(0.012)]));
    const labels = [...container.querySelectorAll('.axis')][0]!.querySelectorAll('text');
    const texts = [...labels].map(({ textContent }) => textContent);
    expect(texts.length).toBeGreaterThan(3);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('draws the interval as a band between mean ± half width', () => {
    const container = draw(viewOf([point(0.2, 0.1), point(0.4, 0.1)]));
    // The axis ends at 60 (50 × 1.05 = 52.5).
    const numbers = [
      ...container
        .querySelector('.band')!
        .getAttribute('d')!
        .matchAll(/,(-?[\d.]+)/g),
    ].map(([, y]) => Number(y));
    const expected = [30, 50, 30, 10].map((percent) => 200 * (1 - percent / 60));
    numbers.forEach((px, i) => expect(px).toBeCloseTo(expected[i]!, 1));
    expect(numbers).toHaveLength(4);
  });

  it('breaks the line where a layer was not measured', () => {
    const path = draw(viewOf([point(0.2), point(0.3), undefined, point(0.3), point(0.2)]))
      .querySelector('.line')!
      .getAttribute('d')!;
    expect(path.match(/M/g)).toHaveLength(2);
    expect(path).not.toContain('NaN');
  });

  it('shows the interval of a lone layer as a whisker', () => {
    const whisker = draw(viewOf([point(0.2, 0.1)])).querySelector('.whisker')!;
    // The axis ends at 35 (30 × 1.05 = 31.5); the lower cap comes first.
    const [, low, high] = /,([\d.]+)H.*V([\d.]+)M/.exec(whisker.getAttribute('d')!)!;
    expect([low, high].map(Number)).toEqual([10, 30].map((p) => expect.closeTo(200 * (1 - p / 35), 1)));
  });

  it('leaves out layer names that would overlap, never the deepest', () => {
    const layers = Array.from({ length: 60 }, () => point(0.5));
    const names = [...draw(viewOf(layers)).querySelectorAll('.tick text')]
      .map(({ textContent }) => textContent)
      .filter((text) => text?.startsWith('layer'));
    expect(names.length).toBeLessThanOrEqual(400 / 15 + 1);
    expect(names.length).toBeGreaterThan(10);
    expect(names.at(-1)).toBe('layer60');
  });

  it('says so when nothing has been measured', () => {
    for (const view of [viewOf([undefined, undefined]), viewOf([], { series: [] })]) {
      const container = draw(view);
      expect(container.querySelector('.empty')?.textContent).toBe('No layer has been measured yet.');
      expect(container.querySelector('.axis')).toBeNull();
    }
  });

  it('has a text alternative', () => {
    const svg = draw(viewOf([point(0.2, 0.01), undefined])).querySelector('svg')!;
    expect(svg.getAttribute('role')).toBe('img');
    expect(svg.querySelector('title')!.textContent).toBe('top-1 accuracy by layer, probe');
    expect(svg.querySelector('desc')!.textContent).toBe(
      'top-1 accuracy in percent by layer for probe. moco: layer1 20.0 ± 1.0, layer2 not measured.',
    );
    expect(svg.querySelector('.mark title')!.textContent).toBe('moco, layer1: 20.0 ± 1.0 % (n = 3)');
  });

  it('updates in place and leaves nothing behind', () => {
    const container = createContainer();
    const chart = createDepthChart(container, options);
    const first = viewOf([point(0.1), point(0.2)]);
    chart.update(viewOf([point(0.5), point(0.6), point(0.7)]));
    chart.update(first);
    expect(container.querySelectorAll('svg')).toHaveLength(1);
    expect(container.innerHTML).toBe(draw(first).innerHTML);
    chart.destroy();
    expect(container.innerHTML).toBe('');
  });

  it('never writes NaN, whatever the run', () => {
    for (const makeRun of Object.values(reportCases)) {
      for (const view of createTransferReport(makeRun()).depths)
        expect(draw(view).innerHTML).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});

describe('legend', () => {
  it('draws the golden list, once', async () => {
    const container = createContainer();
    const legend = createSeriesLegend(container);
    legend.update([{ name: 'old', look: 5 }]);
    legend.update(['random', '<b>&'].map((name, look) => ({ name, look })));
    await expect(normalise(container.innerHTML)).toMatchFileSnapshot(`${golden}/seriesLegend.html`);
    legend.destroy();
    expect(container.innerHTML).toBe('');
  });

  it('has a look of its own for each of 21 pretrainings', () => {
    const looks = Array.from({ length: 21 }, (_, i) => JSON.stringify([seriesLook(i).colour, seriesLook(i).dash]));
    expect(new Set(looks).size).toBe(21);
  });
});
