/** Pictures of what the extension draws, in a real window: any theme, any size, in place of what a reader would see. */
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import sharp from 'sharp';
import { setTheme, type Theme } from './themes';
import type { EditorUnderTest } from './useEditor';

export interface Capture {
  readonly theme: Theme;
  /** Size of the window in pixels; a narrow one shows what wraps and what is cut. */
  readonly width: number;
  readonly height: number;
  /** Of the picture: `<folder>/<name>-<theme>.png`. */
  readonly name: string;
  /** What is pictured; the whole window when absent. */
  readonly of?: Locator;
  /** Where to; `SCREENSHOTS` or a folder in the system's temporary one when absent. */
  readonly folder?: string;
}

export interface Picture {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  /** Colours, quantised to 4 bits per channel, that cover at least a thousandth of the picture. */
  readonly colours: number;
}

export const screenshotFolder = process.env.SCREENSHOTS || path.join(tmpdir(), 'transferscope-screenshots');

/** Switches theme and size, lets the drawing come to rest, and writes the picture with a palette (a few ten kB). */
export async function capturePanel(editor: EditorUnderTest, capture: Capture): Promise<Picture> {
  const { page } = editor.workbench;
  const { theme, width, height, name, of = page.locator('body'), folder = screenshotFolder } = capture;
  await setTheme(editor, theme);
  await page.setViewportSize({ width, height });
  await editor.workbench.clearNotices();
  await of.waitFor();
  // No tooltip, and nothing that looks different under the pointer.
  await page.mouse.move(width - 1, height - 1);
  const taken = await captureAtRest(of);
  const file = path.join(folder, `${name}-${theme}.png`);
  await mkdir(folder, { recursive: true });
  const picture = sharp(taken);
  await writeFile(file, await picture.clone().png({ palette: true, compressionLevel: 9 }).toBuffer());
  const { data, info } = await picture.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { file, width: info.width, height: info.height, colours: countColours(data) };
}

/** The first picture that equals the one before it; late fonts, layouts and transitions change it for a while. */
async function captureAtRest(of: Locator): Promise<Buffer> {
  const take = (): Promise<Buffer> => of.screenshot({ animations: 'disabled', caret: 'hide' });
  let before = await take();
  for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
    await of.page().waitForTimeout(250);
    const now = await take();
    if (now.equals(before)) return now;
    before = now;
  }
  return before;
}

function countColours(rgb: Buffer): number {
  const pixels = rgb.length / 3;
  const counts = new Map<number, number>();
  for (let at = 0; at < rgb.length; at += 3) {
    const colour = ((rgb[at]! >> 4) << 8) | ((rgb[at + 1]! >> 4) << 4) | (rgb[at + 2]! >> 4);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return [...counts.values()].filter((count) => count >= pixels / 1000).length;
}

/**
 * Texts inside `scope` of which a part is hidden without a way to see it: cut by an element that neither scrolls nor has a
 * title. At most ten, each as its first 60 characters.
 */
export function clippedTexts(scope: Locator): Promise<string[]> {
  return scope.evaluate((root) => {
    const cut: string[] = [];
    for (const element of root.querySelectorAll<HTMLElement>('*')) {
      const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
      if (!hasText || element.closest('[title], svg, .visually-hidden')) continue;
      const { overflowX, overflowY } = getComputedStyle(element);
      const isCutX = overflowX === 'hidden' && element.scrollWidth > element.clientWidth + 1;
      const isCutY = overflowY === 'hidden' && element.scrollHeight > element.clientHeight + 1;
      const isHidden = element.clientWidth <= 1 || element.clientHeight <= 1;
      if ((isCutX || isCutY) && !isHidden) cut.push((element.textContent ?? '').trim().slice(0, 60));
    }
    return cut.slice(0, 10);
  });
}
