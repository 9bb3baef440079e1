/**
 * Stages of one run, taken by several workers. Nobody hands them out: each worker goes through the plan in its order and
 * takes what is free and has all it needs; claims decide races, and what a worker that died had claimed is free again.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Stage } from '../shared/experiment/stages';
import type { RunStatus, StageStatus } from '../shared/results/runManifest';

/** `worked`: time has passed, so that stages passed over may be free by now. `later`: not now. */
export type Taking = 'settled' | 'worked' | 'later';

export interface TeamMember {
  isStopping(): boolean;
  /** Before each look at the stages that are left. */
  lookAround(): Promise<void>;
  take(stage: Stage): Promise<Taking>;
}

/** Time between two looks while others have everything that could be done. */
const POLL_MS = 50;

/** Ends when every stage is settled by somebody, or when the member is to stop. */
export async function shareStages(stages: readonly Stage[], member: TeamMember): Promise<void> {
  let left: readonly Stage[] = stages;
  while (left.length > 0 && !member.isStopping()) {
    await member.lookAround();
    const { later, hasWorked } = await takeRound(left, member);
    left = later;
    if (left.length > 0 && !hasWorked) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function takeRound(
  left: readonly Stage[],
  member: TeamMember,
): Promise<{ readonly later: readonly Stage[]; readonly hasWorked: boolean }> {
  const later: Stage[] = [];
  for (const [index, stage] of left.entries()) {
    const taking = member.isStopping() ? 'later' : await member.take(stage);
    if (taking === 'later') later.push(stage);
    // What comes first in the plan goes first, if it has become free meanwhile.
    if (taking === 'worked') return { later: [...later, ...left.slice(index + 1)], hasWorked: true };
  }
  return { later, hasWorked: false };
}

/** What the other workers of a run say that they could not do, by stage id. */
export async function readFailures(runFolder: string): Promise<ReadonlyMap<string, StageStatus>> {
  const folder = path.join(runFolder, 'parts');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'));
  const files = [path.join(runFolder, 'status.json'), ...names.map((name) => path.join(folder, name))];
  const failures = new Map<string, StageStatus>();
  for (const file of files) {
    const status = await readStatus(file);
    for (const [id, stage] of Object.entries(status?.stages ?? {}))
      if (stage.state === 'failed' || stage.state === 'skipped') failures.set(id, stage);
  }
  return failures;
}

async function readStatus(file: string): Promise<RunStatus | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as RunStatus;
  } catch {
    return undefined;
  }
}
