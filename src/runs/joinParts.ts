/**
 * One status of a run that several workers compute: its own status file, those of its parts, and what a cluster said when
 * it was last asked. Each file has one writer; this is the only place where they are put together. Pure.
 */
import type {
  EngineReport,
  PlannedStage,
  RunManifest,
  RunState,
  RunStatus,
  RunStatusProgress,
  StageState,
  StageStatus,
} from '../shared/results/runManifest';

export interface PartStatus {
  readonly name: string;
  readonly status: RunStatus;
  /** Whether its worker still shows signs of life. */
  readonly isLive: boolean;
}

export interface JoinInput {
  readonly manifest: RunManifest | undefined;
  readonly own: RunStatus;
  readonly parts: readonly PartStatus[];
  /** Of a run that a cluster computes. */
  readonly report?: EngineReport;
  /** Whether somebody has asked for an end. */
  readonly isStopAsked: boolean;
}

/** `interrupted`: a cluster has no job of it left, though stages are. */
export type JoinedState = RunState | 'interrupted';

export function joinParts(input: JoinInput): { readonly status: RunStatus; readonly state: JoinedState } {
  const { manifest, own, parts } = input;
  const isOnCluster = manifest?.engine !== undefined;
  if (parts.length === 0 && !isOnCluster) return { status: own, state: own.state };
  const byAge = [...parts].sort((a, b) => a.status.startedAt.localeCompare(b.status.startedAt));
  const stages = joinStages(manifest?.stages ?? [], { ...input, parts: byAge });
  const live = byAge.filter(({ isLive }) => isLive).map(({ status }) => status);
  const state = isOnCluster ? clusterState(stages, live.length > 0, input) : own.state;
  const progress = joinProgress(stages, isOnCluster ? live : [own, ...live]);
  const message = own.message ?? (state === 'failed' ? firstFailure(stages) : input.report?.message);
  return {
    state,
    status: {
      ...own,
      state: state === 'interrupted' ? 'stopped' : state,
      heartbeatAt: [own, ...live].map(({ heartbeatAt }) => heartbeatAt).reduce((a, b) => (a > b ? a : b)),
      stages,
      ...(progress && { progress }),
      ...(message !== undefined && { message }),
    },
  };
}

/** Parts by age, oldest first: what a later attempt says of a stage replaces what an earlier one said. */
function joinStages(planned: readonly PlannedStage[], input: JoinInput): Record<string, StageStatus> {
  const told = new Map<string, StageStatus>(Object.entries(input.own.stages));
  for (const { status, isLive } of input.parts) {
    for (const [id, stage] of Object.entries(status.stages)) {
      const before = told.get(id)?.state;
      // `done` says more than `reused`, by which a later attempt calls what an earlier one has done.
      if (stage.state === 'waiting' || before === 'done') continue;
      if (before === 'reused' && stage.state !== 'done') continue;
      told.set(id, stage.state === 'running' && !isLive ? { state: 'waiting' } : stage);
    }
  }
  for (const [id, { state, reason }] of Object.entries(input.report?.stages ?? {})) {
    const before = told.get(id)?.state ?? 'waiting';
    const message = reason === undefined ? {} : { message: reason };
    if (state === 'failed' && !isThere(before)) told.set(id, { state: 'failed', ...message });
    else if (before === 'waiting' && state !== 'running') told.set(id, { state: 'waiting', ...message });
  }
  if (input.manifest?.engine !== undefined) skipBroken(planned, told);
  return Object.fromEntries(told);
}

/** What a failed stage was needed for will not be done: a cluster does not start it, so nobody else says so. */
function skipBroken(planned: readonly PlannedStage[], told: Map<string, StageStatus>): void {
  const broken = new Map<string, string>();
  for (const { id, key, needs = [] } of planned) {
    const state = told.get(id)?.state ?? 'waiting';
    const missing = needs.find((needed) => broken.has(needed));
    if (state === 'waiting' && missing !== undefined)
      told.set(id, { state: 'skipped', message: `it needs ${broken.get(missing)}, which failed` });
    const now = told.get(id)?.state;
    if (now === 'failed' || now === 'skipped') broken.set(key, id);
  }
}

function isThere(state: StageState): boolean {
  return state === 'done' || state === 'reused';
}

function clusterState(
  stages: Readonly<Record<string, StageStatus>>,
  isLive: boolean,
  { manifest, report, isStopAsked }: JoinInput,
): JoinedState {
  const states = (manifest?.stages ?? []).map(({ id }) => stages[id]?.state ?? 'waiting');
  if (states.every((state) => state !== 'waiting' && state !== 'running'))
    return states.includes('failed') || states.includes('skipped') ? 'failed' : 'done';
  if (isLive) return 'running';
  if (isStopAsked) return 'stopped';
  return report?.state === 'idle' ? 'interrupted' : 'submitted';
}

function firstFailure(stages: Readonly<Record<string, StageStatus>>): string | undefined {
  const [id, failed] = Object.entries(stages).find(([, { state }]) => state === 'failed') ?? [];
  return id === undefined ? undefined : `${id}: ${failed?.message ?? 'it failed'}`;
}

/** Finished stages count 1, those under way in part. How long the rest takes is not foretold: others share it. */
function joinProgress(
  stages: Readonly<Record<string, StageStatus>>,
  workers: readonly RunStatus[],
): RunStatusProgress | undefined {
  const told = workers.flatMap(({ progress }) => progress ?? []);
  const under = told.filter(({ stage }) => stage !== undefined && stages[stage]?.state === 'running');
  const [first, ...beside] = under;
  if (told.length === 0) return undefined;
  const states = Object.values(stages);
  const partly = under.map(({ done = 0, total = 0 }) => (total > 0 ? Math.min(1, done / total) : 0));
  const finished = states.filter(({ state }) => state !== 'waiting' && state !== 'running').length;
  const fraction = (finished + partly.reduce((sum, part) => sum + part, 0)) / Math.max(1, states.length);
  const only = workers.length === 1 ? told[0]!.secondsLeft : undefined;
  return {
    fraction: Math.min(1, fraction),
    ...(first?.stage !== undefined && { stage: first.stage }),
    ...(first?.total !== undefined && { done: first.done, total: first.total, unit: first.unit }),
    ...(only !== undefined && { secondsLeft: only }),
    ...(beside.length > 0 && { beside: beside.map(({ stage, done, total }) => ({ stage: stage!, done, total })) }),
  };
}
