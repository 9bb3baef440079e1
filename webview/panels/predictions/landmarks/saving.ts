/** The picture, the chart and the tables as files. */
import { csvText } from '../../../../src/shared/formats/csvText';
import { createTextButton } from '../../../ui/choice';
import { runLetter } from '../../../ui/comparison';
import { element } from '../../../ui/element';
import { renderSvg } from '../../../ui/picture';
import type { TaskFrame, TaskPart } from '../imageTask';
import { canvasPng, numberField } from '../savedFields';
import type { Shown } from './shown';

export interface SavingOptions {
  readonly picture: () => HTMLCanvasElement | undefined;
  readonly chart: () => SVGSVGElement;
}

export function createSaving(
  { current, save }: Pick<TaskFrame<Shown>, 'current' | 'save'>,
  { picture, chart }: SavingOptions,
): TaskPart<Shown> {
  const withShown = (act: (shown: Shown) => void) => (): void => {
    const shown = current();
    if (shown) act(shown);
  };
  const png = createTextButton(
    'PNG',
    'Save the image with its landmarks as PNG',
    withShown(({ figures, view }) => {
      const canvas = picture();
      if (canvas) save(canvasPng(canvas, figures[0]!.file.examples[view.image ?? 0]!.name, 'landmarks'));
    }),
  );
  const svg = createTextButton('SVG', 'Save the chart as SVG', () =>
    save({ name: 'landmarks.svg', encoding: 'utf8', content: renderSvg(chart()) }),
  );
  const text = (name: string, content: string): void => save({ name, encoding: 'utf8', content });
  const node = element(
    'div',
    { class: 'saving' },
    png,
    svg,
    createTextButton(
      'Landmarks',
      'Save the errors of each landmark as CSV',
      withShown((shown) => text('landmarks.csv', landmarksCsv(shown))),
    ),
    createTextButton(
      'Images',
      'Save the errors of the images shown as CSV',
      withShown((shown) => text('landmark-images.csv', imagesCsv(shown))),
    ),
  );
  return { node, draw: ({ view }) => void (png.hidden = !view.isLarge) };
}

function errorHeads({ figures }: Shown): string[] {
  return figures.map((_, run) => (figures.length > 1 ? `error ${runLetter(run)}` : 'error'));
}

function landmarksCsv(shown: Shown): string {
  const { figures } = shown;
  const lines = figures[0]!.file.landmarks.names.map((name, k) => [
    name,
    ...figures.map(({ errors }) => numberField(errors.perLandmark[k]!)),
  ]);
  return csvText([['landmark', ...errorHeads(shown)], ...lines]);
}

/** The mean of each image, then every landmark of the first run. */
function imagesCsv(shown: Shown): string {
  const { figures, images } = shown;
  const { examples, landmarks } = figures[0]!.file;
  const lines = [...images].map((example) => [
    examples[example]!.name,
    ...figures.map(({ errors }) => numberField(errors.perExample[example]!)),
    ...landmarks.names.map((_, k) => numberField(figures[0]!.pointErrors[example * landmarks.names.length + k]!)),
  ]);
  return csvText([['image', ...errorHeads(shown), ...landmarks.names], ...lines]);
}
