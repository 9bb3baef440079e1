/** Charts of the panels as markup, without a browser. */
import { parseHTML } from 'linkedom';
import type { Markup } from './markup';

/** Draws into an element that is in no page, and keeps its markup. */
export function drawOnce(draw: (container: Element) => void): Markup {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  draw(document.body as unknown as Element);
  return { html: document.body.innerHTML };
}
