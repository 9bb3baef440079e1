/** Which class is taken for which: as a matrix, and as a list, most pixels first; a cell pressed shows its images. */
import type { SegmentationLook } from '../../../../src/shared/protocol/panels/predictionsPanel';
import { listConfusedPairs } from '../../../../src/shared/views/predictions/segmentationFigures';
import { formatCount, formatShare } from '../../../../src/shared/views/formatNumbers';
import { createConfusionMatrix } from '../../../charts/confusionMatrix';
import { runLetter } from '../../../ui/comparison';
import { element } from '../../../ui/element';
import type { Shown } from './shown';

export interface Confusion {
  readonly node: HTMLElement;
  draw(shown: Shown, width: number): void;
  chart(): SVGSVGElement;
}

const MOST_ROWS = 60;

export function createConfusion(look: (part: Partial<SegmentationLook>) => void): Confusion {
  const place = element('div', { class: 'matrix-place' });
  const reading = element('p', { class: 'quiet note', 'aria-live': 'polite' });
  const table = element('table', { class: 'confusion' });
  const note = element('p', { class: 'quiet note' });
  const scrolled = element(
    'div',
    { class: 'scrolled', tabindex: 0, role: 'region', 'aria-label': 'Confusions' },
    table,
  );
  let shown: Shown | undefined;
  const press = (truth: string, predicted: string): void => {
    const now = shown?.view.segmentation.cell;
    const isOn = now?.truth === truth && now.predicted === predicted;
    // Where the two differ is what one wants to see then.
    look({ cell: isOn ? undefined : { truth, predicted }, category: '', ...(!isOn && { part: 'difference' }) });
  };
  const describe = (truth: number, predicted: number): string => {
    const { classes } = shown!.figures[0]!.index;
    const { confusion, scores } = shown!.figures[drawnRun(shown!)]!;
    const pixels = confusion[truth * classes.length + predicted]!;
    const share = formatShare(pixels / scores.pixels[truth]!);
    const what = truth === predicted ? 'recognised' : `taken for ${classes[predicted]}`;
    return `${classes[truth]} ${what}: ${formatCount(pixels)} pixels, ${share} % of its own`;
  };
  const matrix = createConfusionMatrix(place, {
    onRead: (cell) => (reading.textContent = cell ? describe(cell.row, cell.column) : ''),
    onChoose: ({ row, column }) => {
      const { classes } = shown!.figures[0]!.index;
      press(classes[row]!, classes[column]!);
    },
  });
  table.addEventListener('click', ({ target }) => {
    const { truth, predicted } = (target as Element).closest<HTMLElement>('button')?.dataset ?? {};
    if (truth !== undefined && predicted !== undefined) press(truth, predicted);
  });
  return {
    node: element('div', {}, place, reading, scrolled, note),
    chart: () => matrix.node,
    draw: (next, width) => {
      shown = next;
      const { classes } = next.figures[0]!.index;
      const { cell } = next.view.segmentation;
      const { confusion, scores } = next.figures[drawnRun(next)]!;
      matrix.update(
        {
          names: classes,
          shares: Float64Array.from(confusion, (pixels, i) => pixels / scores.pixels[Math.floor(i / classes.length)]!),
          sizes: scores.pixels,
          ...(cell && { chosen: { row: classes.indexOf(cell.truth), column: classes.indexOf(cell.predicted) } }),
        },
        width,
      );
      drawList(table, next);
      const of = next.runs.length > 1 ? ` of ${runLetter(drawnRun(next))}` : '';
      note.textContent = `Matrix${of}: rows are the truth, columns the prediction, darker is a larger share of the row. Press a cell or a line to see its images.`;
    },
  };
}

/** Whose matrix is drawn. */
function drawnRun({ runs, view }: Shown): number {
  return runs.length > 1 && view.layout === 'second' ? 1 : 0;
}

function drawList(table: HTMLElement, { figures, runs, view }: Shown): void {
  const { classes } = figures[0]!.index;
  const counts = runs.map((_, run) => (runs.length > 1 ? runLetter(run) : 'pixels'));
  const head = element(
    'tr',
    {},
    element('th', { scope: 'col' }, 'truth'),
    element('th', { scope: 'col' }, 'taken for'),
    ...counts.map((name) => element('th', { scope: 'col', class: 'number' }, name)),
  );
  const lines = listConfusedPairs(figures)
    .slice(0, MOST_ROWS)
    .map(({ truth, predicted, pixels }) => {
      const [from, to] = [classes[truth]!, classes[predicted]!];
      const { cell } = view.segmentation;
      const isChosen = cell?.truth === from && cell.predicted === to;
      const title = `${from} taken for ${to}`;
      const button = element(
        'button',
        {
          ...{ type: 'button', class: 'plain link', title, 'aria-label': title, 'aria-pressed': isChosen },
          ...{ 'data-truth': from, 'data-predicted': to },
        },
        from,
      );
      const cells = pixels.map((count) => element('td', { class: 'number' }, formatCount(count)));
      const row = { class: isChosen ? 'is-chosen' : undefined };
      return element('tr', row, element('th', { scope: 'row' }, button), element('td', {}, to), ...cells);
    });
  table.replaceChildren(element('thead', {}, head), element('tbody', {}, ...lines));
}
