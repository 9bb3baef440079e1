/** What concerns all curves: smoothing, zoom, other runs, export. */
import type { RunPanelLook, RunPanelModel } from '../../../src/shared/protocol/panels/runPanel';
import { element } from '../../ui/element';
import type { RunChannel } from './runChannel';

export function createCurveToolbar(
  channel: RunChannel,
  look: (change: Partial<RunPanelLook>) => void,
): { readonly element: HTMLElement; update(model?: RunPanelModel): void } {
  const slider = element('input', {
    type: 'range',
    id: 'smoothing',
    min: 0,
    max: 0.99,
    step: 0.01,
  }) as HTMLInputElement;
  const value = element('output', { for: 'smoothing' });
  const smoothing = element(
    'span',
    { class: 'smoothing' },
    element('label', { for: 'smoothing' }, 'Smoothing'),
    slider,
    value,
  );
  const all = element('vscode-button', { appearance: 'secondary' }, 'Show All Steps') as HTMLButtonElement;
  const add = element('vscode-button', { appearance: 'secondary' }, 'Add Run…');
  const csv = element('vscode-button', { appearance: 'secondary' }, 'Export CSV');
  const hint =
    'Drag to zoom; Ctrl and wheel, or + and − on a focused chart; 0 or double click shows all; arrows read step by step.';
  const help = element('span', { class: 'quiet hint' }, hint);
  slider.addEventListener('input', () => look({ smoothing: Number(slider.value) }));
  all.addEventListener('click', () => look({ from: undefined, to: undefined }));
  add.addEventListener('click', () => channel.send({ type: 'addRun' }));
  csv.addEventListener('click', () => channel.send({ type: 'exportCsv' }));
  const update = (model?: RunPanelModel): void => {
    const { look: seen } = channel.view;
    slider.value = String(seen.smoothing);
    slider.setAttribute('aria-valuetext', seen.smoothing === 0 ? 'off' : seen.smoothing.toFixed(2));
    value.textContent = seen.smoothing === 0 ? 'off' : seen.smoothing.toFixed(2);
    all.toggleAttribute('disabled', seen.from === undefined);
    if (model) csv.toggleAttribute('disabled', model.charts.length === 0);
  };
  update();
  const bar = element('div', { class: 'toolbar', role: 'group', 'aria-label': 'All curves' }, smoothing, all, add, csv);
  return { element: element('div', {}, element('h2', {}, 'Curves'), bar, help), update };
}
