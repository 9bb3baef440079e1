/** Two figures of every layer in the order of the network, this update beside the first one, for a chart. Pure. */
import type { BatchInspection, InspectedLayer } from '../../results/batchInspection';
import { layerName } from './tensorRows';

export type DepthFigure = 'std' | 'gradient';

export interface DepthFigures {
  readonly figure: DepthFigure;
  readonly title: string;
  /** Names of layers from input to output, and their places in the update. */
  readonly layers: readonly string[];
  readonly places: readonly number[];
  readonly series: readonly DepthLine[];
}

export interface DepthLine {
  readonly name: string;
  /** One for each layer; undefined where there is none, or none above 0. */
  readonly values: readonly (number | undefined)[];
}

const titles: Readonly<Record<DepthFigure, string>> = {
  std: 'Spread of outputs (std)',
  gradient: 'Length of gradients',
};

/** Without a figure that no layer has. Layers are those of `shown`: of the network that learns, each in its first call. */
export function depthFigures(shown: BatchInspection, first: BatchInspection | undefined): DepthFigures[] {
  const calls = shown.layers.flatMap(({ call }, place) => (call === 1 ? [place] : []));
  const own = calls.filter((place) => !isSecond(shown.layers[place]!));
  const places = own.length > 0 ? own : calls;
  const layers = places.map((place) => layerName(shown.layers[place]!));
  return (['std', 'gradient'] as const).flatMap((figure) => {
    const lines: DepthLine[] = [lineOf(`update ${shown.step + 1}`, figure, { layers, of: shown })];
    if (first) lines.push(lineOf(`update ${first.step + 1}`, figure, { layers, of: first }));
    const isThere = lines[0]!.values.some((value) => value !== undefined);
    return isThere ? [{ figure, title: titles[figure], layers, places, series: lines }] : [];
  });
}

/** Of a second network, such as the slow encoder that makes keys. */
function isSecond({ name }: InspectedLayer): boolean {
  return name.includes(':');
}

function lineOf(
  name: string,
  figure: DepthFigure,
  { layers, of }: { readonly layers: readonly string[]; readonly of: BatchInspection },
): DepthLine {
  const values = new Map(of.layers.map((layer) => [layerName(layer), valueOf(layer, figure)]));
  // A logarithmic axis has no place for others.
  return {
    name,
    values: layers.map((layer) => {
      const value = values.get(layer);
      return value !== undefined && value > 0 && Number.isFinite(value) ? value : undefined;
    }),
  };
}

function valueOf({ activation, gradient }: InspectedLayer, figure: DepthFigure): number | undefined {
  return figure === 'std' ? activation.std : gradient?.norm;
}
