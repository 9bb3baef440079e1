/** A small sheet over the panel that goes when it is left: menus and lists to tick. One at a time; focus returns to where it was. */
import { element } from './element';

export interface Popup {
  readonly isOpen: boolean;
  close(): void;
}

export interface PopupPlace {
  readonly left: number;
  readonly top: number;
}

let current: Popup | undefined;

/** `content` is what it shows; Escape and a press elsewhere close it. */
export function openPopup(place: PopupPlace, content: HTMLElement, onClose: () => void = () => undefined): Popup {
  current?.close();
  const before = document.activeElement as HTMLElement | null;
  const sheet = element('div', { class: 'popup' }, content);
  document.body.append(sheet);
  const { width, height } = sheet.getBoundingClientRect();
  sheet.style.left = `${Math.max(4, Math.min(place.left, window.innerWidth - width - 4))}px`;
  sheet.style.top = `${Math.max(4, Math.min(place.top, window.innerHeight - height - 4))}px`;
  let isOpen = true;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    window.removeEventListener('pointerdown', leave, true);
    window.removeEventListener('blur', close);
    const hadFocus = sheet.contains(document.activeElement);
    sheet.remove();
    current = undefined;
    if (hadFocus) before?.focus({ preventScroll: true });
    onClose();
  };
  const leave = ({ target }: Event): void => {
    if (!sheet.contains(target as Node)) close();
  };
  window.addEventListener('pointerdown', leave, true);
  window.addEventListener('blur', close);
  sheet.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    close();
  });
  current = {
    get isOpen() {
      return isOpen;
    },
    close,
  };
  return current;
}
