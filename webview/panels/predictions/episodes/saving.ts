/** The chart and the tables as files. */
import type { SavedFile } from '../../../../src/shared/protocol/panels/panelMessages';
import { csvText } from '../../../../src/shared/formats/csvText';
import { listEpisode } from '../../../../src/shared/views/predictions/episodeFigures';
import { createTextButton } from '../../../ui/choice';
import { element } from '../../../ui/element';
import { renderPng, renderSvg } from '../../../ui/picture';
import type { Shown } from './shown';

export interface SavingOptions {
  readonly current: () => Shown | undefined;
  readonly chart: () => SVGSVGElement;
  readonly save: (file: SavedFile) => void;
}

export function createSaving({ current, chart, save }: SavingOptions): HTMLElement {
  const saveText = (name: string, content: (shown: Shown) => string) => (): void => {
    const shown = current();
    if (shown) save({ name, encoding: 'utf8', content: content(shown) });
  };
  const savePng = async (): Promise<void> =>
    save({ name: 'episodes.png', encoding: 'base64', content: await renderPng(chart()) });
  return element(
    'div',
    { class: 'saving' },
    createTextButton('PNG', 'Save the chart as PNG', () => void savePng()),
    createTextButton(
      'SVG',
      'Save the chart as SVG',
      saveText('episodes.svg', () => renderSvg(chart())),
    ),
    createTextButton('Episodes', 'Save the accuracy of every episode as CSV', saveText('episodes.csv', episodesCsv)),
    createTextButton('Queries', 'Save the queries of this episode as CSV', saveText('episode-queries.csv', queriesCsv)),
  );
}

function episodesCsv({ results }: Shown): string {
  const lines = Array.from({ length: results.index.episodes }, (_, episode) => [
    episode + 1,
    ...results.layers.map(({ accuracy }) => accuracy[episode]!),
  ]);
  return csvText([['episode', ...results.layers.map(({ layer }) => layer)], ...lines]);
}

function queriesCsv({ results, layer, view }: Shown): string {
  const classes = listEpisode(results, layer, view.episodes.episode);
  const lines = classes.flatMap(({ queries }) =>
    queries.map(({ picture, truth, predicted }) => [
      ...[results.index.pictures[picture]!.name, classes[truth]!.name, classes[predicted]!.name],
      Number(truth === predicted),
    ]),
  );
  return csvText([['picture', 'truth', 'predicted', 'is right'], ...lines]);
}
