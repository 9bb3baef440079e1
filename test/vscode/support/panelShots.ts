/**
 * Every panel and view of which docs/images has a picture per theme. To add one, add a line to `panelShots`: it is then
 * drawn by `npm run screenshots` and checked in every theme by test/vscode/screenshots.test.ts.
 */
import type { Locator } from 'playwright-core';
import type { EditorUnderTest } from './useEditor';

export interface PanelShot {
  /** The picture is docs/images/<panel>-<theme>.png. */
  readonly panel: string;
  readonly width: number;
  readonly height: number;
  /** Brings it up in a window whose one experiment, `shotFile`, has been run to its end. */
  show(editor: EditorUnderTest): Promise<Shown>;
}

export interface Shown {
  /** What is pictured; the whole window when absent. */
  readonly of?: Locator;
  /** An element of the webview in which no text may be cut off. */
  readonly webview?: string;
}

/** Opens the detections of the supervised weights in all of the window, the surest alone; the selector finds their webview. */
async function showDetections({ workbench }: EditorUnderTest): Promise<string> {
  const webview = '.budget-row .letter';
  await workbench.closeEditors();
  await workbench.openFile(shotFile);
  await workbench.pick('Transferscope: Open Detections Panel', 'supervised');
  await workbench.hideSideBar();
  await workbench.command('View: Close Editors in Other Groups');
  const panel = await workbench.webviewWith(webview);
  await panel.getByRole('slider', { name: 'Score ≥' }).fill('0.3');
  return webview;
}

export const shotFile = 'quickstart.transfer.yaml';

export const panelShots: readonly PanelShot[] = [
  {
    panel: 'editor',
    width: 1280,
    height: 800,
    show: async ({ workbench }) => {
      await workbench.closeEditors();
      await workbench.openFile(shotFile);
      await workbench.showView('Transferscope');
      const row = workbench.page.locator('.pane-body .monaco-list-row');
      await row
        .filter({ hasText: /same-emoji.*%/ })
        .first()
        .waitFor();
      await workbench.page
        .locator('.codelens-decoration', { hasText: /probe \d+\.\d/ })
        .first()
        .waitFor();
      return {};
    },
  },
  {
    panel: 'results',
    width: 1280,
    height: 900,
    show: async ({ workbench }) => {
      await workbench.closeEditors();
      await workbench.openFile(shotFile);
      await workbench.showView('Transferscope');
      const webview = '[data-pretraining=supervised][data-transfer=probe]';
      await workbench.webviewWith(webview);
      return { of: workbench.page.locator('.part.sidebar'), webview };
    },
  },
  {
    panel: 'run',
    width: 1280,
    height: 1000,
    show: async ({ workbench }) => {
      await workbench.closeEditors();
      await workbench.openFile(shotFile);
      await workbench.command('Transferscope: Open Run Panel');
      await workbench.hideSideBar();
      const webview = '[data-metric=loss] .plot';
      await workbench.webviewWith(webview);
      return { of: workbench.page.locator('.part.editor'), webview };
    },
  },
  {
    panel: 'layers',
    width: 1280,
    height: 900,
    show: async ({ workbench }) => {
      await workbench.closeEditors();
      await workbench.openFile(shotFile);
      await workbench.command('Transferscope: Open Layers Panel');
      await workbench.hideSideBar();
      const webview = '.series[data-pretraining=supervised] .mark';
      await workbench.webviewWith(webview);
      return { of: workbench.page.locator('.part.editor'), webview };
    },
  },
  {
    panel: 'compare',
    width: 1280,
    height: 900,
    show: async ({ workbench }) => {
      await workbench.closeEditors();
      await workbench.openFile(shotFile);
      await workbench.command('Transferscope: Compare Runs');
      await workbench.hideSideBar();
      await workbench.command('View: Close Editors in Other Groups');
      const webview = '.compare-grid .row-name';
      const panel = await workbench.webviewWith(webview);
      const rows = panel.locator('.body .row');
      if ((await panel.locator('.pinned .row').count()) === 0) {
        await rows.filter({ hasText: 'random · probe' }).locator('.row-name').click();
        await panel.getByRole('grid').press('b');
        await panel.locator('.pinned .tag', { hasText: 'baseline' }).waitFor();
      }
      await rows.filter({ hasText: '· same-emoji' }).last().locator('.row-name').click();
      await panel.locator('.detail-said').waitFor();
      return { of: workbench.page.locator('.part.editor'), webview };
    },
  },
  {
    panel: 'embedding',
    width: 1280,
    height: 900,
    show: async ({ workbench }) => {
      await workbench.closeEditors();
      await workbench.openFile(shotFile);
      await workbench.command('Transferscope: Open Embedding Panel');
      await workbench.hideSideBar();
      await workbench.command('View: Close Editors in Other Groups');
      const webview = '.map-surface[data-drawn*="supervised layer4"]';
      const panel = await workbench.webviewWith('.map-surface[data-drawn]');
      await panel.getByRole('combobox', { name: 'Model' }).click();
      await panel.getByRole('option', { name: 'supervised', exact: true }).click();
      await panel.locator(webview).press('Enter');
      await panel.locator('.picture-list button').first().waitFor();
      return { of: workbench.page.locator('.part.editor'), webview };
    },
  },
  {
    panel: 'batch',
    width: 1280,
    height: 1000,
    show: async ({ workbench }) => {
      await workbench.closeEditors();
      await workbench.openFile(shotFile);
      await workbench.pick('Transferscope: Debug One Batch…', 'supervised → objects');
      await workbench.hideSideBar();
      const webview = '.images-tab .tile canvas';
      await workbench.webviewWith(webview);
      await workbench.command('View: Close Editors in Other Groups');
      return { of: workbench.page.locator('.part.editor'), webview };
    },
  },
  {
    panel: 'detections',
    width: 1280,
    height: 900,
    show: async (editor) => {
      const webview = await showDetections(editor);
      const panel = await editor.workbench.webviewWith(webview);
      await panel.getByRole('combobox', { name: 'Compare with' }).click();
      await panel.getByRole('option', { name: 'random, seed 0' }).click();
      await panel.locator('.summary .interval').waitFor();
      return { of: editor.workbench.page.locator('.part.editor'), webview };
    },
  },
  {
    panel: 'box',
    width: 1280,
    height: 900,
    show: async (editor) => {
      const webview = await showDetections(editor);
      const panel = await editor.workbench.webviewWith(webview);
      await panel.locator('.tile').first().click();
      await panel.locator('.box-row').last().click();
      await panel.locator('.alike button').first().waitFor();
      await panel.locator('.alike').scrollIntoViewIfNeeded();
      return { of: editor.workbench.page.locator('.part.editor'), webview };
    },
  },
  {
    panel: 'report',
    width: 1280,
    height: 900,
    show: async ({ workbench }) => {
      await workbench.closeEditors();
      await workbench.hideSideBar();
      await workbench.command('Transferscope: Open Report');
      const webview = 'h2:has-text("Transfer by pretraining")';
      await workbench.webviewWith(webview);
      return { of: workbench.page.locator('.part.editor'), webview };
    },
  },
];
