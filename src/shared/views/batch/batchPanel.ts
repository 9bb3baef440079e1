/** What the Batch panel says of the stage it looks at: title, facts, and the stages of a file that can be looked at. Pure. */
import type { BatchFact } from '../../protocol/panels/batchPanel';
import type { BatchSession } from '../../results/batchInspection';
import { formatCount, formatNumberOf } from '../formatNumbers';
import type { ExperimentOutline } from '../results/experimentTree';

/** Below the title. */
export function batchFacts(session: BatchSession): BatchFact[] {
  const { method, kind, seed, runtime, batch, accumulate, startedAt, steps, isTrained } = session;
  const parts =
    accumulate > 1 ? `${accumulate} parts of ${formatNumberOf(batch, 'image')}` : formatNumberOf(batch, 'image');
  const started = startedAt > 0 ? `, looked at from ${formatCount(startedAt + 1)}` : '';
  return [
    { label: 'Stage', value: `${kind}, ${method}` },
    { label: 'Seed', value: String(seed) },
    { label: 'Runtime', value: runtime },
    { label: 'Batch', value: parts },
    { label: 'Updates', value: isTrained ? `${formatCount(steps)}${started}` : 'none, nothing is trained' },
  ];
}

/** `Update 3 of 2,000`; without training, `Batch 3`. `step`: made before it. */
export function describeStep({ steps, isTrained }: BatchSession, step: number): string {
  return isTrained ? `Update ${formatCount(step + 1)} of ${formatCount(steps)}` : `Batch ${formatCount(step + 1)}`;
}

export interface StageOffer {
  readonly stage: string;
  readonly label: string;
  readonly description: string;
}

/**
 * The stages that a user can look into: each pretraining, and each transfer of it in the first of the file's seeds. With
 * `written`, only those of the entry that is written so.
 */
export function offerStages(outline: ExperimentOutline, seed: number, written?: string): StageOffer[] {
  const isMeant = (entry: { readonly written: string }): boolean => written === undefined || entry.written === written;
  const pretrainings = outline.pretrainings.filter(isMeant).map(({ id }) => ({
    ...{ stage: id, label: id, description: 'pretraining' },
  }));
  const transfers = outline.transfers.filter(isMeant).flatMap(({ id, of }) =>
    of.map((pretraining) => ({
      ...{ stage: `${pretraining}/seed-${seed}/${id}`, label: `${pretraining} → ${id}`, description: 'transfer' },
    })),
  );
  return [...pretrainings, ...transfers];
}

/** The entry of the file that a stage belongs to: its transfer, or its pretraining. */
export function entryOfStage(stage: string): { readonly pretraining: string; readonly transfer?: string } {
  const [pretraining = stage, , transfer, ...more] = stage.split('/');
  return transfer !== undefined && more.length === 0 ? { pretraining, transfer } : { pretraining };
}
