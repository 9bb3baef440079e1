/** The updates that were looked at: which are kept, which one is on screen, and how the loss went over them. Pure. */
import type { BatchInspection } from '../../results/batchInspection';
import type { BatchNews } from '../../protocol/panels/batchPanel';

export interface BatchSteps {
  /** Oldest first: the first one, to compare with, and the newest. */
  readonly kept: readonly BatchInspection[];
  /** Of all of them, whether kept or not. */
  readonly losses: readonly StepLosses[];
}

export interface StepLosses {
  readonly step: number;
  readonly losses: BatchInspection['losses'];
}

export const noSteps: BatchSteps = { kept: [], losses: [] };

/** One of a large network with many boxes is a few MB. */
export const MOST_KEPT = 24;

export function addBatchNews(steps: BatchSteps, news: BatchNews): BatchSteps {
  if (news.kind === 'begin') return noSteps;
  const { inspection } = news;
  const kept = keepSteps([...steps.kept, inspection]);
  return { kept, losses: [...steps.losses, { step: inspection.step, losses: inspection.losses }] };
}

/** The first and the newest ones. */
export function keepSteps<Step>(steps: readonly Step[]): Step[] {
  return steps.length <= MOST_KEPT ? [...steps] : [steps[0]!, ...steps.slice(1 - MOST_KEPT)];
}

/** The one that is wanted, or the newest. */
export function shownStep({ kept }: BatchSteps, step: number | undefined): BatchInspection | undefined {
  return kept.find((one) => one.step === step) ?? kept.at(-1);
}

/** What the one on screen is compared with: the first update, unless that is it. */
export function comparedStep({ kept }: BatchSteps, shown: BatchInspection): BatchInspection | undefined {
  return kept[0] === shown ? undefined : kept[0];
}

export interface LossTerm {
  readonly name: string;
  /** Of the update on screen. */
  readonly value: number;
  /** Over the updates made here; what is not finite is left out. */
  readonly points: readonly (readonly [step: number, value: number])[];
}

export function lossTerms({ losses }: BatchSteps, shown: BatchInspection): LossTerm[] {
  return shown.losses.map(({ name, value }) => ({
    name,
    value,
    points: losses.flatMap(({ step, losses: terms }) => {
      const found = terms.find((term) => term.name === name)?.value;
      return found !== undefined && Number.isFinite(found) ? [[step, found] as const] : [];
    }),
  }));
}
