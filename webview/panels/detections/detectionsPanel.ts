/** The Detections panel: puts its parts together, keeps the view, reads anew what a change needs, redraws the rest. */
import type {
  DetectionsIntent,
  DetectionsModel,
  DetectionsView,
} from '../../../src/shared/protocol/panels/detectionsPanel';
import type { SelectionChange } from '../../../src/shared/protocol/panels/selection';
import { formatNumberOf } from '../../../src/shared/views/formatNumbers';
import { createAnnouncer } from '../../ui/announce';
import type { PanelChannel, PanelDrawing } from '../../ui/channel';
import { startBlinking } from '../../ui/comparison';
import { noFilters } from './controls';
import { followDetections, selectionOfChange } from './following';
import { createParts, type Parts } from './parts';
import { createReading, type ReadTables } from './reading';
import { composeShown, drawnRuns, type Shown } from './shown';
import { gridContent } from './tiles';

/** What the worker has to judge anew. */
const judged: readonly (keyof DetectionsView)[] = ['minScore', 'iou', 'method', 'category', 'other'];

type Channel = PanelChannel<DetectionsIntent, DetectionsView>;

export function createDetectionsPanel(channel: Channel): PanelDrawing<DetectionsModel> {
  const announce = createAnnouncer();
  let model: DetectionsModel | undefined;
  let tables: ReadTables | undefined;
  let shown: Shown | undefined;
  let blink = 0;
  let asked = '';
  /** What others chose, until there is something to find it in. */
  let wanted: SelectionChange = {};

  const isTwo = (): boolean => shown !== undefined && shown.runs.length > 1;
  const turn = (): void => {
    blink = 1 - blink;
    if (shown) drawImages(parts, shown, blink);
  };
  const onBlink = (): void => {
    if (channel.view.layout === 'blink') turn();
    else if (isTwo()) change({ layout: 'blink' });
  };
  const parts = createParts({
    ...{ model: () => model, shown: () => shown, change, onBlink, send: channel.send, save: channel.save },
  });
  const { panel } = parts;
  panel.say('Reading the results …', false);
  const reading = createReading({
    onTables: (next) => {
      tables = next;
      redraw();
      follow();
    },
    onFail: (message) => {
      parts.hint.node.hidden = true;
      panel.say(message, true);
    },
  });
  startBlinking(() => isTwo() && channel.view.layout === 'blink', turn);
  return {
    draw: (next) => {
      model = next;
      panel.drawHead(next.title, next.about);
      parts.hint.draw(next);
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

  function keep(part: Partial<DetectionsView>): void {
    channel.saveView(part);
    if (model && judged.some((key) => key in part)) reading.update(model, channel.view);
    redraw();
  }

  function change(part: Partial<DetectionsView>): void {
    keep(part);
    if (!shown) return;
    if (model) channel.select(selectionOfChange(model, shown, part));
    if (Object.keys(noFilters).some((key) => key in part))
      announce(`${formatNumberOf(shown.images.length, 'image')} shown`);
  }

  function follow(): void {
    if (!model || !shown || Object.keys(wanted).length === 0) return;
    const part = followDetections(model, shown, { view: channel.view, news: wanted });
    wanted = {};
    if (Object.keys(part).length > 0) keep(part);
  }

  function redraw(): void {
    if (!model || !tables) return;
    shown = composeShown(model, tables, channel.view);
    // Hidden by a read that failed.
    parts.hint.draw(model);
    drawAll(parts, { model, shown, blink, scores: tables.scores });
    const { runs } = tables.tables;
    panel.drawNotes(
      tables.problems,
      runs.every(({ detections }) => detections.count > 0),
    );
  }
}

interface Drawn {
  readonly model: DetectionsModel;
  readonly shown: Shown;
  /** Whose turn it is of two. */
  readonly blink: number;
  readonly scores: ReadTables['scores'];
}

function drawAll(parts: Parts, { model, shown, blink, scores }: Drawn): void {
  const { truth, runs } = shown.tables;
  const hasMasks = truth.masks !== undefined || runs.some(({ detections }) => detections.masks !== undefined);
  const categories = truth.categories.names;
  parts.controls.draw({ view: shown.view, model, isTwo: shown.runs.length > 1, categories, hasMasks, scores });
  parts.figures.draw(shown);
  parts.saving.draw(shown);
  drawImages(parts, shown, blink);
}

function drawImages({ panel, large }: Parts, shown: Shown, blink: number): void {
  const { view, images, tables, runs } = shown;
  const isLarge = view.isLarge && view.image !== undefined;
  const [run] = drawnRuns(shown, blink);
  const isTurning = runs.length > 1 && view.layout === 'blink';
  panel.draw({
    ...{ shown: images.length, all: tables.truth.images.ids.length, isLarge },
    remark: isTurning ? `, showing ${runs[run!]!.name}` : '',
  });
  if (isLarge) large.draw(shown, blink);
  else panel.grid.draw(gridContent(shown, blink, panel.grid));
}
