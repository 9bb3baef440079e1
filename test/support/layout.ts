/**
 * What is wrong with how a panel lies in its window: text that is cut off with nothing that tells the rest, controls on top of each other,
 * controls outside, a page that scrolls sideways. At the widths that count: 300 px, 200 % zoom (half the pixels), 1600 px.
 */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** px; with 200 % zoom a window of 900 × 700 px has half as many of either. */
const sizes = {
  '300 px': { width: 300, height: 700 },
  '200 % zoom': { width: 450, height: 350 },
  '1600 px': { width: 1600, height: 900 },
} as const;

/** What follows a size of the window is drawn a little later; faults that stay so long are faults, ms. */
const SETTLE_MS = 2000;

/** Fails with a line for each fault. Leaves the window as it was. */
export async function expectFits(page: Page): Promise<void> {
  expect(await findLayoutFaults(page)).toEqual([]);
}

/** A line for each fault: the size of the window, what is wrong, with what. */
export async function findLayoutFaults(page: Page, settleMs = SETTLE_MS): Promise<string[]> {
  const before = page.viewportSize()!;
  const faults: string[] = [];
  for (const [name, size] of Object.entries(sizes)) {
    await page.setViewportSize(size);
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    let found = await page.evaluate(lookAround);
    for (const until = performance.now() + settleMs; found.length > 0 && performance.now() < until;)
      found = await page.evaluate(lookAround);
    faults.push(...found.map((fault) => `${name}: ${fault}`));
  }
  await page.setViewportSize(before);
  return faults;
}

/** Runs in the page. */
function lookAround(): string[] {
  const faults: string[] = [];
  const name = (node: Element): string => {
    const label = node.getAttribute('aria-label') ?? node.textContent?.trim().replaceAll(/\s+/g, ' ') ?? '';
    const kind = node.getAttribute('class');
    return `<${node.localName}${kind ? ` class="${kind}"` : ''}> "${label.slice(0, 50)}"`;
  };
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) faults.push(`the page is ${scrollWidth} px wide, not ${clientWidth}`);
  const isShown = (node: Element): boolean =>
    node.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && node.getClientRects().length > 0;
  const all = [...document.querySelectorAll('#panel *')].filter(isShown);
  // Words for screen readers alone are one pixel large.
  const isForEyes = (node: Element): boolean => node.getBoundingClientRect().width > 2;
  const ownText = (node: Element): boolean =>
    [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.textContent!.trim() !== '');
  for (const node of all) {
    if (!(node instanceof HTMLElement) || !ownText(node) || !isForEyes(node)) continue;
    const style = getComputedStyle(node);
    if (style.overflowX === 'visible' || style.overflowX === 'auto' || style.overflowX === 'scroll') continue;
    const isCut = node.scrollWidth > node.clientWidth + 1;
    const tells = style.textOverflow === 'ellipsis' && (node.title !== '' || !!node.closest('[title], [aria-label]'));
    if (isCut && !tells) faults.push(`cut off: ${name(node)}`);
  }
  const controls = all.filter(
    (node) =>
      isForEyes(node) &&
      node.matches(
        'button, a[href], input, select, vscode-button, vscode-dropdown, vscode-checkbox, vscode-text-field, [role=tab], [role=slider]',
      ),
  );
  // Tables and charts may be wider than a window; bars of controls may not.
  const isOfTable = (node: Element): boolean =>
    !!node.closest('table, [role=grid]') || !!node.querySelector('table, [role=grid]');
  const scrolls = (node: Element): boolean => {
    for (let at: Element | null = node; at && at !== document.documentElement; at = at.parentElement)
      if (
        ['auto', 'scroll'].includes(getComputedStyle(at).overflowX) &&
        at.scrollWidth > at.clientWidth &&
        (isOfTable(at) || !!node.closest('svg'))
      )
        return true;
    return false;
  };
  const boxes = controls.map((node) => ({ node, box: node.getBoundingClientRect() }));
  for (const { node, box } of boxes)
    if ((box.right > clientWidth + 1 || box.left < -1) && !scrolls(node)) faults.push(`outside: ${name(node)}`);
  for (const [i, a] of boxes.entries())
    for (const b of boxes.slice(i + 1)) {
      if (a.node.contains(b.node) || b.node.contains(a.node)) continue;
      // What lies over others on purpose: menus, pictures opened large, heads of tables that stay.
      const isAfloat = (node: Element): boolean => {
        for (let at: Element | null = node; at && at.id !== 'panel'; at = at.parentElement)
          if (['absolute', 'fixed', 'sticky'].includes(getComputedStyle(at).position)) return true;
        return false;
      };
      const [wide, high] = [
        Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left),
        Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top),
      ];
      if (wide > 2 && high > 2 && !isAfloat(a.node) && !isAfloat(b.node) && !scrolls(a.node) && !scrolls(b.node))
        faults.push(`on top of each other: ${name(a.node)} and ${name(b.node)}`);
    }
  return faults;
}
