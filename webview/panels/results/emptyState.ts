/** What stands here before any experiment file was looked at. */
import { element } from '../../ui/element';
import type { ResultsChannel } from './part';

export function createEmptyState(channel: ResultsChannel): HTMLElement {
  const button = (label: string, appearance: string, type: 'newExperiment' | 'openExperiment'): HTMLElement => {
    const made = element('vscode-button', { appearance }, label);
    made.addEventListener('click', () => channel.send({ type }));
    return made;
  };
  return element(
    'div',
    { class: 'empty-state' },
    element(
      'p',
      {},
      'An experiment file says how to pretrain a backbone and what to test it on. Its results show here, beside the file.',
    ),
    button('New Experiment…', 'primary', 'newExperiment'),
    button('Open Experiment…', 'secondary', 'openExperiment'),
  );
}
