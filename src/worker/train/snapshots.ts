/** Weights kept on the way of a training, in files beside its checkpoint; which there are is part of what resuming needs. */
import type { FileStamp } from '../../shared/results/records';
import type { StageContext } from '../stageContext';
import type { TrainingTask } from './trainingTask';

/** File of the weights after so many updates. */
export function snapshotFile(step: number): string {
  return `checkpoint-${step}.safetensors`;
}

export class Snapshots {
  private written: Readonly<Record<string, FileStamp>> = {};

  /** steps: updates after which the weights are kept. */
  constructor(
    private readonly steps: readonly number[],
    private readonly task: Pick<TrainingTask<never>, 'encodeWeights'>,
    private readonly context: Pick<StageContext, 'key' | 'stages'>,
  ) {}

  /** Those written so far, by the name of their file. */
  get kept(): Readonly<Record<string, FileStamp>> {
    return this.written;
  }

  isDue(step: number): boolean {
    return this.steps.includes(step) && !Object.hasOwn(this.written, snapshotFile(step));
  }

  /** Writes the weights as they are now where they are wanted and not written yet. */
  async keepIfDue(step: number): Promise<void> {
    if (!this.isDue(step)) return;
    if (!this.task.encodeWeights) throw new Error('internal: this training keeps no snapshots');
    const name = snapshotFile(step);
    const { key, stages } = this.context;
    const stamp = await stages.writeFile(key, name, await this.task.encodeWeights(step));
    this.written = { ...this.written, [name]: stamp };
  }

  importState(kept: Readonly<Record<string, FileStamp>>): void {
    this.written = kept;
  }
}
