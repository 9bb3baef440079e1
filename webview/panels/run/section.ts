/** A part of the panel that can be folded; whether it is survives a reload. */
import { element } from '../../ui/element';
import type { RunChannel } from './runChannel';

export interface SectionOptions {
  readonly id: string;
  readonly title: string;
  readonly content: HTMLElement;
}

export function createSection(channel: RunChannel, { id, title, content }: SectionOptions): HTMLElement {
  const details = element(
    'details',
    { class: 'section' },
    element('summary', {}, title),
    content,
  ) as HTMLDetailsElement;
  details.open = !channel.view.folded.includes(id);
  details.addEventListener('toggle', () => {
    const others = channel.view.folded.filter((one) => one !== id);
    channel.saveView({ folded: details.open ? others : [...others, id] });
  });
  return details;
}
