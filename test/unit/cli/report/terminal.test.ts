/** The terminal report: nothing wider than the terminal, and a picture in which higher is higher. */
import { describe, expect, it } from 'vitest';
import { depthPicture, seriesLetters } from '../../../../src/cli/report/depthPicture';
import { renderTerminal } from '../../../../src/cli/report/terminalTable';
import { wrapItems, wrapWords } from '../../../../src/cli/report/wrapWords';
import { computeWidth } from '../../../../src/cli/progress/textWidth';
import { formatPercent } from '../../../../src/shared/views/formatNumbers';
import { createTransferReport, type DepthView } from '../../../../src/shared/views/report/transferReport';
import { reportCases } from '../../../support/reportFixture';

const widths = [40, 80, 120];

function viewOf(
  series: Readonly<Record<string, readonly (number | undefined)[]>>,
  layers: readonly string[],
): DepthView {
  const entries = Object.entries(series).map(([pretraining, means], look) => ({
    ...{ pretraining, look },
    points: means.map((mean) => (mean === undefined ? undefined : { n: 1, mean, level: 0.95 })),
  }));
  const places = layers.map((layer, i) => ({ layer, depth: i, dimension: 1 }));
  return {
    transfer: 'probe',
    task: 'knn',
    data: 'emoji',
    metric: 'accuracy',
    chance: 0.01,
    layers: places,
    series: entries,
  };
}

/** Row of each letter, per layer; rows count from the top. */
function placesOf(picture: string, step: number, layers: number): Map<string, number>[] {
  const rows = picture
    .split('\n')
    .filter((line) => line.includes('│'))
    .map((line) => line.slice(line.indexOf('│') + 1));
  return Array.from({ length: layers }, (_, layer) => {
    const marks = rows.flatMap((row, r) => {
      const mark = row.slice(layer * step, (layer + 1) * step).trim();
      return mark === '' ? [] : [[mark, r] as const];
    });
    return new Map(marks);
  });
}

describe('terminal report', () => {
  const names = Object.keys(reportCases) as (keyof typeof reportCases)[];
  const usual = names.filter((name) => name !== 'longIds' && name !== 'nastyIds');

  it.each(usual.flatMap((name) => widths.map((width) => [name, width] as const)))(
    'fits %s into %i columns',
    (name, width) => {
      const lines = renderTerminal(createTransferReport(reportCases[name]()), width).split('\n');
      // One transfer's figures are not broken up, however narrow the terminal.
      const least = Math.max(width, 58);
      for (const line of lines) expect(computeWidth(line), line).toBeLessThanOrEqual(least);
      for (const line of lines) expect(line).toBe(line.trimEnd());
    },
  );

  it('shows every mean, finding and note', () => {
    const report = createTransferReport(reportCases.missingStages());
    const text = renderTerminal(report, 120);
    for (const cell of report.rows.flatMap(({ cells }) => cells)) if (cell) expect(text).toContain(formatPercent(cell));
    const flat = text.replace(/\s+/g, ' ');
    for (const { transfer, sentence } of report.findings) expect(flat).toContain(`${transfer}: ${sentence}`);
    for (const note of report.notes) expect(flat).toContain(`note: ${note}`);
  });

  it('lets no control character through', () => {
    const input = reportCases.oneLayer();
    const evil = { ...input, problems: ['\u001b[31mred\u0007'] };
    expect(renderTerminal(createTransferReport(evil), 80)).not.toMatch(/(?!\n)\p{Cc}/u);
  });

  it('says when nothing was measured', () => {
    expect(renderTerminal(createTransferReport(reportCases.nothing()), 80)).toMatch(
      /^No transfer has been measured\.\nnote: Run failed/,
    );
  });
});

describe('depth picture', () => {
  it.each(widths)('puts higher values on higher rows at %i columns', (width) => {
    const layers = ['conv1', 'layer1', 'layer2', 'layer4'];
    const series = { a: [0.1, 0.2, 0.3, 0.4], b: [0.4, 0.3, 0.12, 0.1], c: [0.25, 0.25, undefined, 0.25] };
    const step = Math.min(9, Math.floor((width - 8) / 4));
    const places = placesOf(depthPicture(viewOf(series, layers), width), step, 4);
    const rowsOf = (letter: string) => places.map((place) => place.get(letter));
    const [a, b, c] = ['a', 'b', 'c'].map(rowsOf);
    // 0.1 to 0.4 over rows 9 to 0.
    expect(a).toEqual([9, 6, 3, 0]);
    expect(b).toEqual([0, 3, 8, 9]);
    expect(c).toEqual([5, 5, undefined, 5].map((row) => (row === undefined ? row : expect.closeTo(row, -1))));
    expect(c![2]).toBeUndefined();
  });

  it('marks what falls together, and equal values', () => {
    const places = placesOf(depthPicture(viewOf({ a: [0.1, 0.4], b: [0.1, 0.1] }, ['l1', 'l2']), 80), 9, 2);
    expect([...places[0]!.keys()]).toEqual(['*']);
    expect(depthPicture(viewOf({ a: [0.2] }, ['l1']), 80)).not.toContain('NaN');
    expect(depthPicture(viewOf({ a: [undefined] }, ['l1']), 80)).toBe('probe: no layer has been measured yet');
  });

  it('labels rows with distinct values', () => {
    const labelsOf = (text: string) => [...text.matchAll(/^ *([\d.]+) │/gm)].map(([, label]) => label);
    for (const top of [0.011, 0.02, 0.5, 1]) {
      const labels = labelsOf(depthPicture(viewOf({ a: [0.01, top] }, ['l1', 'l2']), 80));
      expect(labels).toHaveLength(4);
      if (top > 0.011) expect(new Set(labels).size).toBe(4);
    }
  });

  it('names layers below where they fit, else numbers them', () => {
    const short = depthPicture(viewOf({ a: [0.1, 0.2] }, ['conv1', 'avgpool']), 80);
    expect(short).toMatch(/^ +conv1 +avgpool$/m);
    const long = depthPicture(viewOf({ a: [0.1, 0.2] }, ['layer1.0.conv1', 'avgpool']), 80);
    expect(long).toMatch(/^ +1 +2\n +1 layer1\.0\.conv1 {2}2 avgpool$/m);
  });

  it('gives each of many pretrainings a letter of its own', () => {
    const ids = Array.from({ length: 62 }, (_, i) => `ladder-${i}`);
    const letters = seriesLetters(ids);
    expect(new Set(letters).size).toBe(62);
    expect(seriesLetters(['random', 'supervised', 'moco', 'exemplar', 'mocha'])).toEqual(['r', 's', 'm', 'e', 'o']);
    expect(seriesLetters([...ids, 'one more']).at(-1)).toBe('#');
    expect(seriesLetters(['日本', '日本'])).toEqual(['A', 'B']);
  });
});

describe('wrapping', () => {
  it('breaks at spaces and indents what follows', () => {
    expect(wrapWords('aa bb cc dd', 5, 2)).toBe('aa bb\n  cc\n  dd');
    expect(wrapWords('incomprehensibilities a', 5)).toBe('incomprehensibilities\na');
  });
  it('keeps items whole', () => expect(wrapItems(['1 aa', '2 bb', '3 cc'], 13, 2)).toBe('  1 aa  2 bb\n  3 cc'));
});
