/**
 * The few-shot stage: episodes of novel classes on stored features, layer by layer, with validation episodes and the base
 * task beside them. Episodes depend on the seed and the data alone, so that pretrainings are compared episode by episode.
 */
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FrozenStage } from '../../../shared/experiment/stages';
import type { FewShotTransfer } from '../../../shared/experiment/transferSchema';
import { Cancelled, UserError } from '../../../shared/errors';
import { drawEpisodes, isLargeEnough, type ClassRows, type Episodes } from '../../../shared/math/fewShot/drawEpisodes';
import type { EpisodeClassifier } from '../../../shared/math/fewShot/episodeClassifiers';
import {
  scoreEpisodes,
  transformRows,
  type EpisodeRows,
  type EpisodeScores,
} from '../../../shared/math/fewShot/scoreEpisodes';
import { encodeEpisodes } from '../../../shared/results/episodes';
import type { FileStamp, LayerScore, TransferResult } from '../../../shared/results/records';
import { sheetName } from '../../../shared/results/sceneSheets';
import type { StageContext, StageOutput } from '../../stageContext';
import { loadPart } from '../frozenPart';
import { encodeSheets } from '../sceneSheets';
import { scoreBaseTask, splitBaseRows, type BaseSplit } from './baseTask';
import { describeEpisodes, sheetPlaces, sheetStore } from './episodeFiles';
import { createPool, gatherRows, pictureOf, type EpisodePool } from './episodePool';

/** Episodes of one part of the classes, as places in `rows`. */
interface PartEpisodes {
  readonly rows: Int32Array;
  readonly episodes: Episodes;
}

export async function runFewShot(
  stage: FrozenStage,
  settings: FewShotTransfer,
  context: StageContext,
): Promise<StageOutput> {
  const train = await loadPart(context.needs.get(stage.trainFeatures), stage, context);
  const test = await loadPart(context.needs.get(stage.testFeatures), stage, context);
  const pool = createPool(train, test, settings);
  const work = planWork(pool, settings, context.seed);
  const layers: LayerScore[] = [];
  const scored: { layer: string; scores: EpisodeScores }[] = [];
  let last: EpisodeRows | undefined;
  for (const [position, layer] of settings.layers.entries()) {
    const rows = prepare(pool, layer, work.novel.rows, settings);
    const scores = await scoreAll(work.novel.episodes, rows, classifierOf(settings, context.seed), context);
    const extra = await scoreBeside(pool, layer, work, { settings, context });
    const { mean, halfWidth } = scores.interval;
    const metrics = { accuracy: mean, accuracyInterval: halfWidth ?? 0, ...extra };
    const depth = settings.layers.length > 1 ? position / (settings.layers.length - 1) : 1;
    layers.push({ layer, depth, dimension: rows.dimension, metrics });
    scored.push({ layer, scores });
    last = rows;
    context.progress(position + 1, settings.layers.length, 'layers', `${layer} ${(100 * mean).toFixed(1)} %`);
  }
  const { rows, episodes } = work.novel;
  const results = await describeEpisodes({
    settings,
    pool,
    rows,
    episodes,
    layers: scored,
    last: last!,
    signal: context.signal,
  });
  const files: Record<string, FileStamp> = {};
  for (const [name, bytes] of Object.entries(encodeEpisodes(results)))
    files[name] = await context.stages.writeFile(context.key, name, bytes);
  const store = sheetStore(pool);
  let sheet = 0;
  if (store)
    for await (const bytes of encodeSheets(store, sheetPlaces(pool, rows))) {
      const name = sheetName(sheet++);
      files[name] = await context.stages.writeFile(context.key, name, bytes);
    }
  const final = scored.at(-1)!;
  const result: TransferResult = {
    kind: 'transfer',
    task: settings.task,
    data: settings.data,
    trainImages: pool.baseRows.length,
    testImages: rows.length,
    classes: pool.novel.length,
    layers,
    headline: { metric: 'accuracy', layer: final.layer, value: final.scores.interval.mean },
    episodes: {
      ways: settings.ways,
      shots: settings.shots,
      queries: settings.queries,
      digest: digestEpisodes(pool, work.novel),
      right: [...final.scores.right],
    },
    notes: work.notes,
  };
  return { result, files };
}

interface Work {
  readonly novel: PartEpisodes;
  /** Absent where validation classes are too few. */
  readonly validation: PartEpisodes | undefined;
  readonly base: BaseSplit | undefined;
  readonly notes: readonly string[];
}

function planWork(pool: EpisodePool, settings: FewShotTransfer, seed: number): Work {
  const notes: string[] = [];
  const small = pool.novel.filter((rows) => !isLargeEnough(rows, settings));
  if (small.length > 0) {
    notes.push(
      `${small.length} of ${pool.novel.length} novel classes have too few images for ${settings.shots} shots and ${settings.queries} queries and are left out`,
    );
  }
  const usable = pool.validation.filter((rows) => isLargeEnough(rows, settings));
  const hasBase = settings.baseTask !== 'none' && pool.baseClasses.length > 1;
  if (settings.baseTask !== 'none' && !hasBase)
    notes.push('there are no base classes, so the base task is not measured');
  return {
    novel: drawPart(pool.novel, settings, seed),
    validation: usable.length >= settings.ways ? drawPart(pool.validation, settings, seed) : undefined,
    base: hasBase ? splitBaseRows(pool, settings.classSeed) : undefined,
    notes,
  };
}

/** Episodes with rows renamed to places in a list of all rows of the part. */
function drawPart(classes: readonly ClassRows[], settings: FewShotTransfer, seed: number): PartEpisodes {
  const usable = classes.filter((rows) => isLargeEnough(rows, settings));
  const drawn = drawEpisodes(classes, settings, seed);
  const rows = Int32Array.from(new Set(usable.flatMap(({ support, query }) => [...support, ...query]))).sort();
  const places = new Map(Array.from(rows, (row, i) => [row, i] as const));
  const rename = (list: Int32Array) => list.map((row) => places.get(row)!);
  return { rows, episodes: { ...drawn, support: rename(drawn.support), query: rename(drawn.query) } };
}

function classifierOf(settings: FewShotTransfer, seed: number): EpisodeClassifier {
  const { classifier, l2, learningRate, momentum, dampening, weightDecay, batch, epochs } = settings;
  if (classifier === 'logistic') return { kind: classifier, l2 };
  if (classifier !== 'fine-tuned-head') return { kind: classifier };
  return { kind: classifier, learningRate, momentum, dampening, weightDecay, batch, epochs, seed };
}

function prepare(pool: EpisodePool, layer: string, rows: Int32Array, { transform, id }: FewShotTransfer): EpisodeRows {
  const features = gatherRows(pool, layer, rows);
  if (transform !== 'centred-l2') return transformRows(features, transform, undefined);
  if (pool.baseRows.length === 0)
    throw new UserError('config', `"${id}" centres features by its base classes, but there are none; raise \`base\``);
  const { values, dimension } = gatherRows(pool, layer, pool.baseRows);
  const centre = new Float64Array(dimension);
  values.forEach((value, i) => (centre[i % dimension] = centre[i % dimension]! + value / pool.baseRows.length));
  return transformRows(features, transform, centre);
}

/** Episodes at a time; between them the event loop gets its turn. */
const CHUNK = 50;

async function scoreAll(
  episodes: Episodes,
  rows: EpisodeRows,
  classifier: EpisodeClassifier,
  context: StageContext,
): Promise<EpisodeScores> {
  const scoring = scoreEpisodes(episodes, rows, classifier);
  for (let step = scoring.next(); ; step = scoring.next()) {
    if (step.done) return step.value;
    if (step.value % CHUNK !== 0) continue;
    await nextTurn();
    if (context.signal.aborted) throw new Cancelled();
  }
}

async function scoreBeside(
  pool: EpisodePool,
  layer: string,
  { validation, base }: Work,
  { settings, context }: { readonly settings: FewShotTransfer; readonly context: StageContext },
): Promise<Record<string, number>> {
  const metrics: Record<string, number> = {};
  if (validation) {
    const rows = prepare(pool, layer, validation.rows, settings);
    const scores = await scoreAll(validation.episodes, rows, classifierOf(settings, context.seed), context);
    metrics.validationAccuracy = scores.interval.mean;
  }
  if (base) metrics.baseAccuracy = await scoreBaseTask(pool, layer, base, context.signal);
  return metrics;
}

/** SHA-256 of the pictures of all episodes, by split and place. */
function digestEpisodes(pool: EpisodePool, { rows, episodes }: PartEpisodes): string {
  const names = Array.from(rows, (row) => {
    const { part, index } = pictureOf(pool, row);
    return `${part.split}:${index}`;
  });
  const hash = createHash('sha256').update(JSON.stringify(names));
  for (const list of [episodes.way, episodes.support, episodes.query]) hash.update(new Int32Array(list));
  return hash.digest('hex');
}
