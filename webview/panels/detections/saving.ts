/** The picture, the chart and the table as files. */
import type { SavedFile } from '../../../src/shared/protocol/panels/panelMessages';
import { createTextButton } from '../../ui/choice';
import { element } from '../../ui/element';
import { renderSvg } from '../../ui/picture';
import { classColumns, classRows } from './classTable';
import type { Shown } from './shown';

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
  const savePicture = (): void => {
    const [shown, canvas] = [current(), picture()];
    if (!shown || !canvas) return;
    const content = canvas.toDataURL('image/png').split(',')[1] ?? '';
    const name = shown.tables.truth.images.names[shown.view.image ?? 0]!.split(/[\\/]/).at(-1)!;
    save({ name: `${name.replace(/\.\w+$/, '')}-detections.png`, encoding: 'base64', content });
  };
  const saveChart = (): void => {
    const svg = chart();
    if (svg)
      save({ name: `detections-${current()?.view.tab ?? 'chart'}.svg`, encoding: 'utf8', content: renderSvg(svg) });
  };
  const saveTable = (): void => {
    const shown = current();
    if (shown) save({ name: 'detections-classes.csv', encoding: 'utf8', content: renderClassesCsv(shown) });
  };
  const saveBoxes = (): void => {
    const shown = current();
    if (shown) save({ name: 'detections-images.csv', encoding: 'utf8', content: renderImagesCsv(shown) });
  };
  const pictureButton = createTextButton('PNG', 'Save the image with its boxes as PNG', savePicture);
  const chartButton = createTextButton('SVG', 'Save the chart as SVG', saveChart);
  const node = element(
    'div',
    { class: 'saving' },
    pictureButton,
    chartButton,
    createTextButton('Classes', 'Save the table of classes as CSV', saveTable),
    createTextButton('Images', 'Save the list of the images shown as CSV', saveBoxes),
  );
  return {
    node,
    draw: ({ view }) => {
      pictureButton.hidden = !view.isLarge;
      chartButton.hidden = view.tab !== 'errors' && view.tab !== 'curves';
    },
  };
}

/** One line a class, at the thresholds of the sliders. */
export function renderClassesCsv({ tables }: Pick<Shown, 'tables'>): string {
  const columns = classColumns(tables.runs.length);
  const { names } = tables.truth.categories;
  const lines = classRows({ tables }).map((row, category) =>
    [quote(names[category]!), ...columns.map(({ value }) => numberText(value(row)))].join(','),
  );
  return [['class', ...columns.map(({ name }) => quote(name))].join(','), ...lines, ''].join('\n');
}

/** One line an image that is shown, with its errors by run. */
export function renderImagesCsv({ tables, images, runs }: Shown): string {
  const { names, ids } = tables.truth.images;
  const head = ['id', 'name', 'objects', ...runs.map(({ name }) => quote(`detections ${name}`))];
  const lines = [...images].map((image) =>
    [
      quote(String(ids[image])),
      quote(names[image]!),
      tables.objects.starts[image + 1]! - tables.objects.starts[image]!,
      ...tables.runs.map(({ byImage }) => byImage.starts[image + 1]! - byImage.starts[image]!),
    ].join(','),
  );
  return [head.join(','), ...lines, ''].join('\n');
}

function numberText(value: number): string {
  return Number.isNaN(value) ? '' : String(value);
}

function quote(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
