/** What cells show, what rows and columns are, and the sliders that all pictures share. */
import {
  type FeaturesAxis,
  type FeaturesModel,
  type FeaturesShow,
  type FeaturesView,
  type ShownOrder,
} from '../../../src/shared/protocol/panels/featuresPanel';
import { formatCount } from '../../../src/shared/views/formatNumbers';
import { keptInOrder, showHints, showNames } from '../../../src/shared/views/features/featuresCells';
import { axes, changeAxis, shortName } from '../../../src/shared/views/features/featuresGrid';
import type { FeaturesStudy } from '../../../src/shared/views/features/featuresStudy';
import { imageSource } from '../../../src/shared/views/selection/imageSource';
import { createChoice, createToggle, type Option } from '../../ui/choice';
import { element } from '../../ui/element';
import { createSlider, type Slider } from '../../ui/slider';
import type { Shown } from './shown';

export interface Controls {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
}

export const orderNames: Readonly<Record<ShownOrder, string>> = {
  meanPeak: 'mean of largest answers',
  mean: 'mean answer',
  selectivity: 'one class stands out',
  difference: 'unlike the other model',
};

export function createControls(
  change: (part: Partial<FeaturesView>) => void,
  current: () => Shown | undefined,
): Controls {
  const show = createChoice('Show', (value) => change({ show: value as FeaturesShow }));
  const axis = (name: 'rows' | 'columns') => (value: string) => {
    const shown = current();
    if (!shown) return;
    const { rows, columns } = changeAxis(shown.view, { [name]: value as FeaturesAxis });
    change({ rows, columns });
  };
  const rows = createChoice('Rows', axis('rows'));
  const columns = createChoice('Columns', axis('columns'));
  const model = createChoice('Model', (value) => change({ model: value }));
  const image = createChoice('Image', (value) => change({ image: value }));
  const source = createChoice('Images of', (value) => change({ source: value, image: undefined }));
  const seed = createChoice('Seed', (value) => change({ seed: Number(value) }));
  const order = createChoice('Channels by', (value) => change({ order: value as ShownOrder, rank: 0 }));
  const matches = createToggle('Find again', (showMatches) => change({ showMatches }));
  matches.node.title = 'Rings where the features under the pointer are found again in the other images';
  const sliders = createSliders(change, current);
  const hint = element('p', { class: 'quiet show-hint' });
  const menus = element('div', { class: 'toolbar', role: 'group', 'aria-label': 'What is shown' });
  menus.append(...[show, rows, columns, image, model, source, seed, order, matches].map(({ node }) => node));
  const lower = element('div', { class: 'toolbar', role: 'group', 'aria-label': 'Sliders' });
  lower.append(...Object.values(sliders).map(({ node }) => node));
  return {
    node: element('div', { class: 'controls' }, menus, lower, hint),
    draw: (shown) => {
      const { view, study, grid, model: all, show: what } = shown;
      const options = (values: readonly string[], names?: Readonly<Record<string, string>>): Option[] =>
        values.map((value) => ({ value, label: names?.[value] ?? value }));
      show.draw(options(study.shows, showNames), what);
      rows.draw(options(axes), view.rows);
      columns.draw(options(axes), view.columns);
      image.draw(
        study.images.map(({ key, name }) => ({ value: key, label: shortName(name) })),
        grid.at.image.key,
      );
      image.node.hidden = grid.fixed !== 'images';
      model.draw(options(study.models.map(({ id }) => id)), grid.at.model);
      model.node.hidden = grid.fixed !== 'models';
      drawSource(source, all, imageSource(grid.at.image));
      const seeds = [...new Set(all.stages.map((stage) => stage.seed))].sort((a, b) => a - b);
      seed.draw(options(seeds.map(String)), String(view.seed ?? seeds[0]));
      seed.node.hidden = seeds.length < 2;
      const known = ordersOf(study);
      order.draw(options(known, orderNames), known.includes(view.order) ? view.order : (known[0] ?? ''));
      order.node.hidden = what !== 'channel';
      matches.draw(view.showMatches);
      matches.node.hidden = !hasFeatures(study);
      hint.textContent = showHints[what];
      drawSliders(sliders, shown);
    },
  };
}

function drawSource(source: ReturnType<typeof createChoice>, { stages }: FeaturesModel, value: string): void {
  const all = [...new Set(stages.filter(({ kind }) => kind !== 'maximisation').map(imageSource))];
  source.draw(
    all.map((one) => ({ value: one, label: one.replace('/', ', ') })),
    value,
  );
  source.node.hidden = all.length < 2;
}

type Sliders = Readonly<Record<'layer' | 'iteration' | 'rank' | 'explanation' | 'opacity' | 'tile', Slider>>;

/** Of what there are several; their ends follow what is there. */
function createSliders(change: (part: Partial<FeaturesView>) => void, current: () => Shown | undefined): Sliders {
  const study = (): FeaturesStudy | undefined => current()?.study;
  const open = { min: 0, max: 1, step: 1 };
  return {
    layer: createSlider({
      ...{ label: 'Layer', title: 'The layer of all pictures ([ and ])', ...open },
      format: (at) => study()?.layers[at]?.layer ?? '',
      onInput: (at) => change({ layer: study()?.layers[at]?.layer }),
    }),
    iteration: createSlider({
      ...{ label: 'Iteration', title: 'Updates of all inversions (, and .)', ...open },
      format: (at) => formatCount(study()?.iterations[at] ?? 0),
      onInput: (at) => change({ iteration: study()?.iterations[at] }),
    }),
    rank: createSlider({
      ...{ label: 'Channel', title: 'Place of the channel in its order, in every model', ...open },
      ...{ format: (at) => `no. ${at + 1}`, onInput: (rank) => change({ rank }) },
    }),
    explanation: createSlider({
      ...{ label: 'Object', title: 'Which of the explained objects, surest first', ...open },
      ...{ format: (at) => `no. ${at + 1}`, onInput: (explanation) => change({ explanation }) },
    }),
    opacity: createSlider({
      ...{ label: 'Opacity', title: 'How opaque maps lie over the images', min: 0, max: 1, step: 0.05 },
      ...{ format: (value) => `${Math.round(100 * value)} %`, onInput: (opacity) => change({ opacity }) },
    }),
    tile: createSlider({
      ...{ label: 'Size', title: 'Size of the pictures', min: 48, max: 384, step: 8 },
      ...{ format: (value) => `${value} px`, onInput: (tile) => change({ tile }) },
    }),
  };
}

function drawSliders(sliders: Sliders, { study, view, grid, show }: Shown): void {
  const set = (name: keyof Sliders, max: number, value: number, isUsed: boolean): void => {
    const { node, draw } = sliders[name];
    node.hidden = !isUsed || max < 1;
    node.querySelector('input')!.max = String(Math.max(1, max));
    draw(Math.min(value, max));
  };
  const { layers, iterations } = study;
  set(
    'layer',
    layers.length - 1,
    layers.findIndex(({ layer }) => layer === grid.at.layer),
    grid.fixed === 'layers',
  );
  const at = view.iteration === undefined ? -1 : iterations.findLastIndex((one) => one <= view.iteration!);
  set('iteration', iterations.length - 1, at < 0 ? iterations.length - 1 : at, show === 'inversion');
  set('rank', mostChannels(study, grid.at.layer, view.order) - 1, view.rank, show === 'channel');
  const isAttribution = show === 'grad-cam' || show === 'occlusion';
  set('explanation', mostExplanations(study, grid.at.layer, show) - 1, view.explanation, isAttribution);
  sliders.opacity.node.hidden = show === 'image' || show === 'inversion';
  sliders.opacity.draw(view.opacity);
  sliders.tile.draw(view.tile);
}

/** How far the channel slider goes. */
export function mostChannels(study: FeaturesStudy, layer: string, order: ShownOrder): number {
  const counts = study.models.map(({ id }) => {
    const found = study.watched(layer, id);
    return found ? keptInOrder(found.layer, order).length : 0;
  });
  return Math.max(0, ...counts);
}

function mostExplanations(study: FeaturesStudy, layer: string, show: FeaturesShow): number {
  if (show !== 'grad-cam' && show !== 'occlusion') return 0;
  const counts = study.models.flatMap(({ id: model }) =>
    study.images.map(({ key: image }) => study.map(show, { image, layer, model, explanation: 0 })?.explanations ?? 0),
  );
  return Math.max(0, ...counts);
}

/** Orders that some layer of some model knows. */
export function ordersOf(study: FeaturesStudy): ShownOrder[] {
  const known = new Set(
    study.models.flatMap(({ id }) =>
      study.layers.flatMap(({ layer }) => Object.keys(study.watched(layer, id)?.layer.orders ?? {})),
    ),
  );
  return (Object.keys(orderNames) as ShownOrder[]).filter((order) => known.has(order));
}

function hasFeatures(study: FeaturesStudy): boolean {
  return study.models.some(({ id }) =>
    study.layers.some(({ layer }) => study.watched(layer, id)?.layer.features !== undefined),
  );
}
