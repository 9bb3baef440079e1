/**
 * What axe-core (Deque's rules for WCAG 2.2 A and AA, and its best practices for roles) finds wrong with a panel, in each
 * of VS Code's four stock themes. A panel is a part of VS Code's page, so rules for whole pages are left out.
 */
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { themeVariables, type ThemeName } from './themeVariables';

const wholePages = ['document-title', 'landmark-one-main', 'page-has-heading-one', 'region', 'bypass', 'heading-order'];

const themes = Object.keys(themeVariables) as ThemeName[];

/** Fails with a line for each fault: theme, rule, the first places. Leaves the page in the last theme. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const faults: string[] = [];
  for (const theme of themes) {
    await page.evaluate(wear, { theme, variables: themeVariables[theme] });
    for (const { id, help, places } of await page.evaluate(look, wholePages))
      faults.push(`${theme}: ${id}: ${help}: ${places.join(' | ')}`);
  }
  expect(faults).toEqual([]);
}

function wear({ theme, variables }: { theme: ThemeName; variables: Readonly<Record<string, string>> }): Promise<void> {
  // Nothing of the theme before it stays.
  document.documentElement.removeAttribute('style');
  for (const [name, value] of Object.entries(variables))
    document.documentElement.style.setProperty(`--vscode-${name}`, value);
  // Views in the side bar are transparent.
  document.documentElement.style.background = variables['sideBar-background'] ?? '';
  const contrast = ['high-contrast', ...(theme === 'high-contrast-light' ? ['high-contrast-light'] : [])];
  const classes = theme === 'light' || theme === 'dark' ? [theme] : contrast;
  document.body.className = classes.map((name) => `vscode-${name}`).join(' ');
  document.body.dataset.vscodeThemeKind = `vscode-${theme}`;
  // The toolkit takes up a theme a little later.
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 0))));
}

async function look(left: readonly string[]) {
  const { axe: rules } = window as unknown as { axe: typeof axe };
  const { violations } = await rules.run(document, {
    resultTypes: ['violations'],
    rules: Object.fromEntries(left.map((id) => [id, { enabled: false }])),
  });
  // The words at a mark of a chart lie apart, so that its name can't repeat them in one piece.
  const isOfMark = (id: string, target: unknown): boolean =>
    id === 'label-content-name-mismatch' &&
    typeof target === 'string' &&
    !!document.querySelector(target)?.closest('svg');
  return violations.flatMap(({ id, help, nodes }) => {
    const places = nodes
      .filter(({ target }) => !isOfMark(id, target[0]))
      .map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary ?? ''}`);
    return places.length > 0 ? [{ id, help, places: places.slice(0, 3) }] : [];
  });
}
