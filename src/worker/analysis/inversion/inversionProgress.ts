/**
 * How far a stage of inversions is, kept so that a killed one goes on to the same result: what is finished, the inversion
 * under way, and the curve's file. Pictures are written when they are found; they count only while they are as they were.
 */
import { readFile } from 'node:fs/promises';
import type { Inversion, InversionLayer, InversionSnapshot } from '../../../shared/results/inversion';
import type { FileStamp } from '../../../shared/results/records';
import type { SavedState } from '../../models/savedState';
import type { StageContext } from '../../stageContext';
import { sha256 } from '../../storage/atomicFile';
import { METRICS_FILE, MetricsFile } from '../../storage/metricsFile';
import { loadUsableState, saveTrainingState, STATE_FILE } from '../../train/trainingState';

export interface KnownLayer extends InversionLayer {
  /** Channels. */
  readonly dimension: number;
}

/** What is known of the inversion under way. */
export interface PartialInversion {
  readonly snapshots: InversionSnapshot[];
  readonly curve: { readonly iterations: number[]; readonly losses: number[] };
}

/** Plain JSON. */
export interface FinishedWork {
  /** By place in the settings' layers; filled as they are first read. */
  readonly layers: KnownLayer[];
  readonly inversions: Inversion[];
  readonly files: Record<string, FileStamp>;
  readonly partial: PartialInversion;
}

export function emptyPartial(): PartialInversion {
  return { snapshots: [], curve: { iterations: [], losses: [] } };
}

export class InversionProgress {
  work: FinishedWork = { layers: [], inversions: [], files: {}, partial: emptyPartial() };
  /** State of the inversion under way when the stage was interrupted, until it is taken up. */
  resumed: SavedState | undefined;
  private earlierTime = { seconds: 0, attempts: 0 };
  private readonly begun = performance.now();
  private readonly file: string;

  private constructor(
    private readonly context: StageContext,
    readonly metrics: MetricsFile,
  ) {
    this.file = context.stages.file(context.key, STATE_FILE);
  }

  /** Takes up an interrupted stage, or starts anew. */
  static async open(context: StageContext): Promise<InversionProgress> {
    const metrics = context.stages.file(context.key, METRICS_FILE);
    const file = context.stages.file(context.key, STATE_FILE);
    const state = await loadUsableState({ file, metrics, warn: context.warn });
    const work = state?.finished as FinishedWork | undefined;
    const lost = work && (await findChanged(work.files, context));
    if (lost !== undefined) context.warn(`${lost} was changed or removed; the inversion starts again`);
    const isUsed = state !== undefined && work !== undefined && lost === undefined;
    const progress = new InversionProgress(
      context,
      await MetricsFile.open(metrics, isUsed ? state.metricsFile.bytes : 0),
    );
    if (!isUsed) return progress;
    progress.work = work;
    progress.earlierTime = { seconds: state.seconds, attempts: state.attempts };
    if (state.tensors.size > 0) progress.resumed = { tensors: state.tensors, scalars: state.scalars };
    return progress;
  }

  /** Working time of earlier attempts. */
  get earlier(): { readonly seconds: number; readonly attempts: number } {
    return this.earlierTime;
  }

  /** Writes a file of the result. */
  async keep(name: string, bytes: Uint8Array): Promise<void> {
    this.work.files[name] = await this.context.stages.writeFile(this.context.key, name, bytes);
  }

  /** step: updates over all inversions; state: of the one under way, if there is one. */
  async save(step: number, state: SavedState | undefined): Promise<void> {
    await this.context.stages.requireOwned(this.context.key);
    await saveTrainingState(this.file, {
      step,
      tensors: state?.tensors ?? new Map(),
      scalars: state?.scalars ?? {},
      finished: this.work,
      metricsFile: await this.metrics.stamp(),
      seconds: this.earlierTime.seconds + (performance.now() - this.begun) / 1000,
      attempts: this.earlierTime.attempts + 1,
    });
  }
}

/** The first file that is not as it was written. */
async function findChanged(
  files: Readonly<Record<string, FileStamp>>,
  { stages, key }: StageContext,
): Promise<string | undefined> {
  for (const [name, stamp] of Object.entries(files)) {
    const bytes = await readFile(stages.file(key, name)).catch(() => undefined);
    if (!bytes || sha256(bytes) !== stamp.sha256) return name;
  }
  return undefined;
}
