/** What is mapped, how images are drawn and coloured, what stands side by side, what dragging does, and a search by name. */
import type {
  EmbeddingBeside,
  EmbeddingColour,
  EmbeddingDrawn,
  EmbeddingMethod,
  EmbeddingTool,
  EmbeddingView,
} from '../../../src/shared/protocol/panels/embeddingPanel';
import { methodHints, methodNames } from '../../../src/shared/views/embedding/embeddingPanel';
import { colourNames, knownColours } from '../../../src/shared/views/embedding/pointGroups';
import { formatCount } from '../../../src/shared/views/formatNumbers';
import { imageSource } from '../../../src/shared/views/selection/imageSource';
import { createChoice, type Option } from '../../ui/choice';
import { element } from '../../ui/element';
import { createSlider } from '../../ui/slider';
import type { Shown } from './shown';

export interface Controls {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
  focusSearch(): void;
}

export interface ControlsOptions {
  readonly change: (part: Partial<EmbeddingView>) => void;
  readonly current: () => Shown | undefined;
  readonly onSearch: (text: string) => void;
  /** To the next image that was found. */
  readonly onNext: () => void;
}

const drawnNames: Readonly<Record<EmbeddingDrawn, string>> = {
  auto: 'automatic',
  points: 'points',
  thumbnails: 'thumbnails',
};
const besideNames: Readonly<Record<EmbeddingBeside, string>> = {
  none: 'one map',
  layers: 'layers',
  models: 'models',
  seeds: 'seeds',
};
const toolNames: Readonly<Record<EmbeddingTool, string>> = {
  move: 'move the map',
  lasso: 'draw a lasso',
  rectangle: 'draw a rectangle',
};

export function createControls({ change, current, onSearch, onNext }: ControlsOptions): Controls {
  const method = createChoice('Method', (value) => change({ method: value as EmbeddingMethod }));
  const model = createChoice('Model', (value) => change({ model: value }));
  const source = createChoice('Images of', (value) => change({ source: value, image: undefined }));
  const seed = createChoice('Seed', (value) => change({ seed: Number(value) }));
  const colour = createChoice('Colour', (value) => change({ colour: value as EmbeddingColour }));
  const drawn = createChoice('Draw', (value) => change({ drawn: value as EmbeddingDrawn }));
  const beside = createChoice('Side by side', (value) => change({ beside: value as EmbeddingBeside }));
  const maps = createChoice('Maps', (value) => change({ maps: Number(value) }));
  const tool = createChoice('Drag to', (value) => change({ tool: value as EmbeddingTool }));
  const layersOf = (): string[] => {
    const shown = current();
    return shown ? shown.study.layersOf(shown.main.map.model) : [];
  };
  const layer = createSlider({
    ...{ label: 'Layer', title: 'The layer whose features are mapped ([ and ])', min: 0, max: 1, step: 1 },
    format: (at) => layersOf()[at] ?? '',
    onInput: (at) => change({ layer: layersOf()[at] }),
  });
  const search = element('input', {
    ...{
      type: 'search',
      placeholder: 'Find by name (/)',
      'aria-label': 'Find images by name. Enter goes to the next.',
    },
  }) as HTMLInputElement;
  const found = element('span', { class: 'quiet found', role: 'status' });
  search.addEventListener('input', () => onSearch(search.value));
  search.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') onNext();
    else if (event.key === 'Escape') {
      search.value = '';
      onSearch('');
    } else return;
    event.preventDefault();
  });
  const finder = element('div', { class: 'finder' }, search, found);
  const what = element('div', { class: 'toolbar', role: 'group', 'aria-label': 'What is mapped' });
  what.append(...[method, model, layer, source, seed, beside, maps].map(({ node }) => node));
  const how = element('div', { class: 'toolbar', role: 'group', 'aria-label': 'How it is drawn' });
  how.append(...[colour, drawn, tool].map(({ node }) => node), finder);
  const hint = element('p', { class: 'quiet map-hint' });
  return {
    node: element('div', { class: 'controls' }, what, how, hint),
    focusSearch: () => search.focus(),
    draw: (shown) => {
      const { study, view, main, choice, model: all } = shown;
      const options = (values: readonly string[], names?: Readonly<Record<string, string>>): Option[] =>
        values.map((value) => ({ value, label: names?.[value] ?? value }));
      const sources = [...new Set(all.stages.map(imageSource))];
      const same = all.stages.filter((stage) => imageSource(stage) === choice.source);
      const methods = [...new Set(same.map((stage) => stage.method))];
      method.draw(options(methods, methodNames), choice.method);
      model.draw(options(study.models.map(({ id }) => id)), main.map.model);
      source.draw(
        sources.map((one) => ({ value: one, label: one.replace('/', ', ') })),
        choice.source,
      );
      source.node.hidden = sources.length < 2;
      const seeds = seedsOf(shown);
      seed.draw(options(seeds.map(String)), String(choice.seed));
      seed.node.hidden = seeds.length < 2;
      colour.draw(options(knownColours(study), colourNames), shown.colour);
      colour.node.hidden = knownColours(study).length < 2;
      drawn.draw(options(Object.keys(drawnNames), drawnNames), view.drawn);
      const besides = besidesOf(shown, seeds);
      beside.draw(options(besides, besideNames), view.beside);
      beside.node.hidden = besides.length < 2;
      maps.draw(options(['2', '3', '4']), String(view.maps));
      maps.node.hidden = view.beside === 'none';
      tool.draw(options(Object.keys(toolNames), toolNames), view.tool);
      const layers = layersOf();
      layer.node.querySelector('input')!.max = String(Math.max(1, layers.length - 1));
      layer.node.hidden = layers.length < 2;
      layer.draw(layers.indexOf(main.map.layer));
      found.textContent = shown.found ? `${formatCount(shown.found.length)} found` : '';
      hint.textContent = methodHints[choice.method];
    },
  };
}

function seedsOf({ model, choice }: Shown): number[] {
  const same = model.stages.filter((stage) => stage.method === choice.method && imageSource(stage) === choice.source);
  return [...new Set(same.map((stage) => stage.seed))].sort((a, b) => a - b);
}

/** What there are several of. */
function besidesOf({ study }: Shown, seeds: readonly number[]): EmbeddingBeside[] {
  return [
    'none',
    ...(study.layers.length > 1 ? (['layers'] as const) : []),
    ...(study.models.length > 1 ? (['models'] as const) : []),
    ...(seeds.length > 1 ? (['seeds'] as const) : []),
  ];
}
