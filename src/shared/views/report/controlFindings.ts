/**
 * Whether a difference between two methods is one of method: of the best trained pretraining and the best of another method,
 * which is clearly worse, either nothing but the method differs, or rows between them share the difference out, or nobody can say.
 */
import { differingAspects, factorsOf, findSeparation, trainedRow, type TrainedRow } from '../../experiment/controls';
import { formatDifference } from '../formatNumbers';
import { compareSeeds, judgeDifference } from './compareSeeds';
import type { Finding } from './findings';
import type { JoinedRun } from './joinedRun';
import { metricKind } from './metrics';
import type { ReportCell, ReportColumn, ReportRow } from './transferReport';

interface Entrant {
  readonly trained: TrainedRow;
  readonly cell: ReportCell;
}

export function describeControls(
  run: JoinedRun,
  columns: readonly ReportColumn[],
  rows: readonly ReportRow[],
): Finding[] {
  return columns.flatMap(({ transfer, metric }, c) => {
    const sign = metricKind(metric).isLowerBetter ? -1 : 1;
    const entrants = rows.flatMap(({ pretraining, cells }): Entrant[] => {
      const settings = run.made(pretraining)[0]?.settings as { readonly pretraining?: unknown } | undefined;
      const trained = trainedRow(pretraining, settings?.pretraining);
      return trained && cells[c] ? [{ trained, cell: cells[c] }] : [];
    });
    const ranked = entrants.sort((a, b) => sign * (b.cell.mean - a.cell.mean));
    const [best] = ranked;
    const second = ranked.find(({ trained }) => trained.settings.method !== best?.trained.settings.method);
    const difference = best && second && compareSeeds(best.cell.values, second.cell.values);
    const better = sign > 0 ? 'above' : 'below';
    if (!difference || difference.n < 2 || judgeDifference(difference) !== better) return [];
    return [{ transfer, sentence: `${describePair(best, second, ranked)}.` }];
  });
}

function describePair(best: Entrant, second: Entrant, all: readonly Entrant[]): string {
  const aspects = differingAspects(second.trained, best.trained);
  const pair = `${best.trained.id} and ${second.trained.id}`;
  if (factorsOf(aspects).size === 1) return `${pair} differ in the method alone, which makes the difference`;
  const way = findSeparation(
    second.trained,
    best.trained,
    all.map(({ trained }) => trained),
  );
  if (!way)
    return `${pair} differ in ${join(aspects)}, and no row separates these: what makes the difference stays open`;
  const steps = way.slice(1).map((next, i) => {
    const before = all.find(({ trained }) => trained === way[i])!;
    const after = all.find(({ trained }) => trained === next)!;
    const difference = compareSeeds(after.cell.values, before.cell.values);
    const points = difference && difference.n > 1 ? `${formatDifference(difference)} points` : 'too few shared seeds';
    return `${join(differingAspects(before.trained, next))} ${points} (${before.trained.id} to ${next.id})`;
  });
  return `between ${second.trained.id} and ${best.trained.id} rows separate the causes: ${steps.join(', then ')}`;
}

function join(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
