/** The Detections panel: puts its parts together, keeps the view, reads anew what a change needs, redraws the rest. */
import {
  type DetectionsIntent,
  type DetectionsModel,
  type DetectionsView,
} from '../../../src/shared/protocol/panels/detectionsPanel';
import { createBoxFilter, selectImages } from '../../../src/shared/views/detections/detectionsFilter';
import { formatNumberOf } from '../../../src/shared/views/formatNumbers';
import { createAnnouncer } from '../../ui/announce';
import type { PanelChannel, PanelDrawing } from '../../ui/channel';
import { element, panelRoot } from '../../ui/element';
import { createImageGrid } from '../../ui/imageGrid';
import { createControls, noFilters } from './controls';
import { createFigures } from './figures';
import { createLargeView } from './largeView';
import { createReading, type ReadTables } from './reading';
import { createSaving } from './saving';
import { drawnRuns, type Shown } from './shown';
import { gridContent } from './tiles';

/** What the worker has to judge anew. */
const judged: readonly (keyof DetectionsView)[] = ['minScore', 'iou', 'method', 'category', 'other'];
const BLINK_MS = 900;

export function createDetectionsPanel(
  channel: PanelChannel<DetectionsIntent, DetectionsView>,
): PanelDrawing<DetectionsModel> {
  const root = panelRoot();
  const announce = createAnnouncer();
  let model: DetectionsModel | undefined;
  let tables: ReadTables | undefined;
  let shown: Shown | undefined;
  let blink = 0;
  let asked = '';

  const change = (part: Partial<DetectionsView>): void => {
    channel.saveView(part);
    if (model && judged.some((key) => key in part)) reading.update(model, channel.view);
    redraw();
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
  const title = element('h1');
  const about = element('p', { class: 'quiet about' });
  const status = element('p', { class: 'status', role: 'note' });
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
  const grid = createImageGrid({ onMove: (image) => change({ image }), onOpen: open });
  const large = createLargeView({
    onMove: (image) => change({ image }),
    onClose: () => {
      change({ isLarge: false });
      grid.focus();
    },
    onBlink: () => {
      if (channel.view.layout === 'blink') turn();
      else if (shown && shown.runs.length > 1) change({ layout: 'blink' });
    },
  });
  const count = element('p', { class: 'quiet count' });
  const nothing = element('p', { class: 'empty' }, 'No image passes these filters.');
  const images = element('section', { class: 'images', 'aria-label': 'Images' }, count, nothing, grid.node, large.node);
  const figures = createFigures(change);
  const saving = createSaving({
    current: () => shown,
    picture: () => large.picture(),
    chart: () => figures.chart(),
    save: channel.save,
  });
  const side = element('div', { class: 'side' }, saving.node, figures.node);
  const columns = element('div', { class: 'columns' }, images, side);
  const notes = element('ul');
  const noteCount = element('summary');
  const details = element('details', { class: 'notes' }, noteCount, notes);
  const head = element('header', {}, title, about);
  root.append(head, status, hint, controls.node, columns, details);
  for (const part of [hint, controls.node, columns, details]) part.hidden = true;
  status.textContent = 'Reading the results …';

  const reading = createReading({
    onTables: (next) => {
      tables = next;
      redraw();
    },
    onFail: (message) => {
      status.hidden = false;
      status.classList.add('problem');
      status.textContent = message;
    },
  });
  const isStill = matchMedia('(prefers-reduced-motion: reduce)');
  setInterval(() => {
    const isBlinking = shown && shown.runs.length > 1 && channel.view.layout === 'blink';
    if (isBlinking && !isStill.matches && !document.hidden) turn();
  }, BLINK_MS);

  return {
    draw: (next) => {
      model = next;
      title.textContent = next.title;
      about.textContent = next.about;
      hint.hidden = next.pictures.kind !== 'none';
      hintText.textContent = next.pictures.kind === 'none' ? next.pictures.reason : '';
      choose.hidden = !next.canAddResults;
      const text = JSON.stringify(next);
      if (text !== asked) reading.update(next, channel.view);
      asked = text;
      redraw();
    },
    fail: (message) => {
      status.hidden = false;
      status.classList.add('problem');
      status.textContent = message;
    },
  };

  function redraw(): void {
    if (!model || !tables) return;
    const { tables: rows, runs, iouType, pictures, budgets, difference, sharesDifference } = tables;
    const view = readView();
    const filterView = { ...view, sort: runs.length < 2 && view.sort === 'moved' ? ('file' as const) : view.sort };
    const filter = createBoxFilter(rows, filterView);
    shown = {
      ...{ tables: rows, runs, iouType, pictures, budgets, view, filter, images: selectImages(rows, filterView) },
      ...(difference && { difference }),
      ...(sharesDifference && { sharesDifference }),
    };
    status.hidden = true;
    status.classList.remove('problem');
    for (const part of [controls.node, columns]) part.hidden = false;
    const { truth } = rows;
    const hasMasks = truth.masks !== undefined || rows.runs.some(({ detections }) => detections.masks !== undefined);
    controls.draw({ view, model, isTwo: runs.length > 1, categories: truth.categories.names, hasMasks });
    figures.draw(shown);
    saving.draw(shown);
    drawImages(shown);
    noteCount.textContent = formatNumberOf(tables.problems.length, 'note');
    details.hidden = tables.problems.length === 0;
    if (notes.dataset.drawn !== tables.problems.join()) {
      notes.dataset.drawn = tables.problems.join();
      notes.replaceChildren(...tables.problems.map((problem) => element('li', {}, problem)));
    }
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
    const all = rows.truth.images.ids.length;
    count.textContent =
      chosen.length === all ? formatNumberOf(all, 'image') : `${chosen.length} of ${formatNumberOf(all, 'image')}`;
    const [run] = drawnRuns(next, blink);
    if (next.runs.length > 1 && view.layout === 'blink') count.textContent += `, showing ${next.runs[run!]!.name}`;
    nothing.hidden = chosen.length > 0 || isLarge;
    grid.node.hidden = isLarge || chosen.length === 0;
    large.node.hidden = !isLarge;
    columns.classList.toggle('is-large', isLarge);
    if (isLarge) large.draw(next, blink);
    else grid.draw(gridContent(next, blink, grid));
  }
}
