/** The browser for tests of panels; where there is none they are skipped, with the reason in their title. */
import { chromium, type Browser } from 'playwright-core';
import { findChromium } from '../vscode/support/findChromium';

export interface PanelBrowser {
  /** Of the tests: the name, and why they are skipped if they are. */
  readonly title: string;
  readonly isMissing: boolean;
  launch(): Promise<Browser>;
}

export async function findPanelBrowser(name: string): Promise<PanelBrowser> {
  try {
    const executablePath = await findChromium(() => {});
    const launch = () => chromium.launch({ executablePath, args: ['--no-sandbox'] });
    return { title: name, isMissing: false, launch };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { title: `${name} (skipped: ${why})`, isMissing: true, launch: () => Promise.reject(new Error(why)) };
  }
}
