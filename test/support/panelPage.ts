/**
 * Shows a panel's real bundle in Chromium without an editor: the page of src/host/panels/panelHtml.ts with a stand-in for
 * VS Code's webview API and the colours of a theme. For tests of what a panel draws and says, and for looking at it.
 */
import { build } from 'esbuild';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { PanelSelection, SelectionChange } from '../../src/shared/protocol/panels/selection';
import { changeSelection } from '../../src/shared/views/selection/linkedSelection';
import { themeVariables, type ThemeName } from './themeVariables';

const root = path.resolve(import.meta.dirname, '../..');

export interface PanelPageOptions {
  /** Folder name under webview/panels. */
  readonly panel: string;
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  /** As VS Code would hand it back after a restart. */
  readonly memory?: unknown;
  readonly reducedMotion?: boolean;
}

export interface PanelPage {
  readonly page: Page;
  /** Sends a view model down. */
  show(model: unknown, target?: unknown): Promise<void>;
  /** Tells the panel what is looked at in the window. */
  select(selection: PanelSelection): Promise<void>;
  /** What the panel has told other panels so far, as one selection. */
  selected(): Promise<PanelSelection>;
  /** Sends additions to the model down. */
  tell(...news: readonly unknown[]): Promise<void>;
  fail(message: string): Promise<void>;
  /** Everything that the panel has sent up so far. */
  messages(): Promise<Record<string, unknown>[]>;
  /** What the panel has kept. */
  memory(): Promise<Record<string, unknown> | undefined>;
}

const bundles = new Map<string, Promise<{ script: string; style: string }>>();

export async function openPanelPage(browser: Browser, options: PanelPageOptions): Promise<PanelPage> {
  const { panel, theme = 'dark', width = 900, height = 700, memory } = options;
  const made = bundles.get(panel) ?? bundlePanel(panel);
  bundles.set(panel, made);
  const { script, style } = await made;
  const page = await browser.newPage({
    viewport: { width, height },
    reducedMotion: options.reducedMotion ? 'reduce' : 'no-preference',
  });
  const variables = Object.entries(themeVariables[theme]).map(([name, value]) => `--vscode-${name}: ${value};`);
  await page.setContent(
    `<!DOCTYPE html><html lang="en" style="${variables.join(' ').replaceAll('"', '&quot;')}"><head><style>${style}</style></head>
     <body class="vscode-${theme === 'light' ? 'light' : theme === 'dark' ? 'dark' : `high-contrast${theme === 'high-contrast-light' ? ' vscode-high-contrast-light' : ''}`}"
     data-vscode-theme-kind="vscode-${theme}"><main id="panel"></main></body></html>`,
  );
  await page.evaluate((kept) => {
    const state = { sent: [] as unknown[], kept };
    Object.assign(window, {
      panelTest: state,
      acquireVsCodeApi: () => ({
        postMessage: (message: unknown) => void state.sent.push(JSON.parse(JSON.stringify(message))),
        getState: () => state.kept,
        setState: (value: unknown) => void (state.kept = JSON.parse(JSON.stringify(value)) as typeof kept),
      }),
    });
  }, memory);
  await page.addScriptTag({ content: script });
  // The toolkit takes up the theme when the page has loaded, which here happened before its script came.
  await page.evaluate(() => window.dispatchEvent(new Event('load')));
  const post = (message: unknown): Promise<void> => page.evaluate((data) => window.postMessage(data, '*'), message);
  const messages = (): Promise<Record<string, unknown>[]> =>
    page.evaluate(() => (window as unknown as { panelTest: { sent: Record<string, unknown>[] } }).panelTest.sent);
  return {
    page,
    select: (selection) => post({ type: 'selection', selection }),
    selected: async () => {
      const told = (await messages()).filter(({ type }) => type === 'select');
      return told.reduce<PanelSelection>((all, { change }) => changeSelection(all, change as SelectionChange), {});
    },
    show: async (model, target = {}) => {
      await post({ type: 'model', target, model });
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0))));
    },
    tell: async (...news) => {
      for (const one of news) await post({ type: 'news', news: one });
    },
    fail: (message) => post({ type: 'failed', target: {}, message }),
    messages,
    memory: () =>
      page.evaluate(() => (window as unknown as { panelTest: { kept?: Record<string, unknown> } }).panelTest.kept),
  };
}

async function bundlePanel(panel: string): Promise<{ script: string; style: string }> {
  const folder = path.join(root, 'webview', 'panels', panel);
  const shared = { bundle: true, write: false, absWorkingDir: root, logLevel: 'silent' } as const;
  const [script, style] = await Promise.all([
    build({ ...shared, entryPoints: [path.join(folder, 'main.ts')], platform: 'browser', format: 'iife' }),
    build({ ...shared, entryPoints: [path.join(folder, `${panel}.css`)] }),
  ]);
  return { script: script.outputFiles[0]?.text ?? '', style: style.outputFiles[0]?.text ?? '' };
}
