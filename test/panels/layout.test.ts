/** The check of layouts itself (support/layout.ts): what it must find, and what it must let pass. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findLayoutFaults } from '../support/layout';
import { findPanelBrowser } from '../support/panelBrowser';

const chromium = await findPanelBrowser('the check of layouts');

describe.skipIf(chromium.isMissing)(chromium.title, () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await chromium.launch()));
  afterAll(() => browser?.close());

  const look = async (body: string): Promise<string[]> => {
    const page = await browser.newPage({ viewport: { width: 900, height: 700 } });
    await page.setContent(`<!DOCTYPE html><main id="panel">${body}</main>`);
    const found = await findLayoutFaults(page, 0);
    await page.close();
    return found;
  };
  const long = 'a name that is far longer than any panel is wide '.repeat(5);

  it.each([
    [
      '300 px: outside: <button',
      `<div style="overflow: auto; width: 100%"><button style="margin-left: 400px">Save</button></div>`,
    ],
    ['300 px: the page is', `<div style="width: 320px">wide</div>`],
    [
      '1600 px: cut off: <span',
      `<span style="display: block; overflow: hidden; white-space: nowrap; width: 99px">${long}</span>`,
    ],
    [
      '200 % zoom: outside: <button',
      `<div style="overflow: hidden"><button style="margin-left: 440px">Save</button></div>`,
    ],
    [
      'on top of each other: <button> "One" and <button> "Two"',
      `<button>One</button><button style="margin-left: -20px">Two</button>`,
    ],
  ])('finds: %s', async (fault, body) => {
    expect((await look(body)).join('\n')).toContain(fault);
  });

  it('lets pass what tells the rest, scrolls by itself or lies where it should', async () => {
    const ellipsis = 'overflow: hidden; white-space: nowrap; text-overflow: ellipsis; width: 99px';
    const body = `<p title="all of it" style="${ellipsis}">${long}</p>
      <div style="overflow: auto; width: 100%"><table><tr><td><button style="margin-left: 2000px">Far</button></table></div>
      <button>One</button> <button>Two</button>`;
    expect(await look(body)).toEqual([]);
  });
});
