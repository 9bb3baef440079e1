/**
 * Analyses that measure single images: means with their intervals over images, and differences of pretrainings image by
 * image. All looked at the same images, so that what makes an image hard drops out. The intervals speak of other images of
 * these data for these weights; with several seeds the images of all of them count.
 */
import { meanInterval, pairedDifference, type MeanInterval } from '../../math/statistics';
import type { ImageScores } from '../../results/records';
import { analysisMetricName } from './analysisMetrics';
import type { Analysed, AnalysisTable } from './analysisViews';

type Measured = Analysed & { readonly scores: ImageScores };

/** For each metric the means and, where there are others, the differences to `reference`, else to the first pretraining. */
export function imageTables(results: readonly Analysed[], reference: string | undefined): AnalysisTable[] {
  const measured = results.flatMap((one) => (one.result.perImage ? [{ ...one, scores: one.result.perImage }] : []));
  const [first] = measured;
  if (!first) return [];
  const names = [...new Set(measured.map(({ pretraining }) => pretraining))];
  const against = names.find((name) => name === reference) ?? names[0]!;
  const layers = first.scores.layers.map(({ layer }) => layer);
  return Object.keys(first.scores.layers[0]?.metrics ?? {}).flatMap((metric) => {
    const rowsOf = (cellOf: (name: string, layer: string) => MeanInterval | undefined, rows: readonly string[]) =>
      rows.map((name) => ({ name, cells: layers.map((layer) => cellOf(name, layer)) }));
    const title = analysisMetricName(metric);
    const means = rowsOf((name, layer) => meanOf(measured, { name, layer, metric }), names);
    const table = { metric, title, columns: layers, rows: means };
    const others = names.filter((name) => name !== against);
    if (others.length === 0) return [table];
    const differences = rowsOf((name, layer) => differ(measured, { name, layer, metric }, against), others);
    return [
      table,
      {
        metric: `${metric} difference`,
        title: `${title}, difference to ${against} image by image`,
        columns: layers,
        rows: differences,
      },
    ];
  });
}

interface Place {
  readonly name: string;
  readonly layer: string;
  readonly metric: string;
}

function valuesOf({ scores }: Measured, { layer, metric }: Pick<Place, 'layer' | 'metric'>): readonly number[] {
  return scores.layers.find((one) => one.layer === layer)?.metrics[metric] ?? [];
}

function meanOf(measured: readonly Measured[], place: Place): MeanInterval | undefined {
  const values = measured.flatMap((one) => (one.pretraining === place.name ? valuesOf(one, place) : []));
  return values.length > 0 ? meanInterval(values) : undefined;
}

/** Over the images that both looked at with the same seed. */
function differ(measured: readonly Measured[], place: Place, against: string): MeanInterval | undefined {
  const pairs = measured.flatMap((own) => {
    if (own.pretraining !== place.name) return [];
    const other = measured.find((one) => one.pretraining === against && one.seed === own.seed);
    if (!other) return [];
    const theirs = new Map(other.scores.places.map((image, i) => [image, valuesOf(other, place)[i]]));
    return valuesOf(own, place).flatMap((value, i) => {
      const their = theirs.get(own.scores.places[i]!);
      return their === undefined ? [] : [[value, their] as const];
    });
  });
  if (pairs.length === 0) return undefined;
  return pairedDifference(
    pairs.map(([value]) => value),
    pairs.map(([, their]) => their),
  );
}
