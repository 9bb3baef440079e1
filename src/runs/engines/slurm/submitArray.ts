/**
 * One array of jobs into Slurm, once: its intent is written under a unique name before sbatch is called, so that whoever
 * finds the intent without an id can ask Slurm whether the array got in. An sbatch that timed out may well have done it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { UserError } from '../../../shared/errors';
import type { ResourceSettings } from '../../../shared/experiment/resourceFields';
import { SUBMISSION_VERSION, type SlurmOptions, type Submission } from '../../../shared/results/submission';
import { JOB_PREFIX, type EngineFolder } from './engineFolder';
import type { SlurmTools } from './slurmTools';
import type { TaskArray } from './taskGraph';

/** Time after which an array that got in shows under its name. */
export const SETTLE_MS = 15_000;
const DEFAULT_MINUTES = 240;
/** Variables of the submitter that a job gets; its secrets are not among them. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TRANSFERSCOPE_OUTSIDE_PATHS', 'TRANSFERSCOPE_MEMORY_MB'];

export interface ArrayOrder {
  readonly folder: EngineFolder;
  readonly runFolder: string;
  readonly tools: SlurmTools;
  readonly options: SlurmOptions;
  readonly settleMs: number;
}

/** `after`: ids of jobs (`17_3`) that must have ended well. */
export async function writeIntent(order: ArrayOrder, array: TaskArray, after: readonly string[]): Promise<Submission> {
  const { folder, runFolder, options } = order;
  const run = createHash('sha256').update(runFolder).digest('hex').slice(0, 8);
  const name = `${JOB_PREFIX}${run}-${array.kind}-${randomBytes(4).toString('hex')}`;
  const script = await folder.writeScript(name, options.setup);
  const submission: Submission = {
    ...{ version: SUBMISSION_VERSION, engine: 'slurm', name, patienceSeconds: options.patienceSeconds },
    args: [
      ...sbatchOptions({ name, array, after, ...order }),
      ...[script, options.node, '--enable-source-maps', options.worker, 'part', runFolder, name],
    ],
    tasks: array.tasks.map(({ stages }) => ({ stages: stages.map(({ id }) => id) })),
    writtenAt: new Date().toISOString(),
  };
  await folder.writeSubmission(submission);
  return submission;
}

interface Wanted extends ArrayOrder {
  readonly name: string;
  readonly array: TaskArray;
  readonly after: readonly string[];
}

function sbatchOptions({ name, array, after, folder, runFolder, options }: Wanted): string[] {
  const asked = { ...array.resources, ...options.resources };
  const throttle = options.maxParallel === undefined ? '' : `%${options.maxParallel}`;
  const minutes = asked.time ?? DEFAULT_MINUTES;
  // A job shorter than its grace would be told to end as it begins.
  const grace = Math.max(10, Math.min(options.graceSeconds, minutes * 15));
  return [
    ...['--parsable', '-J', name, '--array', `0-${array.tasks.length - 1}${throttle}`],
    ...['--requeue', '--open-mode=append', `--signal=B:USR2@${grace}`, '-t', String(minutes)],
    ...machineOptions({ ...options, resources: asked }),
    `--export=${PASSED_ON.join(',')}`,
    ...['-D', runFolder, '-o', join(folder.logs, `${name}.`).replaceAll('%', '%%') + '%a.log'],
    ...(after.length > 0 ? ['-d', `afterok:${after.join(':')}`, '--kill-on-invalid-dep=yes'] : []),
    ...options.extra,
  ];
}

/** Which machine, and on whose account. */
export function machineOptions({ resources, account, qos, constraint }: SlurmOptions): string[] {
  return [...resourceOptions(resources), ...given('-A', account), ...given('--qos', qos), ...given('-C', constraint)];
}

function resourceOptions({ gpus = 0, cpus, memory, partition }: ResourceSettings): string[] {
  return [
    ...(gpus > 0 ? [`--gpus-per-node=${gpus}`] : []),
    ...given('-c', cpus),
    ...given('--mem', memory === undefined ? undefined : `${Math.ceil(memory * 1024)}M`),
    ...given('-p', partition),
  ];
}

function given(option: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [option, String(value)];
}

export type Handing = { readonly id: string } | { readonly limit: string } | 'blind';

/** Hands an intent to Slurm and writes its id down. A limit on jobs is an answer; any other refusal is thrown. */
export async function handOver(order: ArrayOrder, submission: Submission): Promise<Handing> {
  const { tools, folder } = order;
  const answer = await tools.run('sbatch', submission.args, 120_000);
  const id = /^\d+/.exec(answer.stdout.trim())?.[0];
  if (answer.ok && id !== undefined) {
    await folder.writeSubmission({ ...submission, id });
    return { id };
  }
  if (answer.isMissing)
    throw new UserError(
      'runtime',
      'there is no sbatch here; submit from a machine of the cluster, or see transferscope doctor',
    );
  if (answer.isLost || isPassing(answer.stderr)) return settle(order, submission);
  const said =
    answer.stderr
      .split('\n')
      .at(-1)
      ?.replace(/^sbatch: (error: )?/, '') ?? 'no reason given';
  await folder.writeSubmission({ ...submission, refused: said });
  if (/MaxSubmitJobLimit|MaxJobCount|job limit/i.test(answer.stderr)) return { limit: said };
  throw new UserError(
    'runtime',
    `Slurm refuses the jobs: ${said}; change what they ask for, or see \`transferscope doctor\`, and submit again`,
  );
}

/** Whether an intent that has no id got in, found out by its name; submitted again when it certainly did not. */
export async function settle(order: ArrayOrder, submission: Submission): Promise<Handing> {
  const { tools, folder, settleMs } = order;
  for (let goodSince: number | undefined; ;) {
    const ids = await tools.findByName(submission.name);
    const [first, ...rest] = ids ?? [];
    if (first !== undefined) {
      await tools.cancel(rest);
      await folder.writeSubmission({ ...submission, id: first });
      return { id: first };
    }
    if (ids === undefined || !(await tools.isUp())) return 'blind';
    const now = performance.now();
    goodSince ??= now;
    if (now - goodSince >= settleMs) return handOver(order, submission);
    await new Promise((resolve) => setTimeout(resolve, Math.min(1000, settleMs)));
  }
}

/** Trouble on the way to the controller: nothing is known of what it did. */
function isPassing(said: string): boolean {
  return /timed out|Unable to contact|connect failure|temporarily|slurm_receive_msg|Zero Bytes|Connection refused/i.test(
    said,
  );
}
