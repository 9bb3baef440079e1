/**
 * Once per run of the `vscode` project: finds or installs the editor and the browser and packages the extension. What is
 * missing is no failure but a reason, which every skipped test shows.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { packageForTest } from '../../support/packageForTest';
import { packageProbe } from '../probe/packageProbe';
import { installServer, type InstalledServer } from './installServer';
import { chosenReleases } from './releases';
import { findChromium } from './findChromium';

declare module 'vitest' {
  interface ProvidedContext {
    editors: Editors;
  }
}

/** What the tests run on, or why they cannot. */
export interface Editors {
  readonly missing?: string;
  readonly chromium: string;
  readonly servers: readonly InstalledServer[];
  readonly vsix: string;
  /** The tests' own extension. */
  readonly probe: string;
}

export default async function setUp(project: TestProject): Promise<() => void> {
  const log = (line: string): void => void process.stdout.write(`[vscode] ${line}\n`);
  const folder = mkdtempSync(path.join(tmpdir(), 'transferscope-vsix-'));
  const vsix = path.join(folder, 'transferscope.vsix');
  const probe = path.join(folder, 'probe.vsix');
  const found: { chromium: string; servers: InstalledServer[] } = { chromium: '', servers: [] };
  const releases = chosenReleases();
  let missing: string | undefined;
  try {
    found.chromium = await findChromium(log);
    await tryBrowser(found.chromium);
    for (const release of releases) found.servers.push(await installServer(release, log));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log(`the tests in a real editor are skipped: ${message}`);
    [missing] = message.split('\n');
  }
  // Not under the catch: a package that cannot be made is a failure.
  if (missing === undefined) await Promise.all([packageForTest(vsix), packageProbe(probe)]);
  project.provide('editors', { ...found, vsix, probe, missing });
  return () => rmSync(folder, { recursive: true, force: true });
}

/** A browser that is there may still lack libraries or rights. */
async function tryBrowser(executablePath: string): Promise<void> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], timeout: 60_000 });
  await browser.close();
}
