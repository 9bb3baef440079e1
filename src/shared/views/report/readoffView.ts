/**
 * Readoff against transfer: for every pretraining and seed, what a probe on frozen features says beside what another
 * transfer came to, with rank correlations. The question of Zhao et al. 2021: a better readoff need not transfer better.
 */
import { correlateRanks, type RankCorrelations } from '../../math/correlateRanks';
import type { ReportColumn, ReportRow } from './transferReport';

/** One scatter: a readoff across, another transfer upwards. */
export interface ReadoffView {
  readonly readoff: ReadoffAxis;
  readonly transfer: ReadoffAxis;
  readonly pretrainings: readonly { readonly pretraining: string; readonly look: number }[];
  readonly points: readonly ReadoffPoint[];
  readonly correlations: RankCorrelations;
}

export interface ReadoffAxis {
  readonly transfer: string;
  readonly task: string;
  readonly metric: string;
  readonly layer: string;
}

export interface ReadoffPoint {
  readonly pretraining: string;
  readonly seed: number;
  /** As the metrics are: shares in 0..1. */
  readonly readoff: number;
  readonly transfer: number;
}

const readoffTasks: ReadonlySet<string> = new Set(['linear-probe', 'knn', 'multilabel-probe']);
const LEAST_PRETRAININGS = 3;

/** The first readoff of each kind against every other transfer; none with fewer than three pretrainings that have both. */
export function createReadoffViews(columns: readonly ReportColumn[], rows: readonly ReportRow[]): ReadoffView[] {
  const places = columns.map((_, place) => place);
  const readoffs = places.filter((place) => readoffTasks.has(columns[place]!.task));
  const firsts = readoffs.filter(
    (place) => readoffs.find((other) => columns[other]!.task === columns[place]!.task) === place,
  );
  const others = places.filter((place) => !readoffTasks.has(columns[place]!.task));
  return firsts.flatMap((readoff) =>
    others.flatMap((other) => {
      const points = rows.flatMap((row) => pointsOf(row, readoff, other));
      if (new Set(points.map(({ pretraining }) => pretraining)).size < LEAST_PRETRAININGS) return [];
      const paired = points.map((point) => ({ x: point.readoff, y: point.transfer, group: point.pretraining }));
      return [
        {
          readoff: axisOf(columns[readoff]!),
          transfer: axisOf(columns[other]!),
          pretrainings: rows.map(({ pretraining, look }) => ({ pretraining, look })),
          points,
          correlations: correlateRanks(paired, 0),
        },
      ];
    }),
  );
}

function pointsOf({ pretraining, cells }: ReportRow, readoff: number, other: number): ReadoffPoint[] {
  const values = new Map(cells[other]?.values.map(({ seed, value }) => [seed, value]));
  return (cells[readoff]?.values ?? []).flatMap(({ seed, value }) => {
    const transfer = values.get(seed);
    return transfer === undefined ? [] : [{ pretraining, seed, readoff: value, transfer }];
  });
}

function axisOf({ transfer, task, metric, layer }: ReportColumn): ReadoffAxis {
  return { transfer, task, metric, layer };
}
