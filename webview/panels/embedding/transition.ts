/** A map's short way to where its images are next; without it where motion is not wanted. */
import type { Rectangle } from '../../../src/shared/views/embedding/pointGrid';

const DURATION_MS = 450;

export interface Transition {
  /** Where images are to be. */
  go(to: TransitionGoal): void;
  /** Once per frame. */
  step(): void;
  /** [images, 2] where they are now. */
  at(): Float32Array;
  bounds(): Rectangle;
  isMoving(): boolean;
}

interface TransitionGoal {
  readonly at: Float32Array;
  readonly bounds: Rectangle;
  /** Of the map: to the same one there is no way. */
  readonly key: string;
  readonly hasMotion: boolean;
}

export function createTransition(onStart: () => void): Transition {
  let goal: TransitionGoal | undefined;
  let from: { readonly at: Float32Array; readonly bounds: Rectangle; since: number | undefined } | undefined;
  let now = new Float32Array(0);
  let bounds: Rectangle = { left: 0, top: 0, right: 1, bottom: 1 };
  const arrive = (): void => {
    from = undefined;
    now = goal!.at.slice();
    bounds = goal!.bounds;
  };
  return {
    go: (next) => {
      const isSame = goal?.key === next.key && goal.at === next.at;
      const canMove = next.hasMotion && goal !== undefined && now.length === next.at.length;
      goal = next;
      if (isSame && !from && sameBounds(bounds, next.bounds)) return;
      if (isSame && from) return;
      if (!canMove) return arrive();
      // The time runs from the first frame on, which may come late.
      from = { at: now.slice(), bounds, since: undefined };
      onStart();
    },
    step: () => {
      if (!from || !goal) return;
      from.since ??= performance.now();
      const share = (performance.now() - from.since) / DURATION_MS;
      if (share >= 1) return arrive();
      const eased = share * share * (3 - 2 * share);
      for (let i = 0; i < now.length; i++) {
        const start = from.at[i]!;
        const end = goal.at[i]!;
        // What was nowhere before appears where it will be.
        now[i] = Number.isNaN(start) ? end : start + (end - start) * eased;
      }
      bounds = mixBounds(from.bounds, goal.bounds, eased);
    },
    at: () => now,
    bounds: () => bounds,
    isMoving: () => from !== undefined,
  };
}

function sameBounds(a: Rectangle, b: Rectangle): boolean {
  return a.left === b.left && a.right === b.right && a.top === b.top && a.bottom === b.bottom;
}

function mixBounds(a: Rectangle, b: Rectangle, share: number): Rectangle {
  const mix = (key: keyof Rectangle): number => a[key] + (b[key] - a[key]) * share;
  return { left: mix('left'), top: mix('top'), right: mix('right'), bottom: mix('bottom') };
}
