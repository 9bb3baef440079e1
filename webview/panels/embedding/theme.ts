/** Colours of the present theme as numbers, for what is drawn into pixels. */
import { rgb } from 'd3';
import type { Rgb } from '../../../src/shared/views/classColours';

export interface MapTheme {
  readonly ground: Rgb;
  readonly words: string;
  readonly accent: string;
  readonly grey: Rgb;
  /** Groups differ in shape, too, and points have a rim. */
  readonly isHighContrast: boolean;
}

export function readTheme(): MapTheme {
  const style = getComputedStyle(document.body);
  const [ground, words] = [toRgb(style.backgroundColor), toRgb(style.color)];
  const isHighContrast = document.body.className.includes('high-contrast');
  const share = isHighContrast ? 0.55 : 0.22;
  const mix = (i: 0 | 1 | 2): number => Math.round(share * words[i] + (1 - share) * ground[i]);
  const accent = style.getPropertyValue('--vscode-focusBorder').trim() || style.color;
  return { ground, words: style.color, accent, grey: [mix(0), mix(1), mix(2)], isHighContrast };
}

/** Calls when VS Code has changed the theme. */
export function onThemeChange(call: () => void): void {
  const watcher = new MutationObserver(call);
  watcher.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  watcher.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
}

function toRgb(text: string): Rgb {
  const { r, g, b } = rgb(text);
  return [r, g, b];
}
