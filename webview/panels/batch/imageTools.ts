/** Above the images: how large they are, and of detections which boxes of which part are drawn, with their look. */
import type { BatchView } from '../../../src/shared/protocol/panels/batchPanel';
import type { ImageMatch } from '../../../src/shared/views/batch/matchWords';
import { formatNumberOf } from '../../../src/shared/views/formatNumbers';
import { createChoice, createToggle, type Toggle } from '../../ui/choice';
import { element } from '../../ui/element';
import { createSlider } from '../../ui/slider';
import { boxLooks, type BoxRole } from './boxLooks';
import { boxStageOf } from './paintImage';
import type { BatchActions, BatchShown } from './part';

export interface ImageTools {
  readonly node: HTMLElement;
  draw(shown: BatchShown, match: ImageMatch | undefined): void;
}

const toggled = ['truth', 'positive', 'negative'] as const;
const names: Readonly<Record<(typeof toggled)[number], string>> = {
  truth: 'Objects',
  positive: 'Positives',
  negative: 'Negatives',
};

export function createImageTools({ change }: Pick<BatchActions, 'change'>): ImageTools {
  const count = element('span', { class: 'quiet count' });
  const tile = createSlider({
    ...{ label: 'Size', title: 'Side of a picture in px', min: 48, max: 320, step: 16 },
    format: (px) => `${px} px`,
    onInput: (px) => change({ tile: px }),
  });
  const part = createChoice('Candidates', (value) => change({ boxStage: value }));
  let boxes: BatchView['boxes'] | undefined;
  const toggles: readonly Toggle[] = toggled.map((role) =>
    createToggle(names[role], (isOn) => boxes && change({ boxes: { ...boxes, [role]: isOn } })),
  );
  const rows = toggled.map((role, i) => element('span', { class: 'role' }, toggles[i]!.node, swatchOf(role)));
  const missed = element('span', { class: 'role quiet' }, swatchOf('unmatched'), 'unmatched object');
  const roles = element('div', { class: 'roles', role: 'group', 'aria-label': 'Boxes' }, part.node, ...rows, missed);
  return {
    node: element('div', { class: 'toolbar' }, count, tile.node, roles),
    draw: ({ view, inspection }, match) => {
      const { images, views } = inspection;
      const all = views[0]?.shape[0] ?? images.length;
      const first = all > images.length ? `first ${images.length} of ` : '';
      count.textContent = `${first}${formatNumberOf(all, 'image')}`;
      tile.draw(view.tile);
      ({ boxes } = view);
      roles.hidden = inspection.matching?.kind !== 'boxes';
      toggled.forEach((role, i) => toggles[i]!.draw(view.boxes[role]));
      const stages = match?.kind === 'boxes' ? match.match.stages : [];
      part.node.hidden = stages.length < 2;
      const now = match?.kind === 'boxes' ? boxStageOf(match.match, view.boxStage)?.name : undefined;
      part.draw(
        stages.map(({ name }) => ({ value: name, label: name })),
        now ?? '',
      );
    },
  };
}

/** A line in the look of the role, on dark ground as on a picture. */
function swatchOf(role: BoxRole): Element {
  const { colour, dash } = boxLooks[role];
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'role-swatch');
  svg.setAttribute('viewBox', '0 0 26 12');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', role === 'truth' ? 'M4,5V2H8M18,2H22V5M22,8V10H18M8,10H4V8' : 'M3,6H23');
  line.setAttribute('stroke', colour);
  line.setAttribute('stroke-dasharray', dash.join(' '));
  svg.append(line);
  return svg;
}
