/** What predictions of labels and of points have in common: reading, keeping the view, grid and large image, comparison. */
import type {
  PredictionsIntent,
  PredictionsModel,
  PredictionsRun,
  PredictionsView,
} from '../../../src/shared/protocol/panels/predictionsPanel';
import type { SavedFile } from '../../../src/shared/protocol/panels/panelMessages';
import type { SelectionChange } from '../../../src/shared/protocol/panels/selection';
import { findImage, runOfPretraining } from '../../../src/shared/views/selection/shownStages';
import { formatNumberOf } from '../../../src/shared/views/formatNumbers';
import type { Announce } from '../../ui/announce';
import type { PanelChannel, PanelDrawing } from '../../ui/channel';
import { chosenRuns, startBlinking } from '../../ui/comparison';
import { createLatest } from '../../ui/engine';
import { listenForFigureLinks } from '../../ui/figureLinks';
import type { GridContent, ImageGrid } from '../../ui/imageGrid';
import { createImagePanel } from '../../ui/imagePanel';

export interface ShownTask {
  /** One or two. */
  readonly runs: readonly PredictionsRun[];
  readonly view: PredictionsView;
  /** Those that pass, in order. */
  readonly images: Int32Array;
}

/** What a part of the panel can ask of the frame. */
export interface TaskFrame<Shown extends ShownTask> {
  change(part: Partial<PredictionsView>): void;
  current(): Shown | undefined;
  save(file: SavedFile): void;
  onMove(image: number): void;
  onClose(): void;
  onBlink(): void;
}

export interface TaskPart<Shown> {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
}

export interface ImageTask<Read, Shown extends ShownTask> {
  readonly controls: { readonly node: HTMLElement; draw(shown: Shown, model: PredictionsModel): void };
  readonly figures: TaskPart<Shown>;
  readonly saving: TaskPart<Shown>;
  readonly large: { readonly node: HTMLElement; draw(shown: Shown, blink: number): void; focus(): void };
  /** Rejects with a sentence. */
  read(model: PredictionsModel, runs: readonly PredictionsRun[]): Promise<Read>;
  /** What is shown of it, with the images that pass in order. */
  show(read: Read, view: PredictionsView): Shown;
  /** Of all images, as their data call them. */
  names(shown: Shown): readonly string[];
  /** The view with all images in it. */
  unfiltered(view: PredictionsView): Partial<PredictionsView>;
  /** What other panels are to hear of a change of the task's own view. */
  chosen(before: PredictionsView, after: PredictionsView): SelectionChange;
  /** The view after something was chosen elsewhere that is this task's own: a class, a layer. */
  followed(shown: Shown, news: SelectionChange): Partial<PredictionsView>;
  /** Behind the count. */
  remark(shown: Shown, blink: number): string;
  grid(shown: Shown, blink: number, grid: ImageGrid): GridContent;
}

type Channel = PanelChannel<PredictionsIntent, PredictionsView>;

export function createTaskPanel<Read, Shown extends ShownTask>(
  channel: Channel,
  announce: Announce,
  build: (frame: TaskFrame<Shown>) => ImageTask<Read, Shown>,
): PanelDrawing<PredictionsModel> {
  let model: PredictionsModel | undefined;
  let read: Read | undefined;
  let shown: Shown | undefined;
  let blink = 0;
  /** What others chose, until there is something to find it in. */
  let wanted: SelectionChange = {};

  const keep = (part: Partial<PredictionsView>): void => {
    channel.saveView(part);
    if ('other' in part && model) load(model);
    redraw();
  };
  const change = (part: Partial<PredictionsView>): void => {
    const before = shown?.images.length;
    const view = channel.view;
    keep(part);
    if (model && shown)
      channel.select(selectionOfChange(task, { model, shown, part, before: view, after: channel.view }));
    if (shown && shown.images.length !== before) announce(`${formatNumberOf(shown.images.length, 'image')} shown`);
  };
  const turn = (): void => {
    blink = 1 - blink;
    if (shown) drawImages(shown);
  };
  const task = build({
    change,
    current: () => shown,
    save: channel.save,
    onMove: (image) => change({ image }),
    onClose: () => {
      change({ isLarge: false });
      panel.grid.focus();
    },
    onBlink: () => (channel.view.layout === 'blink' ? turn() : change({ layout: 'blink' })),
  });
  const panel = createImagePanel({
    ...{ controls: task.controls.node, large: task.large.node, side: [task.saving.node, task.figures.node] },
    onMove: (image) => change({ image }),
    onOpen: (image) => {
      change({ image, isLarge: true });
      task.large.focus();
    },
  });
  listenForFigureLinks(task.figures.node, {
    send: channel.send,
    shown: () => model && { transfer: model.transfer, runs: shown?.runs ?? [] },
    showAll: () => shown && change(task.unfiltered(shown.view)),
  });
  panel.say('Reading the predictions …', false);
  startBlinking(() => shown !== undefined && channel.view.layout === 'blink', turn);
  const load = createLatest(async (next: PredictionsModel) => {
    try {
      read = await task.read(next, chosenRuns(next, channel.view));
      redraw();
      follow();
    } catch (error) {
      panel.say(error instanceof Error ? error.message : String(error), true);
    }
  });
  return {
    draw: (next) => {
      const isNew = JSON.stringify(next) !== JSON.stringify(model);
      model = next;
      panel.drawHead(next.title, next.about);
      panel.drawNotes(next.missing === undefined ? [] : [next.missing]);
      if (isNew) load(next);
    },
    follow: (news) => {
      wanted = { ...wanted, ...news };
      follow();
    },
    fail: (message) => panel.say(message, true),
  };

  function follow(): void {
    if (!model || !shown || Object.keys(wanted).length === 0) return;
    const part = followTask(task, { model, shown, news: wanted });
    wanted = {};
    if (Object.keys(part).length > 0) keep(part);
  }

  function redraw(): void {
    if (!model || read === undefined) return;
    shown = task.show(read, channel.view);
    task.controls.draw(shown, model);
    task.figures.draw(shown);
    task.saving.draw(shown);
    drawImages(shown);
  }

  function drawImages(next: Shown): void {
    const { view, images } = next;
    const isLarge = view.isLarge && view.image !== undefined;
    panel.draw({ shown: images.length, all: task.names(next).length, remark: task.remark(next, blink), isLarge });
    if (isLarge) task.large.draw(next, blink);
    else panel.grid.draw(task.grid(next, blink, panel.grid));
  }
}

interface Followed<Shown> {
  readonly model: PredictionsModel;
  readonly shown: Shown;
  readonly news: SelectionChange;
}

/** Another panel may have chosen a pretraining, an image, or what the task knows of. */
function followTask<Read, Shown extends ShownTask>(
  task: ImageTask<Read, Shown>,
  { model, shown, news }: Followed<Shown>,
): Partial<PredictionsView> {
  const { pretraining, image } = news;
  const own = task.followed(shown, news);
  const other = pretraining ? runOfPretraining(shown.runs, [...model.runs, ...model.others], pretraining) : undefined;
  const place = image ? findImage(model.images, task.names(shown), image) : -1;
  return { ...own, ...(other !== undefined && { other }), ...(place >= 0 && { image: place }) };
}

interface ChangedView<Shown> {
  readonly model: PredictionsModel;
  readonly shown: Shown;
  readonly part: Partial<PredictionsView>;
  readonly before: PredictionsView;
  readonly after: PredictionsView;
}

function selectionOfChange<Read, Shown extends ShownTask>(
  task: ImageTask<Read, Shown>,
  { model, shown, part: { image, other }, before, after }: ChangedView<Shown>,
): SelectionChange {
  const run = other === undefined ? undefined : [...model.runs, ...model.others].find(({ id }) => id === other);
  const { images, transfer } = model;
  return {
    ...task.chosen(before, after),
    ...(run?.pretraining !== undefined && { pretraining: run.pretraining, transfer }),
    ...(image !== undefined && images && { image: { ...images, name: task.names(shown)[image]! } }),
  };
}

/** An image that is kept may not be there any more. */
export function keptImage(view: PredictionsView, count: number): Pick<PredictionsView, 'image' | 'isLarge'> {
  const isThere = view.image !== undefined && view.image < count;
  return isThere ? { image: view.image, isLarge: view.isLarge } : { image: undefined, isLarge: false };
}
