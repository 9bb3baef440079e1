/**
 * Reads the files through the worker, judges where the sliders stand, and hands out tables that can be drawn. Intervals run
 * in a worker of their own: they take seconds, and sliders must not wait for them.
 */
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
import { findScoreRange, type ScoreRange } from '../../../src/shared/views/detections/scoreRange';
import { chosenRuns } from '../../ui/comparison';
import { createLatest, fetchOf, startEngine, type Engine } from '../../ui/engine';
import { createPictures, type PictureStore } from '../../ui/pictures';
import type { EngineCalls, LoadedRun, LoadedTruth, SharesDifference } from './engineMessages';
import { pictureSource } from './pictureSource';

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

export function createReading({ onTables, onFail }: ReadingOptions): Reading {
  let files: Files | undefined;
  let source = '';
  let intervals: { readonly engine: Engine<EngineCalls>; readonly key: string } | undefined;
  let last: ReadTables | undefined;

  const tell = (next: ReadTables): void => {
    last = next;
    onTables(next);
  };
  const judge = createLatest(async ({ model, view }: { model: DetectionsModel; view: DetectionsView }) => {
    try {
      const opened = await open(model);
      const runs = chosenRuns(model, view);
      for (const run of runs) await openRun(opened, run);
      const { truth } = opened.truth;
      const category = truth.categories.names.indexOf(view.category);
      const { minScore, iou } = view;
      const figures: RunFigures[] = [];
      for (const { id } of runs) {
        const ask = { run: id, minScore, iou, withHoiem: view.method === 'hoiem', ...(category >= 0 && { category }) };
        figures.push(await opened.engine.call('figure', ask));
      }
      const loaded = runs.map(({ id }) => opened.runs.get(id)!);
      const tables: ShownTables = {
        truth,
        objects:
          last?.tables.truth === truth ? last.tables.objects : groupByImage(truth.image, truth.images.ids.length),
        runs: loaded.map(({ detections }, run) => ({
          detections,
          byImage:
            last?.tables.runs.find((known) => known.detections === detections)?.byImage ??
            groupByImage(detections.image, truth.images.ids.length),
          figures: figures[run]!,
        })),
      };
      const scores = findScoreRange(loaded.map(({ detections }) => detections.scores));
      const read: ReadTables = {
        ...{ tables, runs, pictures: opened.pictures },
        iouType: loaded.every(({ iouType }) => iouType === 'segm') ? 'segm' : 'bbox',
        problems: [...describeProblems([opened.truth, ...loaded]), ...(scores.note ? [scores.note] : [])],
        scores,
        budgets: runs.map(() => undefined),
        inspect: (run, box) => inspectBox(opened, runs[run]!, box),
      };
      tell(read);
      const budgets = [];
      for (const { id } of runs) budgets.push(await opened.engine.call('budget', { run: id }));
      tell({ ...read, budgets });
      if (runs.length === 2) compare({ model, runs, minScore, iou, method: view.method });
    } catch (error) {
      onFail(error instanceof Error ? error.message : String(error));
    }
  });
  const compare = createLatest(
    async ({
      model,
      runs,
      minScore,
      iou,
      method,
    }: {
      model: DetectionsModel;
      runs: readonly DetectionsRun[];
      minScore: number;
      iou: number;
      method: DetectionsView['method'];
    }) => {
      const key = JSON.stringify([model.truth, runs.map(({ url }) => url)]);
      if (intervals?.key !== key) {
        intervals?.engine.dispose();
        const engine = await startEngine<EngineCalls>(model.workerScript);
        intervals = { engine, key };
        await engine.call('loadTruth', { bytes: await readBytes(model.truth) });
        for (const { id, url } of runs) await engine.call('loadRun', { run: id, bytes: await readBytes(url) });
      }
      const [first, second] = runs;
      const base = last;
      const pair = { first: first!.id, second: second!.id, minScore, iou };
      const found =
        method === 'hoiem'
          ? { sharesDifference: await intervals.engine.call('compareHoiem', pair) }
          : { difference: await intervals.engine.call('compare', pair) };
      // Sliders may have moved on.
      if (last && last.tables === base?.tables) tell({ ...last, ...found });
    },
  );
  return { update: (model, view) => judge({ model, view }) };

  async function open(model: DetectionsModel): Promise<Files> {
    const key = JSON.stringify([model.workerScript, model.truth, model.pictures]);
    if (files && key === source) return files;
    files?.engine.dispose();
    files?.pictures.dispose();
    files = undefined;
    const engine = await startEngine<EngineCalls>(model.workerScript);
    const truth = await engine.call('loadTruth', { bytes: await readBytes(model.truth) });
    files = {
      engine,
      truth,
      runs: new Map(),
      inspected: new Set(),
      pictures: createPictures(pictureSource(model.pictures, truth.truth.images)),
    };
    source = key;
    return files;
  }

  async function openRun({ engine, runs }: Files, { id, url }: DetectionsRun): Promise<void> {
    if (runs.has(id)) return;
    runs.set(id, await engine.call('loadRun', { run: id, bytes: await readBytes(url) }));
  }
}

async function inspectBox({ engine, inspected }: Files, run: DetectionsRun, box: NamedBox): Promise<BoxEvidence> {
  const { id, evidence } = run;
  if ('reason' in evidence) throw new Error(evidence.reason);
  const bytes = inspected.has(id) ? undefined : await readBytes(evidence.url);
  const found = await engine.call('inspect', { run: id, bytes, box });
  inspected.add(id);
  return found;
}

async function readBytes(url: string): Promise<ArrayBuffer> {
  return (await fetchOf(url)).arrayBuffer();
}

function describeProblems(parts: readonly { readonly problems: readonly DetectionProblem[] }[]): string[] {
  const all = parts.flatMap(({ problems }) => problems);
  const texts = all.map(({ message, count, examples }) => {
    const which = examples.length === 0 ? '' : ` (${count} of them; ${examples.slice(0, 3).join(', ')})`;
    return `${message[0]!.toUpperCase()}${message.slice(1)}${which}.`;
  });
  return [...new Set(texts)];
}
