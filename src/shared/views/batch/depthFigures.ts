/** Two figures of every layer in the order of the network, this update beside the first one, for a chart. Pure. */
import type { BatchInspection, InspectedLayer } from '../../results/batchInspection';
import { layerName } from './tensorRows';

export type DepthFigure = 'std' | 'gradient';

export interface DepthFigures {
  readonly figure: DepthFigure;
  readonly title: string;
  /** Names of layers from input to output. */
  readonly layers: readonly string[];
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

/** Without a figure that no layer has. Layers are those of `shown`. */
export function depthFigures(shown: BatchInspection, first: BatchInspection | undefined): DepthFigures[] {
  const layers = shown.layers.map(layerName);
  return (['std', 'gradient'] as const).flatMap((figure) => {
    const lines: DepthLine[] = [lineOf(`update ${shown.step + 1}`, figure, { layers, of: shown })];
    if (first) lines.push(lineOf(`update ${first.step + 1}`, figure, { layers, of: first }));
    const isThere = lines[0]!.values.some((value) => value !== undefined);
    return isThere ? [{ figure, title: titles[figure], layers, series: lines }] : [];
  });
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
