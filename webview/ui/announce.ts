/** Tells screen readers what changed without moving the focus. */
import { element } from './element';

export type Announce = (sentence: string) => void;

/** Adds one live region to the page; sentences that repeat are not read again. */
export function createAnnouncer(): Announce {
  const region = element('div', { class: 'for-screen-readers', role: 'status', 'aria-live': 'polite' });
  document.body.append(region);
  let last = '';
  return (sentence) => {
    if (sentence === last) return;
    last = sentence;
    region.textContent = sentence;
  };
}
