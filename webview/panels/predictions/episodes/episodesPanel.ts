/** The episode browser: reads what the stage left, keeps the view, redraws what a change needs. */
import type {
  EpisodesLook,
  PredictionsIntent,
  PredictionsModel,
  PredictionsRun,
  PredictionsView,
} from '../../../../src/shared/protocol/panels/predictionsPanel';
import {
  decodeEpisodes,
  EPISODE_ARRAYS_FILE,
  EPISODES_FILE,
  type EpisodeResults,
} from '../../../../src/shared/results/episodes';
import { placeOnSheet, sheetLayout, sheetName } from '../../../../src/shared/results/sceneSheets';
import type { SelectionChange } from '../../../../src/shared/protocol/panels/selection';
import { chosenLayer, findQuery, orderEpisodes } from '../../../../src/shared/views/predictions/episodeFigures';
import { runOfPretraining } from '../../../../src/shared/views/selection/shownStages';
import { formatNumberOf, formatShare } from '../../../../src/shared/views/formatNumbers';
import type { Announce } from '../../../ui/announce';
import type { PanelChannel, PanelDrawing } from '../../../ui/channel';
import { createChoice, createToggle } from '../../../ui/choice';
import { chosenRuns } from '../../../ui/comparison';
import { element, panelRoot } from '../../../ui/element';
import { createLatest, fetchOf } from '../../../ui/engine';
import { listenForFigureLinks } from '../../../ui/figureLinks';
import { createPictures, fileUrl, type PictureSource, type PictureStore } from '../../../ui/pictures';
import { createEpisodeView } from './episodeView';
import { createFigures } from './figures';
import { createQueryDetails } from './queryDetails';
import { createSaving } from './saving';
import type { Shown } from './shown';
import { createThumbnails } from './thumbnails';

type Channel = PanelChannel<PredictionsIntent, PredictionsView>;

interface Read {
  readonly run: PredictionsRun;
  readonly results: EpisodeResults;
  readonly pictures: PictureStore;
}

export function createEpisodesPanel(channel: Channel, announce: Announce): PanelDrawing<PredictionsModel> {
  let model: PredictionsModel | undefined;
  let read: Read | undefined;
  let shown: Shown | undefined;
  /** What others chose, until there is something to find it in. */
  let wanted: SelectionChange = {};

  const look = (part: Partial<EpisodesLook>): void => {
    channel.saveView({ episodes: { ...channel.view.episodes, ...part } });
    redraw();
    share(part);
    if (part.episode !== undefined && shown)
      announce(`Episode ${part.episode + 1}, accuracy ${formatShare(shown.layer.accuracy[part.episode]!)} %`);
  };
  const title = element('h1');
  const about = element('p', { class: 'quiet about' });
  const status = element('p', { class: 'status', role: 'note' }, 'Reading the episodes …');
  const note = element('p', { class: 'quiet note' });
  const pretraining = createChoice('Pretraining', (other) => {
    channel.saveView({ other });
    if (!model) return;
    load(model);
    const id = [...model.runs, ...model.others].find((run) => run.id === other)?.pretraining;
    if (id !== undefined) channel.select({ pretraining: id, transfer: model.transfer });
  });
  const layer = createChoice('Layer', (value) => look({ layer: value }));
  const order = createChoice('Order', (value) => look({ order: value as EpisodesLook['order'] }));
  const onlyWrong = createToggle('Only wrong ones', (isOn) => look({ onlyWrong: isOn }));
  const controls = element('div', { class: 'toolbar', role: 'group', 'aria-label': 'Episodes' });
  controls.append(pretraining.node, layer.node, order.node, onlyWrong.node);
  const thumbnails = createThumbnails();
  const episode = createEpisodeView(look, thumbnails);
  const details = createQueryDetails(thumbnails);
  const figures = createFigures(look);
  const saving = createSaving({ current: () => shown, chart: figures.chart, save: channel.save });
  listenForFigureLinks(figures.node, {
    send: channel.send,
    shown: () => model && { transfer: model.transfer, runs: read ? [read.run] : [] },
    showAll: () => look({ onlyWrong: false, order: 'drawn' }),
  });
  const side = element('div', { class: 'side' }, saving, figures.node, details.node);
  const columns = element('div', { class: 'columns' }, episode.node, side);
  panelRoot().append(element('header', {}, title, about), status, controls, columns, note);
  controls.hidden = true;
  columns.hidden = true;
  note.hidden = true;

  const readRun = createReader();
  const load = createLatest(async (next: PredictionsModel) => {
    try {
      read = await readRun(next, chosenRuns(next, channel.view).at(-1)!);
      redraw();
      follow();
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  });
  return {
    draw: (next) => {
      const isNew = JSON.stringify(next) !== JSON.stringify(model);
      model = next;
      title.textContent = next.title;
      about.textContent = next.about;
      note.textContent = next.missing ?? '';
      note.hidden = next.missing === undefined;
      if (isNew) load(next);
    },
    follow: (news) => {
      wanted = { ...wanted, ...news };
      follow();
    },
    fail: say,
  };

  /** Another panel may have chosen a pretraining, a layer or an image. */
  function follow(): void {
    if (!model || !shown || Object.keys(wanted).length === 0) return;
    const { pretraining, layer: name, image } = wanted;
    wanted = {};
    const { results, run, view } = shown;
    const data = model.images?.data;
    const query = image && image.data === data ? findQuery(results, image, view.episodes.episode) : undefined;
    const hasLayer = name && results.layers.some((one) => one.layer === name);
    const part = { ...(hasLayer && { layer: name }), ...query };
    if (Object.keys(part).length > 0) {
      channel.saveView({ episodes: { ...view.episodes, ...part } });
      redraw();
    }
    const runs = [...model.runs, ...model.others];
    const other = pretraining ? runOfPretraining([run], runs, pretraining) : undefined;
    if (other === undefined) return;
    channel.saveView({ other });
    load(model);
  }

  function share({ layer: name, query }: Partial<EpisodesLook>): void {
    if (!model || !shown) return;
    const { results, view } = shown;
    const { ways, queries, pictures } = results.index;
    const at = query === undefined ? undefined : results.query[view.episodes.episode * ways * queries + query];
    const picture = at === undefined ? undefined : pictures[at];
    const data = model.images?.data;
    channel.select({
      ...(name && { layer: name }),
      ...(picture &&
        data !== undefined && {
          image: { data, split: picture.split, name: picture.name },
        }),
    });
  }

  function say(message: string): void {
    status.hidden = false;
    status.classList.add('problem');
    status.textContent = message;
  }

  function redraw(): void {
    if (!model || !read) return;
    const { results, run } = read;
    const view = knownView(channel.view, results);
    const found = chosenLayer(results, view.episodes.layer);
    shown = { ...read, view, layer: found, episodes: orderEpisodes(found, view.episodes.order) };
    status.hidden = true;
    controls.hidden = false;
    columns.hidden = false;
    const runs = [model.runs[0]!, ...model.others];
    pretraining.draw(
      runs.map(({ id, name }) => ({ value: id, label: name })),
      run.id,
    );
    pretraining.node.hidden = runs.length < 2;
    layer.draw(
      results.layers.map((one) => ({ value: one.layer, label: one.layer })),
      found.layer,
    );
    order.draw(
      [
        { value: 'drawn', label: 'as drawn' },
        { value: 'worst', label: 'lowest accuracy' },
        { value: 'best', label: 'highest accuracy' },
      ],
      view.episodes.order,
    );
    onlyWrong.draw(view.episodes.onlyWrong);
    about.textContent = `${model.about}, ${formatNumberOf(results.index.episodes, 'episode')}`;
    episode.draw(shown);
    figures.draw(shown);
    details.draw(shown);
  }
}

/** What is kept may name an episode that is not there any more. */
function knownView(view: PredictionsView, { index }: EpisodeResults): PredictionsView {
  const { episode } = view.episodes;
  return episode < index.episodes ? view : { ...view, episodes: { ...view.episodes, episode: 0, query: undefined } };
}

/** Reads what has not been read. */
function createReader(): (model: PredictionsModel, run: PredictionsRun) => Promise<Read> {
  const known = new Map<string, Read>();
  const bytesOf = async (url: string): Promise<Uint8Array> => new Uint8Array(await (await fetchOf(url)).arrayBuffer());
  return async (model, run) => {
    const key = JSON.stringify([run.folder, model.pictures]);
    const found = known.get(key);
    if (found) return { ...found, run };
    const [json, arrays] = await Promise.all([
      bytesOf(`${run.folder}/${EPISODES_FILE}`),
      bytesOf(`${run.folder}/${EPISODE_ARRAYS_FILE}`),
    ]);
    const results = decodeEpisodes(json, arrays);
    const read = { run, results, pictures: createPictures(pictureSource(model, run, results)) };
    known.set(key, read);
    return read;
  };
}

function pictureSource(model: PredictionsModel, { folder }: PredictionsRun, { index }: EpisodeResults): PictureSource {
  const { pictures, pictureSize: side } = index;
  if (side === undefined)
    return (picture) =>
      model.pictures === undefined
        ? undefined
        : { url: fileUrl(model.pictures, pictures[picture]!.name), width: 0, height: 0 };
  const layout = sheetLayout(pictures.length, side);
  return (picture) => {
    const { sheet, ...onSheet } = placeOnSheet(picture, layout, side);
    return { url: `${folder}/${sheetName(sheet)}`, width: side, height: side, onSheet };
  };
}
