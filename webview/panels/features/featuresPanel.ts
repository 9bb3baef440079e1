/** The Features panel: puts its parts together, keeps the view, and redraws when model, files or view change. */
import type {
  FeaturesIntent,
  FeaturesModel,
  FeaturesTab,
  FeaturesView,
} from '../../../src/shared/protocol/panels/featuresPanel';
import { showNames } from '../../../src/shared/views/features/featuresCells';
import type { SelectionChange } from '../../../src/shared/protocol/panels/selection';
import { createFeaturesGrid, followSelection, type CellPlace } from '../../../src/shared/views/features/featuresGrid';
import { FeaturesStudy, selectFeaturesStages, sourceKey } from '../../../src/shared/views/features/featuresStudy';
import { createAnalysisList } from '../../ui/analysisList';
import { createAnalysisMenu } from '../../ui/analysisMenu';
import { createAnnouncer } from '../../ui/announce';
import type { PanelChannel, PanelDrawing } from '../../ui/channel';
import { element, panelRoot } from '../../ui/element';
import { createLatest } from '../../ui/engine';
import { createStartedList } from '../../ui/startedList';
import { createTabs, type Tab } from '../../ui/tabs';
import { createChannels } from './channels';
import { createControls } from './controls';
import { createDistances } from './distances';
import { createGridView } from './gridView';
import { createMatching } from './matching';
import { prefetch } from './prefetch';
import { createReading, type ReadStages } from './reading';
import { createSaving } from './saving';
import type { Shown } from './shown';
import { createWishes } from './wishes';

type Channel = PanelChannel<FeaturesIntent, FeaturesView>;

export function createFeaturesPanel(channel: Channel): PanelDrawing<FeaturesModel> {
  const announce = createAnnouncer();
  const reading = createReading();
  let model: FeaturesModel | undefined;
  let read: ReadStages | undefined;
  let study: FeaturesStudy | undefined;
  let shown: Shown | undefined;
  /** What others chose, until the files that it is in are read. */
  let wanted: SelectionChange = {};
  /** What was fetched ahead for. */
  let fetched = '';

  const change = (part: Partial<FeaturesView>): void => {
    channel.saveView(part);
    if (model && ('seed' in part || 'source' in part)) load(model);
    redraw();
    if ('layer' in part || 'iteration' in part || 'show' in part) sayLook();
    if (!('source' in part) && ('layer' in part || 'model' in part || 'image' in part)) share();
  };
  const current = (): Shown | undefined => shown;
  const matching = createMatching((words) => {
    found.textContent = words;
    grid.refresh();
  });
  const grid = createGridView({
    onLook: (row, column) => shown && look(shown.grid.place(row, column)),
    onPoint: (point) => {
      if (!shown) return;
      const place = point && shown.grid.place(point.row, point.column);
      matching.ask(shown, place && { place, x: point.x, y: point.y });
    },
    markOf: (place) => shown && matching.markOf(shown, place),
    onWhole: (places) => {
      const key = shown && JSON.stringify([shown.view, places.length, places[0]?.image.key]);
      if (!shown || key === fetched) return;
      fetched = key ?? '';
      prefetch(shown, places);
    },
    onKey: (event) => onKey(event),
  });
  const controls = createControls(change, current);
  const distances = createDistances(change);
  const channels = createChannels(change);
  const wishes = createWishes(change);
  const analyses = createAnalysisList(channel.send);
  const menu = createAnalysisMenu(channel.send);
  const started = createStartedList(channel.send);
  const tabs = createTabs('Details', 'features-details', (tab) => change({ tab: tab as FeaturesTab }));
  const details = element('div', { id: 'features-details', role: 'tabpanel' });
  const saving = createSaving({ current, canvases: grid.canvases, chart: distances.chart, save: channel.save });
  const title = element('h1');
  const about = element('p', { class: 'quiet about' });
  const head = element('header', {}, element('div', { class: 'head-words' }, title, about), menu.node);
  const stale = element('p', { class: 'hint', role: 'note', hidden: true });
  const status = element('p', { class: 'status', role: 'note' }, 'Reading the analyses …');
  const found = element('p', { class: 'quiet found' });
  const pictures = element('section', { class: 'pictures', 'aria-label': 'Pictures' }, grid.node, found);
  const columns = element(
    'div',
    { class: 'columns' },
    pictures,
    element('div', { class: 'side' }, saving, tabs.node, details),
  );
  panelRoot().append(head, stale, started.node, status, controls.node, columns);
  controls.node.hidden = true;
  columns.hidden = true;

  const load = createLatest(async (next: FeaturesModel) => {
    try {
      const chosen = chooseStages(next, channel.view);
      read = await reading.read(next, chosen);
      study = new FeaturesStudy(next, read.read);
      redraw();
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), true);
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
    },
    fail: (message) => say(message, true),
  };

  function say(message: string, isProblem: boolean): void {
    status.hidden = false;
    status.classList.toggle('problem', isProblem);
    status.textContent = message;
  }

  function redraw(): void {
    if (!model) return;
    follow();
    const { view } = channel;
    analyses.draw(model, read?.problems ?? []);
    if (!study || !read) return drawMenu();
    const show = study.shows.find((one) => one === view.show) ?? study.shows.find((one) => one !== 'image') ?? 'image';
    const table = createFeaturesGrid(study, view, show);
    shown = table && { model, view, study, grid: table, show, read };
    drawMenu();
    const hasImages = study.images.length > 0;
    controls.node.hidden = !shown || !hasImages;
    pictures.hidden = !shown || !hasImages;
    columns.hidden = model.stages.length === 0;
    if (!shown) sayNothing(model, read);
    else status.hidden = true;
    if (shown && hasImages) {
      controls.draw(shown);
      grid.draw(shown);
    }
    drawDetails();
  }

  function sayNothing(next: FeaturesModel, { problems }: ReadStages): void {
    const what =
      'Nothing has been looked at yet. Start an inversion or another analysis of single images with Analyse…, or write one below `analyses` in the experiment file.';
    if (next.stages.length === 0) say(what, false);
    else say(problems[0] ?? what, problems.length > 0);
  }

  function drawMenu(): void {
    if (!model) return;
    const image = shown?.study.images.length ? shown.grid.at.image : undefined;
    const seed = channel.view.seed;
    menu.draw({
      offer: model.offer,
      kinds: ['inversion', 'activations', 'attribution', 'maximisation'],
      ...(image && { image }),
      ...(seed !== undefined && { seed }),
    });
  }

  function drawDetails(): void {
    if (!study) return;
    const all: Tab[] = [
      ...(study.iterations.length > 0
        ? [{ id: 'distances', label: 'Distances', title: 'How far inversions are from their images' }]
        : []),
      ...(study.shows.includes('channel')
        ? [{ id: 'channels', label: 'Channels', title: 'What channels answer to' }]
        : []),
      ...(study.hasWishes()
        ? [{ id: 'wishes', label: 'Maximised', title: 'Pictures that channels answer to most' }]
        : []),
      { id: 'analyses', label: 'Analyses', title: 'Where the pictures come from' },
    ];
    const tab = all.find(({ id }) => id === channel.view.tab)?.id ?? all[0]!.id;
    tabs.draw(all, tab);
    const parts: Readonly<Record<string, { readonly node: HTMLElement; draw(shown: Shown): void }>> = {
      distances,
      channels,
      wishes,
    };
    const part = parts[tab];
    const node = part && shown ? part.node : analyses.node;
    if (details.firstChild !== node) details.replaceChildren(node);
    if (part && shown) part.draw(shown);
  }

  /** Another panel may have chosen a pretraining, a layer, a class or an image, which may be of data that is still to be read. */
  function follow(): void {
    if (!model || !study) return;
    const { image, ...rest } = wanted;
    const source = image && sourceKey(image);
    const isElsewhere = source && !study.images.some((one) => sourceKey(one) === source);
    if (isElsewhere && model.stages.some((stage) => stage.kind !== 'maximisation' && sourceKey(stage) === source)) {
      wanted = { image };
      if (channel.view.source !== source) {
        channel.saveView({ source });
        load(model);
      }
    } else wanted = {};
    const part = followSelection(study, channel.view, { ...rest, ...(image && { image }) });
    if (part) channel.saveView(part);
  }

  function look({ image, layer, model: id }: CellPlace): void {
    if (!shown) return;
    const { at } = shown.grid;
    if (at.image.key === image.key && at.layer === layer && at.model === id) return;
    change({ image: image.key, layer, model: id });
  }

  function share(): void {
    if (!shown) return;
    const { image, layer, model: pretraining } = shown.grid.at;
    const { data, split, name } = image;
    channel.select({
      pretraining,
      ...(layer !== '' && { layer }),
      ...(data !== '' && { image: { data, split, name } }),
    });
  }

  function sayLook(): void {
    if (!shown) return;
    const { show, grid: table, view } = shown;
    const when = show === 'inversion' && view.iteration !== undefined ? `, ${view.iteration} updates` : '';
    announce(`${showNames[show]}${show === 'image' ? '' : ` at ${table.at.layer}`}${when}`);
  }

  function onKey(event: KeyboardEvent): void {
    if (!shown) return;
    const { study: all, grid: table, view } = shown;
    const layer = all.layers.findIndex((one) => one.layer === table.at.layer);
    const steps = all.iterations;
    const wanted = view.iteration === undefined ? -1 : steps.findLastIndex((one) => one <= view.iteration!);
    const step = wanted < 0 ? steps.length - 1 : wanted;
    const to = <Item>(list: readonly Item[], at: number): Item | undefined =>
      list[Math.min(list.length - 1, Math.max(0, at))];
    const acts: Readonly<Record<string, () => void>> = {
      '[': () => change({ layer: to(all.layers, layer - 1)?.layer }),
      ']': () => change({ layer: to(all.layers, layer + 1)?.layer }),
      ',': () => steps.length > 0 && change({ iteration: to(steps, step - 1) }),
      '.': () => steps.length > 0 && change({ iteration: to(steps, step + 1) }),
      'Shift+ArrowLeft': () => matching.step(shown!, -1, 0),
      'Shift+ArrowRight': () => matching.step(shown!, 1, 0),
      'Shift+ArrowUp': () => matching.step(shown!, 0, -1),
      'Shift+ArrowDown': () => matching.step(shown!, 0, 1),
      Escape: () => matching.ask(shown!, undefined),
    };
    const act = acts[`${event.shiftKey && event.key.startsWith('Arrow') ? 'Shift+' : ''}${event.key}`];
    if (!act) return;
    event.preventDefault();
    act();
    if (event.shiftKey && found.textContent) announce(found.textContent);
  }
}

/** Stages of the chosen seed and source; of the first that there are. */
function chooseStages({ stages }: FeaturesModel, view: FeaturesView): FeaturesModel['stages'] {
  const sources = stages.filter(({ kind }) => kind !== 'maximisation').map(sourceKey);
  const source = sources.find((one) => one === view.source) ?? sources[0] ?? '';
  const seeds = [...new Set(stages.map((stage) => stage.seed))].sort((a, b) => a - b);
  const seed = seeds.find((one) => one === view.seed) ?? seeds[0] ?? 0;
  return selectFeaturesStages(stages, { seed, source });
}
