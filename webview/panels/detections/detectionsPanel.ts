/** The Detections panel: puts its parts together, keeps the view, reads anew what a change needs, redraws the rest. */
import {
  type DetectionsIntent,
  type DetectionsModel,
  type DetectionsView,
} from '../../../src/shared/protocol/panels/detectionsPanel';
import type { SelectionChange } from '../../../src/shared/protocol/panels/selection';
import { findImage, runOfPretraining } from '../../../src/shared/views/selection/shownStages';
import { createBoxFilter, selectImages } from '../../../src/shared/views/detections/detectionsFilter';
import { formatNumberOf } from '../../../src/shared/views/formatNumbers';
import { createAnnouncer } from '../../ui/announce';
import type { PanelChannel, PanelDrawing } from '../../ui/channel';
import { startBlinking } from '../../ui/comparison';
import { element } from '../../ui/element';
import { listenForFigureLinks } from '../../ui/figureLinks';
import { createImagePanel } from '../../ui/imagePanel';
import { createControls, noFilters } from './controls';
import { createFigures } from './figures';
import { createLargeView } from './largeView';
import { createReading, type ReadTables } from './reading';
import { createSaving } from './saving';
import { drawnRuns, type Shown } from './shown';
import { gridContent } from './tiles';

/** What the worker has to judge anew. */
const judged: readonly (keyof DetectionsView)[] = ['minScore', 'iou', 'method', 'category', 'other'];

export function createDetectionsPanel(
  channel: PanelChannel<DetectionsIntent, DetectionsView>,
): PanelDrawing<DetectionsModel> {
  const announce = createAnnouncer();
  let model: DetectionsModel | undefined;
  let tables: ReadTables | undefined;
  let shown: Shown | undefined;
  let blink = 0;
  let asked = '';
  /** What others chose, until there is something to find it in. */
  let wanted: SelectionChange = {};

  const keep = (part: Partial<DetectionsView>): void => {
    channel.saveView(part);
    if (model && judged.some((key) => key in part)) reading.update(model, channel.view);
    redraw();
  };
  const change = (part: Partial<DetectionsView>): void => {
    keep(part);
    share(part);
    if (shown && Object.keys(noFilters).some((key) => key in part))
      announce(`${formatNumberOf(shown.images.length, 'image')} shown`);
  };
  const turn = (): void => {
    blink = 1 - blink;
    if (shown) drawImages(shown);
  };
  const open = (image: number): void => {
    change({ image, isLarge: true });
    large.focus();
  };
  const hint = element('p', { class: 'hint' });
  const hintText = element('span');
  const choose = element('vscode-button', { appearance: 'secondary' }, 'Choose image folder…');
  choose.addEventListener('click', () => channel.send({ type: 'chooseImages' }));
  hint.append(hintText, ' ', choose);
  const controls = createControls({
    change,
    onAddResults: () => channel.send({ type: 'addResults' }),
    onReset: () => change(noFilters),
  });
  const large = createLargeView({
    onMove: (image) => change({ image }),
    onClose: () => {
      change({ isLarge: false });
      panel.grid.focus();
    },
    onBlink: () => {
      if (channel.view.layout === 'blink') turn();
      else if (shown && shown.runs.length > 1) change({ layout: 'blink' });
    },
    onAnalyse: channel.send,
  });
  const figures = createFigures(change);
  listenForFigureLinks(figures.node, {
    send: channel.send,
    shown: () => model && { transfer: model.transfer, runs: shown?.runs ?? [] },
    showAll: () => change(noFilters),
  });
  const saving = createSaving({
    current: () => shown,
    picture: () => large.picture(),
    chart: () => figures.chart(),
    save: channel.save,
  });
  const panel = createImagePanel({
    ...{ controls: controls.node, large: large.node, side: [saving.node, figures.node], hint },
    onMove: (image) => change({ image }),
    onOpen: open,
  });
  hint.hidden = true;
  panel.say('Reading the results …', false);

  const reading = createReading({
    onTables: (next) => {
      tables = next;
      redraw();
      follow();
    },
    onFail: (message) => panel.say(message, true),
  });
  startBlinking(() => shown !== undefined && shown.runs.length > 1 && channel.view.layout === 'blink', turn);

  return {
    draw: (next) => {
      model = next;
      panel.drawHead(next.title, next.about);
      hint.hidden = next.pictures.kind !== 'none';
      hintText.textContent = next.pictures.kind === 'none' ? next.pictures.reason : '';
      choose.hidden = !next.canAddResults;
      const text = JSON.stringify(next);
      if (text !== asked) reading.update(next, channel.view);
      asked = text;
      follow();
      redraw();
    },
    follow: (news) => {
      wanted = { ...wanted, ...news };
      follow();
    },
    fail: (message) => panel.say(message, true),
  };

  /** Another panel may have chosen a pretraining, a class or an image. */
  function follow(): void {
    if (!model || !shown || Object.keys(wanted).length === 0) return;
    const { pretraining, category, image } = wanted;
    wanted = {};
    const { truth } = shown.tables;
    const other = pretraining ? runOfPretraining(shown.runs, [...model.runs, ...model.others], pretraining) : undefined;
    const place = image ? findImage(model.images, truth.images.names, image) : -1;
    const isKnown = category === null || (category !== undefined && truth.categories.names.includes(category));
    const part: Partial<DetectionsView> = {
      ...(other !== undefined && { other }),
      ...(place >= 0 && place !== channel.view.image && { image: place }),
      ...(isKnown && (category ?? '') !== channel.view.category && { category: category ?? '', cell: undefined }),
    };
    if (Object.keys(part).length > 0) keep(part);
  }

  function share({ image, category, cell, other }: Partial<DetectionsView>): void {
    if (!model || !shown) return;
    const { names } = shown.tables.truth.images;
    const run = other === undefined ? undefined : [...model.runs, ...model.others].find(({ id }) => id === other);
    const { transfer } = model;
    channel.select({
      ...(run?.pretraining !== undefined && {
        pretraining: run.pretraining,
        ...(transfer !== undefined && { transfer }),
      }),
      ...(category !== undefined && { category: category || null }),
      // A cell of the matrix is first of all of its true class.
      ...(cell && { category: cell.truth || cell.found || null }),
      ...(image !== undefined && model.images && { image: { ...model.images, name: names[image]! } }),
    });
  }

  function redraw(): void {
    if (!model || !tables) return;
    const { tables: rows, runs, iouType, pictures, budgets, difference, sharesDifference, inspect, scores } = tables;
    const view = readView();
    const filterView = { ...view, sort: runs.length < 2 && view.sort === 'moved' ? ('file' as const) : view.sort };
    const filter = createBoxFilter(rows, filterView);
    shown = {
      ...{ tables: rows, runs, iouType, pictures, budgets, inspect, view, filter },
      images: selectImages(rows, filterView),
      ...(difference && { difference }),
      ...(sharesDifference && { sharesDifference }),
      ...(model.analysis && { analysis: model.analysis }),
    };
    const { truth } = rows;
    const hasMasks = truth.masks !== undefined || rows.runs.some(({ detections }) => detections.masks !== undefined);
    const categories = truth.categories.names;
    controls.draw({ view, model, isTwo: runs.length > 1, categories, hasMasks, scores });
    figures.draw(shown);
    saving.draw(shown);
    drawImages(shown);
    panel.drawNotes(tables.problems);
  }

  /** What is kept may name classes and images that are not there any more. */
  function readView(): DetectionsView {
    const { view } = channel;
    const { truth } = tables!.tables;
    const hasClass = view.category === '' || truth.categories.names.includes(view.category);
    const hasImage = view.image === undefined || view.image < truth.images.ids.length;
    return {
      ...view,
      ...(!hasClass && { category: '' }),
      ...(!hasImage && { image: undefined, isLarge: false }),
    };
  }

  function drawImages(next: Shown): void {
    const { view, images: chosen, tables: rows } = next;
    const isLarge = view.isLarge && view.image !== undefined;
    const [run] = drawnRuns(next, blink);
    const isTurning = next.runs.length > 1 && view.layout === 'blink';
    panel.draw({
      ...{ shown: chosen.length, all: rows.truth.images.ids.length, isLarge },
      remark: isTurning ? `, showing ${next.runs[run!]!.name}` : '',
    });
    if (isLarge) large.draw(next, blink);
    else panel.grid.draw(gridContent(next, blink, panel.grid));
  }
}
