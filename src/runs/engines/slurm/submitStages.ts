/**
 * Stages into Slurm as arrays of jobs, each array once the jobs that it waits for have an id. A limit on jobs is met by
 * smaller arrays, and by stopping there: whoever brings the run up to date later goes on.
 */
import type { PlannedStage } from '../../../shared/results/runManifest';
import type { QueuedJob } from './slurmTools';
import { handOver, writeIntent, type ArrayOrder } from './submitArray';
import { groupArrays, groupTasks, type Task } from './taskGraph';

const DEFAULT_MAX_ARRAY = 1001;

export interface SubmittedArrays {
  readonly arrays: number;
  /** Why not everything could be submitted. */
  readonly message?: string;
}

interface Surroundings {
  /** Id of the job that computes the stage with this key, if there is one already. */
  readonly jobOf: (key: string) => string | undefined;
  readonly onJob: (task: Task, job: QueuedJob) => void;
}

/** A job as Slurm's tools name it. */
export function jobId({ arrayId, index }: Pick<QueuedJob, 'arrayId' | 'index'>): string {
  return `${arrayId}_${index}`;
}

export async function submitStages(
  order: ArrayOrder,
  stages: readonly PlannedStage[],
  around: Surroundings,
): Promise<SubmittedArrays> {
  const tasks = groupTasks(stages, order.options.pack);
  const makers = new Map<string, Task>();
  for (const task of tasks) for (const { key } of task.stages) if (!makers.has(key)) makers.set(key, task);
  const submitter = new Submitter(order, around);
  const waits = (task: Task): string[] =>
    task.needs.flatMap((key) => submitter.ids.get(makers.get(key)!) ?? around.jobOf(key) ?? []);
  const most = await mostTasks(order);
  for (let left = tasks; left.length > 0;) {
    const isReady = (task: Task) => task.needs.every((key) => !makers.has(key) || submitter.ids.has(makers.get(key)!));
    const now = left.filter(isReady);
    if (now.length === 0) break;
    left = left.filter((task) => !now.includes(task));
    for (const { tasks: alike } of groupArrays(now, waits, most))
      if (!(await submitter.submit(alike, [...new Set(waits(alike[0]!))]))) return submitter.result();
  }
  return submitter.result();
}

async function mostTasks({ tools }: ArrayOrder): Promise<number> {
  const { stdout } = await tools.run('scontrol', ['show', 'config'], 15_000);
  return Math.max(1, Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(stdout)?.[1] ?? DEFAULT_MAX_ARRAY) - 1);
}

class Submitter {
  /** Ids of the jobs that were submitted here. */
  readonly ids = new Map<Task, string>();
  private arrays = 0;
  private message: string | undefined;

  constructor(
    private readonly order: ArrayOrder,
    private readonly around: Surroundings,
  ) {}

  result(): SubmittedArrays {
    return { arrays: this.arrays, ...(this.message !== undefined && { message: this.message }) };
  }

  /** False when nothing more can be submitted now. An array that a limit forbids is tried in halves. */
  async submit(tasks: readonly Task[], after: readonly string[]): Promise<boolean> {
    const { kind, resources } = tasks[0]!;
    const submission = await writeIntent(this.order, { kind, resources, tasks }, after);
    const handing = await handOver(this.order, submission);
    if (handing === 'blind') {
      this.message = 'Slurm does not answer; what was to be submitted is submitted when it does';
      return false;
    }
    if ('limit' in handing) {
      this.message = `Slurm takes no more jobs now (${handing.limit}); the rest is submitted later`;
      if (tasks.length === 1) return false;
      const half = Math.ceil(tasks.length / 2);
      return (await this.submit(tasks.slice(0, half), after)) && (await this.submit(tasks.slice(half), after));
    }
    this.arrays++;
    tasks.forEach((task, index) => {
      const place = { arrayId: handing.id, index };
      this.ids.set(task, jobId(place));
      this.around.onJob(task, { name: submission.name, ...place, state: 'queued', reason: 'None' });
    });
    return true;
  }
}
