/** Slurm's words for the state of a job, as few as a user needs. */

/** `ended` says nothing of success: that is told by records. `unknown` counts as active: nothing is decided on it. */
export type JobState = 'queued' | 'held' | 'running' | 'ended' | 'unknown';

const words: Readonly<Record<Exclude<JobState, 'unknown'>, readonly string[]>> = {
  queued: ['PENDING', 'CONFIGURING', 'REQUEUED', 'REQUEUE_FED'],
  held: ['REQUEUE_HOLD', 'SPECIAL_EXIT', 'SUSPENDED', 'STOPPED', 'RESV_DEL_HOLD'],
  running: ['RUNNING', 'COMPLETING', 'STAGE_OUT', 'SIGNALING', 'RESIZING', 'POWER_UP_NODE', 'UPDATE_DB'],
  ended: [
    ...['COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT', 'DEADLINE', 'OUT_OF_MEMORY', 'NODE_FAIL', 'BOOT_FAIL'],
    ...['LAUNCH_FAILED', 'RECONFIG_FAIL', 'PREEMPTED', 'REVOKED'],
  ],
};

/** `word`: as squeue or sacct print it ("CANCELLED by 0"); `reason`: why it waits. */
export function mapJobState(word: string, reason = ''): JobState {
  const [first = ''] = word.trim().toUpperCase().split(/[ +]/);
  if (first === 'PENDING' && /^JobHeld|held/.test(reason)) return 'held';
  for (const state of ['queued', 'held', 'running', 'ended'] as const) if (words[state].includes(first)) return state;
  return 'unknown';
}

/** What Slurm will not start however long one waits. */
export function isHopeless(reason: string): boolean {
  return reason === 'DependencyNeverSatisfied';
}

const explanations: Readonly<Record<string, string>> = {
  Dependency: 'waits for what it needs',
  Resources: 'waits for free machines',
  Priority: 'waits behind other jobs',
  BeginTime: 'was queued again and starts in about two minutes',
  JobArrayTaskLimit: 'waits: as many jobs run as were allowed at a time',
  PartitionTimeLimit: 'asks for more time than the partition allows; submit it with a smaller --time',
  PartitionNodeLimit: 'asks for more than the partition has; submit it with other resources',
  PartitionConfig: 'asks for more than a machine of the partition has; submit it with other resources',
  ReqNodeNotAvail: 'waits for a machine that is down or reserved',
  JobHeldUser: 'is held; let it go with scontrol release',
  JobHeldAdmin: 'is held by an administrator',
};

/** Slurm's reason in words. */
export function explainReason(reason: string): string {
  const [word = ''] = reason.split(/[,(:]/);
  if (word === '' || word === 'None') return 'queued';
  return (
    explanations[word] ??
    (word.startsWith('Assoc') || word.startsWith('QOS') ? `waits: your limit ${word} is reached` : word)
  );
}
