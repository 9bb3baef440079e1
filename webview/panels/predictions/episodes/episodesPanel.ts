/** The episode browser: reads what the stage left, keeps the view, redraws what a change needs. */
import type {
  EpisodesLook,
  PredictionsIntent,
  PredictionsModel,
  PredictionsView,
} from '../../../../src/shared/protocol/panels/predictionsPanel';
import type { SelectionChange } from '../../../../src/shared/protocol/panels/selection';
import { formatShare } from '../../../../src/shared/views/formatNumbers';
import { runOfPretraining } from '../../../../src/shared/views/selection/shownStages';
import type { Announce } from '../../../ui/announce';
import type { PanelChannel, PanelDrawing } from '../../../ui/channel';
import { chosenRuns } from '../../../ui/comparison';
import { createLatest } from '../../../ui/engine';
import { listenForFigureLinks } from '../../../ui/figureLinks';
import { createControls } from './controls';
import { createEpisodeView } from './episodeView';
import { createFigures } from './figures';
import { followEpisodes, selectionOfLook } from './following';
import { createPage } from './page';
import { createQueryDetails } from './queryDetails';
import { createReading, type ReadEpisodes } from './reading';
import { createSaving } from './saving';
import { composeShown, type Shown } from './shown';
import { createThumbnails } from './thumbnails';

type Channel = PanelChannel<PredictionsIntent, PredictionsView>;

export function createEpisodesPanel(channel: Channel, announce: Announce): PanelDrawing<PredictionsModel> {
  let model: PredictionsModel | undefined;
  let read: ReadEpisodes | undefined;
  let shown: Shown | undefined;
  /** What others chose, until there is something to find it in. */
  let wanted: SelectionChange = {};

  const thumbnails = createThumbnails();
  const controls = createControls(look, lookAtRun);
  const episode = createEpisodeView(look, thumbnails);
  const details = createQueryDetails(thumbnails);
  const figures = createFigures(look);
  const saving = createSaving({ current: () => shown, chart: figures.chart, save: channel.save });
  listenForFigureLinks(figures.node, {
    send: channel.send,
    shown: () => model && { transfer: model.transfer, runs: read ? [read.run] : [] },
    showAll: () => look({ onlyWrong: false, order: 'drawn' }),
  });
  const side = [saving, figures.node, details.node];
  const page = createPage({ controls: controls.node, episode: episode.node, side });
  const readRun = createReading();
  const load = createLatest(async (next: PredictionsModel) => {
    try {
      read = await readRun(next, chosenRuns(next, channel.view).at(-1)!);
      redraw();
      follow();
    } catch (error) {
      page.fail(error instanceof Error ? error.message : String(error));
    }
  });
  return {
    draw: (next) => {
      const isNew = JSON.stringify(next) !== JSON.stringify(model);
      model = next;
      page.drawHead(next);
      if (isNew) load(next);
    },
    follow: (news) => {
      wanted = { ...wanted, ...news };
      follow();
    },
    fail: page.fail,
  };

  function keep(part: Partial<EpisodesLook>): void {
    channel.saveView({ episodes: { ...channel.view.episodes, ...part } });
    redraw();
  }

  function look(part: Partial<EpisodesLook>): void {
    keep(part);
    if (!shown) return;
    if (model) channel.select(selectionOfLook(model, shown, part));
    if (part.episode !== undefined)
      announce(`Episode ${part.episode + 1}, accuracy ${formatShare(shown.layer.accuracy[part.episode]!)} %`);
  }

  function lookAtRun(other: string): void {
    channel.saveView({ other });
    if (!model) return;
    load(model);
    const id = [...model.runs, ...model.others].find((run) => run.id === other)?.pretraining;
    if (id !== undefined) channel.select({ pretraining: id, transfer: model.transfer });
  }

  /** Another panel may have chosen a pretraining, a layer or an image. */
  function follow(): void {
    if (!model || !shown || Object.keys(wanted).length === 0) return;
    const { run } = shown;
    const { pretraining, ...news } = wanted;
    wanted = {};
    const part = followEpisodes(model, shown, news);
    if (Object.keys(part).length > 0) keep(part);
    const runs = [...model.runs, ...model.others];
    const other = pretraining ? runOfPretraining([run], runs, pretraining) : undefined;
    if (other === undefined) return;
    channel.saveView({ other });
    load(model);
  }

  function redraw(): void {
    if (!model || !read) return;
    shown = composeShown(read, channel.view);
    page.draw(model, shown);
    controls.draw(shown, model);
    for (const part of [episode, figures, details]) part.draw(shown);
  }
}
