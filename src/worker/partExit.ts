/** How a part of a run tells a cluster what became of it: one number, below 128 (sacct garbles those above). */
import { UserError } from '../shared/errors';
import type { RunOutcome } from '../shared/protocol/worker';

export const PART_EXIT = {
  /** All its stages are committed. */
  done: 0,
  /** Experiment, data or numbers are wrong; trying again changes nothing. */
  final: 65,
  /** A bug, or a failure that another attempt may not have. */
  failed: 70,
  /** Checkpointed; wants to go on. */
  stopped: 75,
  /** Another attempt has taken its stage over. */
  fenced: 76,
  /** What a stage needs is not committed. */
  needs: 77,
} as const;

export type PartExit = (typeof PART_EXIT)[keyof typeof PART_EXIT];

export function exitOf({ state, left, isFinal }: Pick<RunOutcome, 'state' | 'left' | 'isFinal'>): PartExit {
  if (state === 'failed') return isFinal === true ? PART_EXIT.final : PART_EXIT.failed;
  if (left !== undefined) return PART_EXIT[left];
  return state === 'done' ? PART_EXIT.done : PART_EXIT.stopped;
}

/** Of a part that broke off. A disk that is full or read-only keeps the checkpoint: it can go on when that is mended. */
export function exitOfError(error: unknown): PartExit {
  if (!(error instanceof UserError)) return PART_EXIT.failed;
  if (error.code === 'storage') return PART_EXIT.stopped;
  return error.code === 'worker' ? PART_EXIT.failed : PART_EXIT.final;
}
