/** The parameters of an update: their length, that of their gradient, and how far the update moved them. */
import { csvText, type CsvField } from '../../../src/shared/formats/csvText';
import type { ParameterSort } from '../../../src/shared/protocol/panels/batchPanel';
import type { InspectedParameter } from '../../../src/shared/results/batchInspection';
import { formatFigure, formatShape } from '../../../src/shared/views/batch/formatFigures';
import { describeParameter, parameterValue } from '../../../src/shared/views/batch/tensorRows';
import { histogramPath } from '../../charts/histogramChart';
import { rowPicture, type RowColumn } from '../../ui/rowList';
import type { BatchActions, BatchShown } from './part';
import { createTensorTab, type TensorRows, type TensorTab } from './tensorTab';

export function createParametersTab(actions: BatchActions): TensorTab {
  return createTensorTab<ParameterSort>({
    ...{ thing: 'parameter', actions, rowsOf, csvOf },
    onOrder: (_, parameters) => actions.change({ parameters }),
  });
}

function rowsOf({ inspection, first, view }: BatchShown): TensorRows<ParameterSort> {
  const { parameters } = inspection;
  const before = new Map((first?.parameters ?? []).map((parameter) => [parameter.name, parameter]));
  const at = (place: number): InspectedParameter => parameters[place]!;
  const factsOf = (place: number) => describeParameter(at(place), before.get(at(place).name));
  return {
    ...{ count: parameters.length, order: view.parameters, columns: columnsOf(parameters, view.isLog) },
    nameOf: (place) => at(place).name,
    valueOf: (place, sort) => parameterValue(at(place), sort),
    describe: (place) =>
      factsOf(place)
        .map(({ label, value }) => `${label}: ${value}`)
        .join('\n'),
    mark: (place) => {
      const isBad = (parameterValue(at(place), 'bad') ?? 0) > 0;
      return isBad ? 'bad' : at(place).relativeUpdate === undefined ? 'frozen' : '';
    },
    detail: (place) => {
      const { name, weight, gradient } = at(place);
      const spreads = [{ name: 'Weight', summary: weight }];
      if (gradient) spreads.push({ name: 'Gradient of the loss', summary: gradient });
      return { title: name, facts: factsOf(place).slice(1), spreads, isLog: view.isLog };
    },
  };
}

function columnsOf(parameters: readonly InspectedParameter[], isLog: boolean): RowColumn<ParameterSort>[] {
  const figure = (sort: ParameterSort, label: string, title: string): RowColumn<ParameterSort> => ({
    ...{ id: sort, label, title, sort },
    text: (place) => formatFigure(parameterValue(parameters[place]!, sort)),
  });
  return [
    {
      ...{ id: 'name', label: 'parameter', title: 'Name, as torchvision has it', sort: 'name', isName: true },
      text: (place) => parameters[place]!.name,
    },
    { id: 'shape', label: 'shape', title: 'Shape', text: (place) => formatShape(parameters[place]!.shape) },
    {
      ...{ id: 'histogram', label: 'spread', title: 'Histogram of the weight before the update' },
      path: (place) => histogramPath(parameters[place]!.weight.histogram, rowPicture, isLog),
    },
    figure('norm', 'length', 'Euclidean length of the weight before the update'),
    figure('gradient', 'gradient', 'Euclidean length of its gradient, before clipping'),
    figure('update', 'update', 'Length of the change, as a share of the weight’s length; about 1e−3 is usual'),
    figure('bad', 'NaN', 'Numbers of weight and gradient that are NaN or infinite'),
  ];
}

function csvOf({ inspection }: BatchShown, places: readonly number[]): string {
  const header = ['parameter', 'shape', 'norm', 'mean', 'std', 'gradient_norm', 'relative_update', 'not_finite'];
  const lines = places.map((place): CsvField[] => {
    const { name, shape, weight, gradient, relativeUpdate } = inspection.parameters[place]!;
    const bad = weight.notFinite + (gradient?.notFinite ?? 0);
    const figures = [weight.norm, weight.mean, weight.std, gradient?.norm ?? '', relativeUpdate ?? '', bad];
    return [name, shape.join('x'), ...figures];
  });
  return csvText([header, ...lines]);
}
