/** The picture, the matrix and the tables as files. */
import type { SavedFile } from '../../../../src/shared/protocol/panels/panelMessages';
import { csvText } from '../../../../src/shared/formats/csvText';
import { wrongShare } from '../../../../src/shared/views/predictions/segmentationFigures';
import { createTextButton } from '../../../ui/choice';
import { runLetter } from '../../../ui/comparison';
import { element } from '../../../ui/element';
import { renderSvg } from '../../../ui/picture';
import { canvasPng, numberField } from '../savedFields';
import { classColumns } from './classTable';
import { imageOf, type Shown } from './shown';

export interface SavingOptions {
  readonly current: () => Shown | undefined;
  readonly picture: () => HTMLCanvasElement | undefined;
  readonly chart: () => SVGSVGElement | undefined;
  readonly save: (file: SavedFile) => void;
}

export interface Saving {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
}

export function createSaving({ current, picture, chart, save }: SavingOptions): Saving {
  const withShown = (act: (shown: Shown) => void) => (): void => {
    const shown = current();
    if (shown) act(shown);
  };
  const png = createTextButton(
    'PNG',
    'Save the image with its labels as PNG',
    withShown((shown) => {
      const canvas = picture();
      const { name } = imageOf(shown, shown.view.image ?? 0);
      if (canvas) save(canvasPng(canvas, name, 'labels'));
    }),
  );
  const svg = createTextButton('SVG', 'Save the matrix as SVG', () => {
    const drawn = chart();
    if (drawn) save({ name: 'confusion.svg', encoding: 'utf8', content: renderSvg(drawn) });
  });
  const text = (name: string, content: string): void => save({ name, encoding: 'utf8', content });
  const node = element(
    'div',
    { class: 'saving' },
    png,
    svg,
    createTextButton(
      'Classes',
      'Save the table of classes as CSV',
      withShown((shown) => text('segmentation-classes.csv', classesCsv(shown))),
    ),
    createTextButton(
      'Confusion',
      'Save the confusion matrix as CSV, in pixels',
      withShown((shown) => text('segmentation-confusion.csv', confusionCsv(shown))),
    ),
    createTextButton(
      'Images',
      'Save the list of the images shown as CSV',
      withShown((shown) => text('segmentation-images.csv', imagesCsv(shown))),
    ),
  );
  return {
    node,
    draw: ({ view }) => {
      png.hidden = !view.isLarge;
      svg.hidden = view.segmentation.tab !== 'confusion';
    },
  };
}

function classesCsv(shown: Shown): string {
  const columns = classColumns(shown);
  const lines = shown.figures[0]!.index.classes.map((name, k) => [
    name,
    ...columns.map(({ value }) => numberField(value(k))),
  ]);
  return csvText([['class', ...columns.map(({ name }) => name)], ...lines]);
}

/** Of each run below the other, rows the truth. */
function confusionCsv({ figures, runs }: Shown): string {
  const { classes } = figures[0]!.index;
  const lines = figures.flatMap(({ confusion }, run) =>
    classes.map((name, k) => [
      ...(runs.length > 1 ? [runLetter(run)] : []),
      name,
      ...confusion.subarray(k * classes.length, (k + 1) * classes.length),
    ]),
  );
  return csvText([[...(runs.length > 1 ? ['run'] : []), 'truth', ...classes], ...lines]);
}

function imagesCsv(shown: Shown): string {
  const { figures, images } = shown;
  const heads = figures.map((_, run) => (figures.length > 1 ? `wrong ${runLetter(run)}` : 'wrong'));
  const lines = [...images].map((image) => [
    imageOf(shown, image).name,
    figures[0]!.judged[image]!,
    ...figures.map((run) => numberField(wrongShare(run, image))),
  ]);
  return csvText([['image', 'judged pixels', ...heads], ...lines]);
}
