/**
 * Once per run of the `vscode` project: finds or installs the editor and the browser and packages the extension. What is
 * missing is no failure but a reason, which every skipped test shows.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { packageForTest } from '../../support/packageForTest';
import { packageProbe } from '../probe/packageProbe';
import { findChromium } from './findChromium';
import { installServer, type InstalledServer } from './installServer';
import { chosenReleases } from './releases';

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
  let missing: string | undefined;
  try {
    found.chromium = await findChromium(log);
    for (const release of chosenReleases()) found.servers.push(await installServer(release, log));
  } catch (error) {
    missing = error instanceof Error ? error.message : String(error);
    log(`the tests in a real editor are skipped: ${missing}`);
  }
  // Not under the catch: a package that cannot be made is a failure.
  if (missing === undefined) await Promise.all([packageForTest(vsix), packageProbe(probe)]);
  project.provide('editors', { ...found, vsix, probe, missing });
  return () => rmSync(folder, { recursive: true, force: true });
}
