/** Layers and parameters of an update as rows: which are shown, in which order, and what they say in words. Pure. */
import type { LayerSort, ParameterSort } from '../../protocol/panels/batchPanel';
import type { InspectedLayer, InspectedParameter, TensorSummary } from '../../results/batchInspection';
import { formatCount } from '../formatNumbers';
import { formatShareOfTensor } from '../weights/weightsRows';
import { formatFigure, formatShape } from './formatFigures';

export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** Tells calls apart: `layer4`, `fpn.layer_blocks.0 (call 2)`. */
export function layerName({ name, call }: Pick<InspectedLayer, 'name' | 'call'>): string {
  return call > 1 ? `${name} (call ${call})` : name;
}

/** Share of channels that are zero everywhere, 0..1. */
export function deadShare({ dead }: InspectedLayer): number {
  return dead.of === 0 ? 0 : dead.units.length / dead.of;
}

export function layerValue(layer: InspectedLayer, sort: LayerSort): number | undefined {
  switch (sort) {
    case 'mean':
    case 'std':
      return layer.activation[sort];
    case 'dead':
      return deadShare(layer);
    case 'gradient':
      return layer.gradient?.norm;
    case 'bad':
      return layer.activation.notFinite + (layer.gradient?.notFinite ?? 0);
    case 'order':
    case 'name':
      return undefined;
  }
}

export function parameterValue(parameter: InspectedParameter, sort: ParameterSort): number | undefined {
  switch (sort) {
    case 'norm':
      return parameter.weight.norm;
    case 'gradient':
      return parameter.gradient?.norm;
    case 'update':
      return parameter.relativeUpdate;
    case 'bad':
      return parameter.weight.notFinite + (parameter.gradient?.notFinite ?? 0);
    case 'order':
    case 'name':
      return undefined;
  }
}

export interface RowOrder {
  readonly filter: string;
  readonly sort: string;
  readonly isDescending: boolean;
  readonly nameOf: (place: number) => string;
  /** Undefined where nothing is known: those come last. */
  readonly valueOf: (place: number) => number | undefined;
}

/** Places of the rows that pass, of `count`; every word of the filter must be in the name. */
export function orderRows(count: number, { filter, sort, isDescending, nameOf, valueOf }: RowOrder): number[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const passes = (place: number): boolean => {
    const name = words.length > 0 ? nameOf(place).toLowerCase() : '';
    return words.every((word) => name.includes(word));
  };
  const places = Array.from({ length: count }, (_, place) => place).filter(passes);
  const sign = isDescending ? -1 : 1;
  if (sort === 'order') return isDescending ? places.reverse() : places;
  // Numbers in names count as numbers: layer1.10 comes after layer1.9.
  const collator = new Intl.Collator('en', { numeric: true });
  if (sort === 'name') return places.sort((a, b) => sign * collator.compare(nameOf(a), nameOf(b)) || a - b);
  const rank = (place: number): number => {
    const value = valueOf(place);
    return value === undefined || Number.isNaN(value) ? Infinity : sign * value;
  };
  return places.sort((a, b) => (rank(a) === rank(b) ? a - b : rank(a) - rank(b)));
}

/** One layer in words, for screen readers and beside its histograms; `before`: the same one in the first update. */
export function describeLayer(layer: InspectedLayer, before?: InspectedLayer): Fact[] {
  const { activation, gradient, dead } = layer;
  return [
    { label: 'Layer', value: layerName(layer) },
    { label: 'Shape', value: formatShape(layer.shape) },
    ...describeSummary('Output', activation, before?.activation),
    { label: 'Dead units', value: describeDead(dead) },
    ...(gradient
      ? describeSummary('Gradient', gradient, before?.gradient)
      : [{ label: 'Gradient', value: 'none passes here' }]),
  ];
}

export function describeParameter(parameter: InspectedParameter, before?: InspectedParameter): Fact[] {
  const { weight, gradient, relativeUpdate } = parameter;
  return [
    { label: 'Parameter', value: parameter.name },
    { label: 'Shape', value: formatShape(parameter.shape) },
    ...describeSummary('Weight', weight, before?.weight),
    ...(gradient ? describeSummary('Gradient', gradient, before?.gradient) : []),
    {
      label: 'Update',
      value: relativeUpdate === undefined ? 'not trained' : `${formatFigure(relativeUpdate)} of the weight’s length`,
    },
  ];
}

function describeDead({ units, of }: InspectedLayer['dead']): string {
  if (units.length === 0) return `none of ${formatCount(of)}`;
  const named = units.slice(0, 8).join(', ');
  return `${formatCount(units.length)} of ${formatCount(of)}: ${named}${units.length > 8 ? ', …' : ''}`;
}

function describeSummary(name: string, now: TensorSummary, before: TensorSummary | undefined): Fact[] {
  const was = (value: number | undefined): string => (value === undefined ? '' : `, at first ${formatFigure(value)}`);
  const bad = now.notFinite > 0 ? [{ label: `${name}, not finite`, value: formatCount(now.notFinite) }] : [];
  return [
    { label: name, value: `${formatFigure(now.mean)} ± ${formatFigure(now.std)}${was(before?.std)}` },
    { label: `${name}, range`, value: `${formatFigure(now.min)} to ${formatFigure(now.max)}` },
    { label: `${name}, length`, value: `${formatFigure(now.norm)}${was(before?.norm)}` },
    { label: `${name}, zeros`, value: formatShareOfTensor(now.zeros) },
    ...bad,
  ];
}

/** The layer that another panel or a finding means: of this name and call, or the last one inside of it. */
export function findLayer(layers: readonly InspectedLayer[], name: string, call = 1): InspectedLayer | undefined {
  const named = layers.filter((layer) => layer.name === name);
  return (
    named.find((layer) => layer.call === call) ??
    named[0] ??
    layers.findLast((layer) => layer.name.startsWith(`${name}.`))
  );
}
