/** The channel browser: channels of a layer in an order, each with what it answers to most; one is shown in all pictures. */
import type { FeaturesView, ShownOrder } from '../../../src/shared/protocol/panels/featuresPanel';
import {
  activationTensor,
  channelStatistics,
  exampleSheetName,
  type ChannelStatistic,
  type KeptChannel,
} from '../../../src/shared/results/activations';
import { formatCount, formatMeasure } from '../../../src/shared/views/formatNumbers';
import { keptInOrder } from '../../../src/shared/views/features/featuresCells';
import { pictureOnSheet, type FoundActivations } from '../../../src/shared/views/features/featuresStudy';
import { createChoice } from '../../ui/choice';
import { element } from '../../ui/element';
import { orderNames } from './controls';
import type { Shown } from './shown';

export interface Channels {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
}

/** Numbers of all channels of a layer. */
interface LayerNumbers {
  readonly statistics: readonly number[];
  readonly match: readonly number[];
  readonly likeness: readonly number[];
}

/** px on screen, and how many stand in a row. */
const EXAMPLE = 44;
const MOST_EXAMPLES = 8;

export function createChannels(change: (part: Partial<FeaturesView>) => void): Channels {
  const model = createChoice('Model', (value) => change({ model: value }));
  const order = createChoice('By', (value) => change({ order: value as ShownOrder, rank: 0 }));
  const about = element('p', { class: 'quiet note' });
  const list = element('div', { class: 'channel-list', role: 'listbox', tabindex: 0, 'aria-label': 'Channels' });
  const node = element('div', {}, element('div', { class: 'toolbar' }, model.node, order.node), about, list);
  const known = new Map<string, LayerNumbers>();
  let shown: Shown | undefined;
  let drawn = '';

  const choose = (rank: number): void => change({ rank, show: 'channel' });
  list.addEventListener('click', ({ target }) => {
    const rank = (target as Element).closest<HTMLElement>('.channel')?.dataset.rank;
    if (rank !== undefined) choose(Number(rank));
  });
  list.addEventListener('keydown', (event) => {
    const count = list.children.length;
    const now = shown?.view.rank ?? 0;
    const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: count - 1, Enter: now }[event.key];
    if (to === undefined || count === 0) return;
    event.preventDefault();
    choose(Math.min(count - 1, Math.max(0, to)));
    list.children[Math.min(count - 1, Math.max(0, to))]?.scrollIntoView({ block: 'nearest' });
  });

  return {
    node,
    draw: (next) => {
      shown = next;
      const { study, view, grid } = next;
      model.draw(
        study.models.map(({ id }) => ({ value: id, label: id })),
        grid.at.model,
      );
      const found = study.watched(grid.at.layer, grid.at.model);
      order.draw(
        Object.keys(found?.layer.orders ?? {}).map((value) => ({ value, label: orderNames[value as ShownOrder] })),
        found && view.order in found.layer.orders ? view.order : 'meanPeak',
      );
      order.node.hidden = !found;
      about.textContent = found
        ? describeLayer(found)
        : `Channels of ${grid.at.layer} of ${grid.at.model} were not looked at.`;
      list.hidden = !found;
      if (found) drawList(found, next);
      mark();
    },
  };

  function drawList(found: FoundActivations, next: Shown): void {
    const key = JSON.stringify([found.stage.key, found.layer.layer, next.view.order]);
    if (key === drawn) return;
    drawn = key;
    const numbers = known.get(`${found.stage.key} ${found.layer.layer}`);
    const channels = keptInOrder(found.layer, next.view.order);
    list.replaceChildren(...channels.map((one, rank) => createRow(found, one, { rank, shown: next, numbers })));
    list.scrollTop = 0;
    if (!numbers) void readNumbers(found, next);
  }

  async function readNumbers({ stage, layer }: FoundActivations, { read }: Shown): Promise<void> {
    const ask = (part: 'statistics' | 'match' | 'likeness') =>
      read.engine.call('numbers', { stage: stage.key, tensor: activationTensor(layer.layer, part) });
    const [statistics, match, likeness] = await Promise.all([ask('statistics'), ask('match'), ask('likeness')]);
    known.set(`${stage.key} ${layer.layer}`, { statistics, match, likeness });
    drawn = '';
    const at = shown?.grid.at;
    const found = at && shown?.study.watched(at.layer, at.model);
    if (shown && found) drawList(found, shown);
    mark();
  }

  function mark(): void {
    const rank = Math.min(shown?.view.rank ?? 0, list.children.length - 1);
    [...list.children].forEach((row, i) => {
      row.setAttribute('aria-selected', String(i === rank));
      if (i === rank) list.setAttribute('aria-activedescendant', row.id);
    });
  }
}

function describeLayer({ file, layer }: FoundActivations): string {
  const compared = file.against === undefined ? '' : `, compared with ${file.against}`;
  const chance =
    layer.chance === undefined
      ? ''
      : ` Chance alone finds a likeness of ${layer.chance.toFixed(2)} for the best of them.`;
  return `${formatCount(layer.kept.length)} of ${formatCount(layer.channels)} channels, by their answers to ${formatCount(file.scanned)} images${compared}.${chance}`;
}

interface RowParts {
  readonly rank: number;
  readonly shown: Shown;
  readonly numbers: LayerNumbers | undefined;
}

function createRow(found: FoundActivations, kept: KeptChannel, { rank, shown, numbers }: RowParts): HTMLElement {
  const { channel, examples } = kept;
  const words = numbers ? describeChannel(found, channel, numbers) : '';
  const strip = element('div', { class: 'examples' });
  examples.slice(0, MOST_EXAMPLES).forEach((_, i) => strip.append(createExample(found, kept, { place: i, shown })));
  return element(
    'div',
    {
      ...{ class: 'channel', role: 'option', id: `channel-${rank}`, 'data-rank': rank },
      'aria-label': `channel ${channel}. ${words}. Answers most to ${examples
        .slice(0, 3)
        .map(({ name }) => name)
        .join(', ')}`,
    },
    element(
      'div',
      { class: 'channel-head' },
      element('strong', {}, `#${channel}`),
      element('span', { class: 'quiet' }, words),
    ),
    strip,
  );
}

/** `mean peak 3.21 · active 12 % · dog 0.42 · like #17 of moco 0.83`. */
function describeChannel(
  { file }: FoundActivations,
  channel: number,
  { statistics, match, likeness }: LayerNumbers,
): string {
  const value = (name: ChannelStatistic): number =>
    statistics[channel * channelStatistics.length + channelStatistics.indexOf(name)] ?? Number.NaN;
  const favourite = file.classes[value('favourite')];
  const parts = [
    `mean peak ${formatMeasure({ mean: value('meanPeak'), halfWidth: undefined })}`,
    `active ${(100 * value('active')).toFixed(0)} %`,
    favourite === undefined || Number.isNaN(value('selectivity'))
      ? ''
      : `${favourite} ${value('selectivity').toFixed(2)}`,
    match[channel] === undefined || Number.isNaN(likeness[channel] ?? Number.NaN)
      ? ''
      : `like #${match[channel]} of ${file.against} ${likeness[channel]!.toFixed(2)}`,
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

function createExample(
  { stage, file }: FoundActivations,
  { examples, firstTile }: KeptChannel,
  { place, shown }: { readonly place: number; readonly shown: Shown },
): HTMLElement {
  const { name, label, value } = examples[place]!;
  const said = `${name}${label === '' ? '' : ` (${label})`}: ${formatMeasure({ mean: value, halfWidth: undefined })}`;
  const canvas = element('canvas', { class: 'example', title: said }) as HTMLCanvasElement;
  const side = Math.round(EXAMPLE * window.devicePixelRatio);
  [canvas.width, canvas.height] = [side, side];
  const { size, count } = file.tiles;
  const picture = pictureOnSheet(stage.folder, { index: firstTile + place, count, size, name: exampleSheetName });
  const draw = (): void => {
    const found = shown.read.bitmaps.picture(picture, { isWanted: () => true, onReady: draw });
    if (found)
      canvas.getContext('2d')!.drawImage(found.bitmap, found.x, found.y, found.width, found.height, 0, 0, side, side);
  };
  draw();
  return canvas;
}
