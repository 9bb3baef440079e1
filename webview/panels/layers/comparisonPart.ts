/** Layers of two networks against each other: which two, the matrix, the cell under the cursor in words. */
import type { ComparedPair, LayersComparison } from '../../../src/shared/protocol/panels/layersPanel';
import { formatMeasure } from '../../../src/shared/views/formatNumbers';
import { analysisMetricName } from '../../../src/shared/views/report/analysisMetrics';
import { createSimilarityMatrix, type LayerCell } from '../../charts/similarityMatrix';
import { createChoice } from '../../ui/choice';
import { element } from '../../ui/element';
import { currentLayer } from './layerSlider';
import type { Looking } from './looking';

export interface ComparisonPart {
  readonly node: HTMLElement;
  draw(comparison: LayersComparison | undefined, pair: string | undefined): void;
  mark(): void;
}

export function pairKey({ first, second }: Pick<ComparedPair, 'first' | 'second'>): string {
  return `${first} ${second}`;
}

export function createComparisonPart(looking: Looking, onPair: (pair: string) => void): ComparisonPart {
  const choice = createChoice('Layers of', onPair);
  const heading = element('h2', {}, 'Layer by layer');
  const said = element('p', { class: 'note', 'aria-live': 'polite' });
  const frame = element('div', { class: 'matrix-frame' });
  const node = element(
    'section',
    { class: 'matrix-part', 'aria-label': 'Layers against layers' },
    element('div', { class: 'part-head' }, heading, choice.node),
    frame,
    said,
  );
  let shown: { readonly kind: string; readonly pair: ComparedPair } | undefined;
  let width = 0;
  const matrix = createSimilarityMatrix(frame, {
    onRead: (cell) => {
      said.textContent = shown ? describeCell(shown.kind, shown.pair, cell) : '';
      looking.hover(cell && shown ? { layer: shown.pair.rows[cell.row] } : {});
    },
    onChoose: ({ row }) => shown && looking.choose({ layer: shown.pair.rows[row] }),
  });
  const redraw = (): void => {
    if (!shown || width === 0) return;
    const { first, second, rows, columns, cells } = shown.pair;
    const values = cells.map((row) => row.map((cell) => cell?.mean ?? null));
    matrix.update({ names: [first, second], rows, columns, values }, width);
    mark();
  };
  const mark = (): void => matrix.mark(shown && (looking.hovered.layer ?? currentLayer(looking, shown.pair.rows)));
  new ResizeObserver(() => {
    if (frame.clientWidth === width || frame.clientWidth === 0) return;
    width = frame.clientWidth;
    redraw();
  }).observe(frame);
  let drawn = '';
  return {
    node,
    draw: (comparison, pair) => {
      if (!comparison) return;
      const { pairs, kind } = comparison;
      const found = pairs.find((one) => pairKey(one) === pair) ?? pairs[0]!;
      choice.draw(
        pairs.map((one) => ({ value: pairKey(one), label: describePair(one) })),
        pairKey(found),
      );
      const text = JSON.stringify([kind, found]);
      if (text === drawn) return;
      drawn = text;
      shown = { kind, pair: found };
      width = frame.clientWidth || width;
      redraw();
    },
    mark,
  };
}

function describePair({ first, second }: ComparedPair): string {
  return first === second ? `${first}, with itself` : `${first} and ${second}`;
}

/** `CKA of layer3 of moco and layer4 of supervised: 0.62 ± 0.03`; without a cell, the most and the least alike equal layers. */
function describeCell(kind: string, pair: ComparedPair, cell: LayerCell | undefined): string {
  const { first, second, rows, columns, cells } = pair;
  const name = analysisMetricName(kind);
  if (cell) {
    const value = cells[cell.row]?.[cell.column];
    const place = `${rows[cell.row]} of ${first} and ${columns[cell.column]} of ${second}`;
    return `${name} of ${place}: ${value ? formatMeasure(value) : 'not measured'}`;
  }
  const equal = rows.flatMap((layer, i) => {
    const value = cells[i]?.[columns.indexOf(layer)];
    return value ? [{ layer, value }] : [];
  });
  if (first === second || equal.length < 2) return `Point at a cell to read it.`;
  const ordered = [...equal].sort((a, b) => a.value.mean - b.value.mean);
  const [least, most] = [ordered[0]!, ordered.at(-1)!];
  return `Of equal layers ${most.layer} is most alike (${formatMeasure(most.value)}), ${least.layer} least (${formatMeasure(least.value)}).`;
}
