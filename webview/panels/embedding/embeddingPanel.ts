/** The Embedding panel: puts its parts together, keeps the view, and redraws when model, maps or view change. */
import type {
  EmbeddingIntent,
  EmbeddingModel,
  EmbeddingTab,
  EmbeddingView,
} from '../../../src/shared/protocol/panels/embeddingPanel';
import type { SelectionChange } from '../../../src/shared/protocol/panels/selection';
import {
  chooseStages,
  embeddingSource,
  followEmbedding,
  isColourOfClasses,
  type StageChoice,
} from '../../../src/shared/views/embedding/chooseMaps';
import { EmbeddingStudy } from '../../../src/shared/views/embedding/embeddingStudy';
import { lookAt } from '../../../src/shared/views/embedding/mapScale';
import { pointWeights, searchImages } from '../../../src/shared/views/embedding/pointGroups';
import { formatNumberOf } from '../../../src/shared/views/formatNumbers';
import { createAnalysisList } from '../../ui/analysisList';
import { createAnnouncer } from '../../ui/announce';
import type { PanelChannel, PanelDrawing } from '../../ui/channel';
import { element, panelRoot } from '../../ui/element';
import { createLatest } from '../../ui/engine';
import { createStartedList } from '../../ui/startedList';
import { createTabs } from '../../ui/tabs';
import { createChosenStrip } from './chosenStrip';
import { createControls } from './controls';
import { describeImage } from './describe';
import { createImageDetails } from './imageDetails';
import { createImageTip } from './imageTip';
import { createLegend } from './legend';
import { createMapKeys } from './mapKeys';
import { createMapsView } from './mapsView';
import { createReading, type ReadMaps } from './reading';
import { createSaving } from './saving';
import { composeShown, createGroups, type Shown } from './shown';
import { createStartMenu } from './startMenu';
import { createThumbnails } from './thumbnails';

type Channel = PanelChannel<EmbeddingIntent, EmbeddingView>;

interface ReadFiles extends ReadMaps {
  readonly study: EmbeddingStudy;
  readonly choice: StageChoice | undefined;
  /** That the study was made with. */
  readonly pretrainings: EmbeddingModel['pretrainings'];
}

const nothingYet =
  'There is no map of images yet. Start one with Analyse…, or write an analysis of the kind embedding below `analyses` in the experiment file.';

export function createEmbeddingPanel(channel: Channel): PanelDrawing<EmbeddingModel> {
  const announce = createAnnouncer();
  const read = createReading();
  const groups = createGroups();
  let model: EmbeddingModel | undefined;
  let files: ReadFiles | undefined;
  let shown: Shown | undefined;
  let chosen: readonly number[] = [];
  let found: readonly number[] | undefined;
  /** What others chose, until the maps that it is on are read. */
  let wanted: SelectionChange = {};
  let frame = 0;

  const current = (): Shown | undefined => shown;
  const change = (part: Partial<EmbeddingView>): void => {
    const isRecoloured = 'colour' in part && part.colour !== shown?.colour;
    channel.saveView({ ...part, ...(isRecoloured && { hidden: [], emphasised: undefined }) });
    if (model && ['seed', 'source', 'method', 'beside'].some((key) => key in part)) load(model);
    redraw();
    if ('layer' in part || 'model' in part || 'image' in part) share();
    if ('emphasised' in part && shown && isColourOfClasses(shown.colour))
      channel.select({ category: part.emphasised ?? null });
    if ('layer' in part || 'model' in part) say(shown && `${shown.main.map.model}, ${shown.main.map.layer}`);
  };
  const say = (words: string | undefined): void => void (words && announce(words));
  const look = (image: number | undefined): void => {
    if (!shown) return;
    const place = image === undefined ? undefined : shown.study.images[image]!.place;
    change({ image: place, ...(image !== undefined && { tab: 'image' as const }) });
    bringIntoView(image);
    if (image !== undefined) say(`${shown.study.images[image]!.name}: ${describeImage(shown, image)}`);
  };
  const choose = (images: readonly number[], adds: boolean): void => {
    const all = adds ? new Set([...chosen, ...images]) : new Set(images);
    chosen = [...all].sort((a, b) => a - b);
    change({ tab: chosen.length > 0 ? 'chosen' : 'image' });
    say(`${formatNumberOf(chosen.length, 'image')} chosen`);
  };
  const toggle = (image: number): void => {
    if (chosen.includes(image)) chosen = chosen.filter((one) => one !== image);
    else chosen = [...chosen, image].sort((a, b) => a - b);
    redraw();
    say(`${formatNumberOf(chosen.length, 'image')} chosen`);
  };

  const thumbnails = createThumbnails(() => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      maps.refresh();
      tip.refresh();
      drawDetails();
    });
  });
  const tip = createImageTip(thumbnails);
  const keys = createMapKeys({
    ...{ change, look, toggle, current },
    clear: () => (chosen.length > 0 ? choose([], false) : look(undefined)),
    search: () => controls.focusSearch(),
  });
  const maps = createMapsView({
    ...{ thumbnails, tip },
    onLook: (at) => {
      channel.saveView({ look: at });
      redrawMaps();
    },
    onPress: (image, own, adds) => {
      if (image !== undefined && adds) return toggle(image);
      if (shown && own !== shown.main) takeMap(own);
      look(image);
    },
    onChoose: choose,
    onKey: keys,
    onTitle: (own) => takeMap(own),
  });
  const controls = createControls({
    ...{ change, current },
    onSearch: (text) => {
      found = text.trim() === '' || !shown ? undefined : searchImages(shown.study, text);
      redraw();
    },
    onNext: () => {
      if (!shown || !found?.length) return;
      const { image } = shown;
      look(found[(image === undefined ? 0 : found.indexOf(image) + 1) % found.length]);
    },
  });
  const legend = createLegend(change, () => {
    const weights = shown?.main.weights;
    if (weights)
      choose(
        [...weights.keys()].filter((image) => weights[image] === pointWeights.full),
        false,
      );
  });
  const saving = createSaving({ current, maps: () => maps.drawn(), save: channel.save });
  const details = createImageDetails({ thumbnails, send: channel.send, onLook: look });
  const strip = createChosenStrip({
    ...{ thumbnails, onLook: (image) => change({ image: shown?.study.images[image]!.place }) },
    ...{ onClear: () => choose([], false), onSave: saving.saveCsv },
  });
  const analyses = createAnalysisList(channel.send);
  const started = createStartedList(channel.send);
  const menu = createStartMenu(channel.send);
  const tabs = createTabs('Details', 'embedding-details', (tab) => change({ tab: tab as EmbeddingTab }));
  const panel = element('div', { id: 'embedding-details', role: 'tabpanel' });
  const title = element('h1');
  const about = element('p', { class: 'quiet about' });
  const head = element('header', {}, element('div', { class: 'head-words' }, title, about), menu.node);
  const stale = element('p', { class: 'hint', role: 'note', hidden: true });
  const status = element('p', { class: 'status', role: 'note' }, 'Reading the maps …');
  const side = element('div', { class: 'side' }, saving.node, legend.node, tabs.node, panel);
  const picture = element('section', { class: 'pictures', 'aria-label': 'Maps' }, maps.node);
  const columns = element('div', { class: 'columns', hidden: true }, picture, side);
  controls.node.hidden = true;
  panelRoot().append(head, stale, started.node, status, controls.node, columns, tip.node);

  const load = createLatest(async (next: EmbeddingModel) => {
    try {
      const choice = chooseStages(next, channel.view);
      const result = await read(next, choice?.stages ?? []);
      const { pretrainings } = next;
      const isSame = files && sameStages(files.read, result.read);
      const isKept = isSame && JSON.stringify(files!.pretrainings) === JSON.stringify(pretrainings);
      const study = isKept ? files!.study : new EmbeddingStudy(next, result.read);
      // Numbers of images mean others in a study of other stages.
      if (!isSame) [chosen, found] = [[], undefined];
      files = { ...result, study, choice, pretrainings };
      redraw();
    } catch (error) {
      showStatus(error instanceof Error ? error.message : String(error), true);
    }
  });
  return {
    draw: (next) => {
      const isNew =
        JSON.stringify([next.stages, next.pretrainings]) !==
        JSON.stringify(model && [model.stages, model.pretrainings]);
      model = next;
      title.textContent = next.title;
      title.title = next.title;
      about.textContent = next.about;
      stale.hidden = next.stale === undefined;
      stale.textContent = next.stale ?? '';
      started.draw(next.started);
      if (isNew) load(next);
      redraw();
    },
    follow: (news) => {
      wanted = { ...wanted, ...news };
      redraw();
      if (news.image) bringIntoView(shown?.image);
    },
    fail: (message) => showStatus(message, true),
  };

  function showStatus(message: string, isProblem: boolean): void {
    status.hidden = false;
    status.classList.toggle('problem', isProblem);
    status.textContent = message;
  }

  function redraw(): void {
    if (!model) return;
    follow();
    compose();
    menu.draw(model, channel.view.seed);
    if (!files) return;
    controls.node.hidden = !shown;
    picture.hidden = !shown;
    legend.node.hidden = !shown;
    saving.node.hidden = !shown;
    columns.hidden = model.stages.length === 0;
    const problem = model.stages.length > 0 ? files.problems[0] : undefined;
    if (!shown) showStatus(problem ?? nothingYet, problem !== undefined);
    else status.hidden = true;
    if (shown) {
      controls.draw(shown);
      legend.draw(shown);
      maps.draw(shown);
    }
    drawDetails();
  }

  /** Only the look has changed: nothing but the maps is to be drawn. */
  function redrawMaps(): void {
    if (!shown) return;
    shown = { ...shown, view: channel.view };
    maps.draw(shown);
  }

  function compose(): void {
    if (!model || !files?.choice) return void (shown = undefined);
    const { study, choice } = files;
    shown = composeShown({ model, view: channel.view, study, choice, chosen, found, groupsOf: groups(study) });
  }

  function drawDetails(): void {
    if (!model || !files) return;
    const all = [
      ...(shown ? [{ id: 'image', label: 'Image', title: 'The image that is looked at' }] : []),
      ...(shown ? [{ id: 'chosen', label: `Chosen (${chosen.length})`, title: 'Images that were drawn around' }] : []),
      { id: 'analyses', label: 'Analyses', title: 'Where the maps come from' },
    ];
    const tab = all.find(({ id }) => id === channel.view.tab)?.id ?? all[0]!.id;
    tabs.draw(all, tab);
    const part = tab === 'image' ? details : tab === 'chosen' ? strip : analyses;
    if (panel.firstChild !== part.node) panel.replaceChildren(part.node);
    if (shown && tab === 'image') details.draw(shown);
    if (shown && tab === 'chosen') strip.draw(shown);
    if (tab === 'analyses') analyses.draw(model, files.problems);
  }

  function takeMap({ map }: Shown['main']): void {
    change({ model: map.model, layer: map.layer, seed: map.seed });
  }

  /** Puts an image into the middle that is out of sight. */
  function bringIntoView(image: number | undefined): void {
    const picture = maps.drawn()[0]?.picture;
    if (!shown || image === undefined || !picture) return;
    const { at } = shown.main.map;
    const { scale, size } = picture;
    const [x, y] = [at[2 * image]!, at[2 * image + 1]!];
    const [px, py] = [x * scale.scale + scale.x, y * scale.scale + scale.y];
    if (Number.isNaN(x) || (px > 0 && py > 0 && px < size.width && py < size.height)) return;
    channel.saveView({ look: lookAt(shown.view.look, maps.bounds(), [x, y]) });
    redrawMaps();
  }

  /** Another panel may have chosen a pretraining, a layer, a class or an image, which may be on maps that are still to be read. */
  function follow(): void {
    if (!model || !files?.choice) return;
    const { image, ...rest } = wanted;
    const source = image && embeddingSource(image);
    const isElsewhere = source && source !== files.choice.source;
    if (isElsewhere && model.stages.some((stage) => embeddingSource(stage) === source)) {
      wanted = { image };
      if (channel.view.source !== source) {
        channel.saveView({ source });
        load(model);
      }
    } else wanted = {};
    const part = followEmbedding(files.study, channel.view, { ...rest, ...(image && { image }) });
    if (part) channel.saveView(part);
  }

  function share(): void {
    if (!shown) return;
    const { map } = shown.main;
    const { data, split } = map.stage;
    const image = shown.image === undefined ? undefined : shown.study.images[shown.image]!;
    channel.select({
      ...{ pretraining: map.model, layer: map.layer },
      ...(image && { image: { data, split, name: image.name } }),
    });
  }
}

function sameStages(a: ReadMaps['read'], b: ReadMaps['read']): boolean {
  return a.length === b.length && a.every(({ results }, i) => results === b[i]!.results);
}
