/**
 * The workbench in Chromium, driven as a user drives it: palette, quick open, keys. Tabs, lists and toasts come late, so
 * everything waits for what it wants to see and nothing is counted at once.
 */
import path from 'node:path';
import { chromium, type BrowserContext, type FrameLocator, type Locator, type Page } from 'playwright-core';
import type { Server } from './server';

const browserArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1',
];

/** How long one attempt of something that is tried again may wait. */
const SHORT_MS = 3000;

export interface WorkbenchOptions {
  readonly chromium: string;
  readonly server: Server;
  /** Absolute path; null opens a window without a folder. */
  readonly folder?: string | null;
  readonly width?: number;
  readonly height?: number;
}

export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const { server, folder = server.workspace, width = 1400, height = 1300 } = options;
  const context = await chromium.launchPersistentContext(path.join(server.root, 'browser'), {
    executablePath: options.chromium,
    viewport: { width, height },
    permissions: ['clipboard-read', 'clipboard-write'],
    args: browserArguments,
  });
  // For what is there in a second on an idle machine.
  context.setDefaultTimeout(60_000);
  const page = context.pages()[0] ?? (await context.newPage());
  const workbench = new Workbench(page, context);
  await page.goto(folder === null ? `${server.url}/?ew=true` : `${server.url}/?folder=${encodeURIComponent(folder)}`);
  await workbench.waitForStart();
  return workbench;
}

export class Workbench {
  /** Addresses outside this machine that anything in the window asked for; must stay empty. */
  readonly outsideRequests: string[] = [];

  constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
  ) {
    context.on('request', (request) => {
      if (isOutside(new URL(request.url()))) this.outsideRequests.push(request.url());
    });
  }

  async waitForStart(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 60_000 });
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.waitForStart();
  }

  close(): Promise<void> {
    return this.context.close();
  }

  /** Runs a command by its label in the palette; our commands appear late. */
  command(label: string): Promise<void> {
    return this.retry(async () => {
      await this.page.keyboard.press('F1');
      await this.quickInput.fill(`>${label}`, { timeout: SHORT_MS });
      await this.quickRows.filter({ hasText: label }).first().click({ timeout: SHORT_MS });
    });
  }

  /** Runs a command that asks for one of a list, and takes the row with this text. */
  pick(command: string, row: string): Promise<void> {
    return this.retry(async () => {
      await this.command(command);
      await this.quickInput.fill(row, { timeout: SHORT_MS });
      const wanted = this.quickRows.filter({ hasText: row }).first();
      await wanted.waitFor({ timeout: SHORT_MS });
      await wanted.click({ timeout: SHORT_MS });
      await this.quickInput.waitFor({ state: 'hidden', timeout: SHORT_MS });
    });
  }

  /** Opens a walkthrough by its title; its steps are `.getting-started-step`, a done one with `.complete` inside. */
  async openWalkthrough(title: string): Promise<void> {
    await this.pick('Welcome: Open Walkthrough...', title);
    await this.page.locator('.getting-started-step').first().waitFor();
  }

  /** Tries again after Escape until it works: early keys are lost, and lists are drawn anew under the pointer. */
  private async retry(attempt: () => Promise<void>): Promise<void> {
    for (const deadline = Date.now() + 75_000; ;) {
      try {
        return await attempt();
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await this.page.keyboard.press('Escape');
        await this.page.waitForTimeout(200);
      }
    }
  }

  /** The input and the rows of palette, quick open and quick picks. */
  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget input[type="text"]');
  }

  get quickRows(): Locator {
    return this.page.locator('.quick-input-widget .monaco-list-row');
  }

  async openFile(name: string): Promise<void> {
    await this.retry(async () => {
      await this.page.keyboard.press('Control+P');
      await this.quickInput.fill(name, { timeout: SHORT_MS });
      await this.quickRows.filter({ hasText: name }).first().click({ timeout: SHORT_MS });
      const tab = this.page.locator('.tabs-container .tab.active').filter({ hasText: name });
      await tab.waitFor({ timeout: SHORT_MS });
    });
    await this.editor.locator('.view-line').first().waitFor();
  }

  /** Applies the quick fix at the cursor whose title has this text. By keys: older releases shield the list from clicks. */
  quickFix(title: string): Promise<void> {
    const fixes = this.page.locator('.action-widget .monaco-list-row');
    return this.retry(async () => {
      await this.page.keyboard.press('Control+.');
      await fixes.filter({ hasText: title }).first().waitFor({ timeout: SHORT_MS });
      const chosen = this.page.locator('.action-widget .monaco-list-row.focused').filter({ hasText: title });
      for (let left = await fixes.count(); left > 0 && (await chosen.count()) === 0; left--) {
        await this.page.keyboard.press('ArrowDown');
      }
      await chosen.waitFor({ timeout: SHORT_MS });
      await this.page.keyboard.press('Enter');
    });
  }

  get editor(): Locator {
    return this.page.locator('.editor-instance .monaco-editor').first();
  }

  /** Puts the cursor on a place of the active editor; line and column count from 1. */
  goTo(line: number, column = 1): Promise<void> {
    return this.retry(async () => {
      await this.page.keyboard.press('Control+G');
      await this.quickInput.fill(`:${line}:${column}`, { timeout: SHORT_MS });
      await this.page.keyboard.press('Enter');
      await this.quickInput.waitFor({ state: 'hidden', timeout: SHORT_MS });
    });
  }

  /** The lines of the active editor that are on screen, with ordinary spaces. */
  async visibleText(): Promise<string> {
    const lines = await this.editor.locator('.view-line').evaluateAll((found) =>
      found
        .map((line) => ({ top: parseFloat((line as HTMLElement).style.top), text: line.textContent ?? '' }))
        .sort((a, b) => a.top - b.top)
        .map(({ text }) => text),
    );
    return lines.join('\n').replaceAll('\u00a0', ' ');
  }

  async save(): Promise<void> {
    await this.page.keyboard.press('Control+S');
    await this.page.locator('.tabs-container .tab.active:not(.dirty)').waitFor();
  }

  /** Closes all editors; what is unsaved is lost. */
  async closeEditors(): Promise<void> {
    const tabs = this.page.locator('.tabs-container .tab');
    if ((await tabs.count()) === 0) return;
    await this.command('View: Close All Editors');
    const discard = this.page.locator('.monaco-dialog-box .monaco-button').filter({ hasText: /^Don.t Save$/ });
    for (const deadline = Date.now() + 10_000; Date.now() < deadline && (await tabs.count()) > 0;) {
      if (await discard.isVisible()) await discard.click();
      await this.page.waitForTimeout(100);
    }
    await tabs.first().waitFor({ state: 'detached' });
  }

  /** The rows of the Problems view. */
  async problems(): Promise<Locator> {
    await this.command('Problems: Focus on Problems View');
    return this.page.locator('.markers-panel .monaco-list-row');
  }

  async notifications(): Promise<string[]> {
    return this.page.locator('.notification-list-item-message').allInnerTexts();
  }

  /** Removes toasts and empties the list of notifications. */
  async clearNotices(): Promise<void> {
    if ((await this.page.locator('.notification-toast').count()) > 0) {
      await this.command('Notifications: Clear All Notifications');
      await this.page.locator('.notification-toast').first().waitFor({ state: 'detached' });
    }
  }

  /** Opens the container of the activity bar with this title. */
  async openView(title: string): Promise<void> {
    await this.page.locator(`.activitybar .action-item a[aria-label^="${title}"]`).click();
  }

  /** The same, but leaves it open where it is open already (a second click on its icon would close it). */
  async showView(title: string): Promise<void> {
    const shown = this.page.locator('.part.sidebar .composite.title', { hasText: title });
    if (!(await shown.isVisible())) await this.openView(title);
    await shown.waitFor();
  }

  async hideSideBar(): Promise<void> {
    const sideBar = this.page.locator('.part.sidebar');
    if (!(await sideBar.isVisible())) return;
    await this.command('View: Toggle Primary Side Bar Visibility');
    await sideBar.waitFor({ state: 'hidden' });
  }

  /** The body of the webview that shows an element of this selector; which of several comes first is chance. */
  async webviewWith(selector: string): Promise<Locator> {
    for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
      for (const frame of this.page.frames()) {
        const shown = frame.locator(selector).first();
        if (await shown.isVisible().catch(() => false)) return frame.locator('body');
      }
      await this.page.waitForTimeout(200);
    }
    throw new Error(`no webview shows ${selector}`);
  }

  /** The document of the nth panel in the editor area; views in the side bar are not counted. */
  panelWebview(nth = 0): FrameLocator {
    const panels = this.page.locator('iframe.webview.ready:not([src*="purpose=webviewView"])');
    return panels.nth(nth).contentFrame().locator('iframe#active-frame').contentFrame();
  }

  /** The extension's own document in the nth webview. */
  webview(nth = 0): FrameLocator {
    const outer = this.page.locator('iframe.webview.ready').nth(nth).contentFrame();
    return outer.locator('iframe#active-frame').contentFrame();
  }
}

/** Webview resources have addresses of a CDN, but the window's service worker answers them from the server's disk. */
function isOutside({ protocol, hostname }: URL): boolean {
  if (!/^(https?|wss?):$/.test(protocol)) return false;
  return !['localhost', '127.0.0.1'].includes(hostname) && !hostname.endsWith('.vscode-resource.vscode-cdn.net');
}
