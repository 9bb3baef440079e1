/** Reads the files through the worker, judges where the sliders stand, and hands out tables that can be drawn. */
import type { BudgetDifference } from '../../../src/shared/math/detection/budgetDifference';
import type { ErrorBudget } from '../../../src/shared/math/detection/errorBudget';
import type {
  DetectionsModel,
  DetectionsRun,
  DetectionsView,
} from '../../../src/shared/protocol/panels/detectionsPanel';
import type { DetectionProblem } from '../../../src/shared/results/detections';
import type { BoxEvidence, NamedBox } from '../../../src/shared/views/detections/boxEvidence';
import type { PanelIouType, RunFigures } from '../../../src/shared/views/detections/detectionsFigures';
import { groupByImage, type ShownTables } from '../../../src/shared/views/detections/detectionsFilter';
import { findScoreRange, scoreInForce, type ScoreRange } from '../../../src/shared/views/detections/scoreRange';
import { chosenRuns } from '../../ui/comparison';
import { createLatest, startEngine, type Engine } from '../../ui/engine';
import { createPictures, type PictureStore } from '../../ui/pictures';
import type { EngineCalls, LoadedRun, LoadedTruth, SharesDifference } from './engineMessages';
import { createIntervals, type ComparedPair } from './intervals';
import { pictureSource } from './pictureSource';
import { readBytes } from './readBytes';

export interface ReadTables {
  readonly tables: ShownTables;
  readonly runs: readonly DetectionsRun[];
  readonly iouType: PanelIouType;
  readonly pictures: PictureStore;
  readonly problems: readonly string[];
  readonly scores: ScoreRange;
  readonly budgets: readonly (ErrorBudget | undefined)[];
  readonly difference?: BudgetDifference;
  /** Of Hoiem's shares; there while that method is shown. */
  readonly sharesDifference?: SharesDifference;
  readonly inspect: Inspect;
}

/** What was kept of a box; `run` counts those that are shown. Rejects with a sentence where nothing was. */
export type Inspect = (run: number, box: NamedBox) => Promise<BoxEvidence>;

export interface Reading {
  /** Reads what has not been read, judges, and tells. Overtaken wishes are dropped. */
  update(model: DetectionsModel, view: DetectionsView): void;
}

interface Files {
  readonly engine: Engine<EngineCalls>;
  readonly truth: LoadedTruth;
  readonly pictures: PictureStore;
  readonly runs: Map<string, LoadedRun>;
  /** Runs whose evidence the worker has. */
  readonly inspected: Set<string>;
}

export interface ReadingOptions {
  readonly onTables: (tables: ReadTables) => void;
  readonly onFail: (message: string) => void;
}

interface Wish {
  readonly model: DetectionsModel;
  readonly view: DetectionsView;
}

export function createReading({ onTables, onFail }: ReadingOptions): Reading {
  const open = createFiles();
  const findDifference = createIntervals();
  let last: ReadTables | undefined;
  const tell = (next: ReadTables): void => {
    last = next;
    onTables(next);
  };
  const judge = createLatest(async ({ model, view }: Wish) => {
    try {
      const runs = chosenRuns(model, view);
      const files = await open(model, runs);
      const read = await judgeRuns(files, { runs, view, last: last?.tables });
      tell(read);
      const budgets = [];
      for (const { id } of runs) budgets.push(await files.engine.call('budget', { run: id }));
      tell({ ...read, budgets });
      if (runs.length === 2) compare({ model, runs, view: viewInForce(view, read.scores) });
    } catch (error) {
      onFail(error instanceof Error ? error.message : String(error));
    }
  });
  const compare = createLatest(async (pair: ComparedPair) => {
    const base = last;
    const found = await findDifference(pair);
    // Sliders may have moved on.
    if (last && last.tables === base?.tables) tell({ ...last, ...found });
  });
  return { update: (model, view) => judge({ model, view }) };
}

/** Opens what has not been opened: the truth and pictures of a model, and runs. */
function createFiles(): (model: DetectionsModel, runs: readonly DetectionsRun[]) => Promise<Files> {
  let files: Files | undefined;
  let source = '';
  const open = async (model: DetectionsModel): Promise<Files> => {
    const key = JSON.stringify([model.workerScript, model.truth, model.pictures]);
    if (files && key === source) return files;
    files?.engine.dispose();
    files?.pictures.dispose();
    files = undefined;
    const engine = await startEngine<EngineCalls>(model.workerScript);
    const truth = await engine.call('loadTruth', { bytes: await readBytes(model.truth) });
    const pictures = createPictures(pictureSource(model.pictures, truth.truth.images));
    files = { engine, truth, runs: new Map(), inspected: new Set(), pictures };
    source = key;
    return files;
  };
  return async (model, runs) => {
    const opened = await open(model);
    for (const { id, url } of runs) {
      if (opened.runs.has(id)) continue;
      opened.runs.set(id, await opened.engine.call('loadRun', { run: id, bytes: await readBytes(url) }));
    }
    return opened;
  };
}

interface Judging {
  readonly runs: readonly DetectionsRun[];
  readonly view: DetectionsView;
  /** What was worked out for the same files stays as it is. */
  readonly last: ShownTables | undefined;
}

async function judgeRuns(files: Files, { runs, view, last }: Judging): Promise<ReadTables> {
  const { truth } = files.truth;
  const loaded = runs.map(({ id }) => files.runs.get(id)!);
  const scores = findScoreRange(loaded.map(({ detections }) => detections.scores));
  const figures = await figuresOf(files, runs, viewInForce(view, scores));
  const count = truth.images.ids.length;
  const tables: ShownTables = {
    truth,
    objects: last?.truth === truth ? last.objects : groupByImage(truth.image, count),
    runs: loaded.map(({ detections }, run) => ({
      detections,
      byImage:
        last?.runs.find((known) => known.detections === detections)?.byImage ?? groupByImage(detections.image, count),
      figures: figures[run]!,
    })),
  };
  return {
    ...{ tables, runs, pictures: files.pictures, scores },
    iouType: loaded.every(({ iouType }) => iouType === 'segm') ? 'segm' : 'bbox',
    problems: [...describeProblems([files.truth, ...loaded]), ...(scores.note ? [scores.note] : [])],
    budgets: runs.map(() => undefined),
    inspect: (run, box) => inspectBox(files, runs[run]!, box),
  };
}

function viewInForce(view: DetectionsView, scores: ScoreRange): DetectionsView {
  return { ...view, minScore: scoreInForce(view.minScore, scores) };
}

async function figuresOf(
  { engine, truth: { truth } }: Files,
  runs: readonly DetectionsRun[],
  { category: name, minScore, iou, method }: DetectionsView,
): Promise<RunFigures[]> {
  const category = truth.categories.names.indexOf(name);
  const figures: RunFigures[] = [];
  for (const { id } of runs) {
    const ask = { run: id, minScore, iou, withHoiem: method === 'hoiem', ...(category >= 0 && { category }) };
    figures.push(await engine.call('figure', ask));
  }
  return figures;
}

async function inspectBox({ engine, inspected }: Files, run: DetectionsRun, box: NamedBox): Promise<BoxEvidence> {
  const { id, evidence } = run;
  if ('reason' in evidence) throw new Error(evidence.reason);
  const bytes = inspected.has(id) ? undefined : await readBytes(evidence.url);
  const found = await engine.call('inspect', { run: id, bytes, box });
  inspected.add(id);
  return found;
}

function describeProblems(parts: readonly { readonly problems: readonly DetectionProblem[] }[]): string[] {
  const all = parts.flatMap(({ problems }) => problems);
  const texts = all.map(({ message, count, examples }) => {
    const which = examples.length === 0 ? '' : ` (${count} of them; ${examples.slice(0, 3).join(', ')})`;
    return `${message[0]!.toUpperCase()}${message.slice(1)}${which}.`;
  });
  return [...new Set(texts)];
}
