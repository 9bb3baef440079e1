/** What earlier attempts at a stage say about another one. Pure. */
import type { RunStatus } from '../../../shared/results/runManifest';

/** Exit codes of a part (src/worker/partExit.ts). */
const FINAL = 65;
const STOPPED = 75;
const FENCED = 76;
const NEEDS = 77;

export type Verdict = { readonly state: 'retry' } | { readonly state: 'failed'; readonly reason: string };

/** `attempts`: at this stage, oldest first; `silent`: jobs that began and left nothing. */
export function judgeAttempts(
  id: string,
  attempts: readonly RunStatus[],
  { silent, most }: { readonly silent: number; readonly most: number },
): Verdict {
  const last = attempts.at(-1);
  if (last?.exitCode === FINAL)
    return { state: 'failed', reason: last.stages[id]?.message ?? last.message ?? 'it failed' };
  const wasted = attempts.filter((status, index) => isWasted(status, attempts[index - 1])).length + silent;
  if (wasted < most) return { state: 'retry' };
  const said = last?.stages[id]?.message ?? last?.message ?? 'its jobs were killed or crashed';
  return { state: 'failed', reason: `given up after ${wasted} attempts: ${said}` };
}

/** An attempt that was checkpointed and had got further than the one before it does not count. */
function isWasted({ exitCode, progress }: RunStatus, before: RunStatus | undefined): boolean {
  if (exitCode === FENCED || exitCode === NEEDS) return false;
  if (exitCode !== STOPPED) return true;
  return (
    before !== undefined &&
    (progress?.done ?? 0) <= (before.progress?.done ?? 0) &&
    progress?.stage === before.progress?.stage
  );
}
