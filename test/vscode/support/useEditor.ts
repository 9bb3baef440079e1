/** Starts a server and a window for a group of tests and ends both; without an editor the tests are skipped with the reason. */
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, onTestFailed } from 'vitest';
import { isForAllTests } from './releases';
import { startServer, type Server, type ServerOptions } from './server';
import { openWorkbench, type Workbench } from './workbench';

export interface EditorUnderTest {
  readonly server: Server;
  readonly workbench: Workbench;
  readonly release: string;
}

export interface EditorOptions extends Pick<
  ServerOptions,
  'files' | 'settings' | 'env' | 'asksTrust' | 'nodeArguments'
> {
  /** Installs the tests' own extension, through which a test reaches into the extension host. */
  readonly withProbe?: boolean;
  /** Opens the window without a folder. */
  readonly withoutFolder?: boolean;
  /** About installing and activating: also runs on the oldest release where that is there for these tests alone. */
  readonly everyRelease?: boolean;
}

/** Describes tests that run in every chosen release; `editor()` is what they run on. Ends with a check that all was local. */
export function describeInEditor(
  title: string,
  options: EditorOptions,
  tests: (editor: () => EditorUnderTest) => void,
): void {
  const { missing, chromium, servers, vsix } = inject('editors');
  const wanted = servers.filter(({ release }) => options.everyRelease || isForAllTests(release));
  const labels = missing === undefined ? wanted.map(({ release }) => release.version) : ['not started'];
  describe.each(labels)(`${title} (code-server %s)`, (label) => {
    let editor: EditorUnderTest | undefined;
    beforeAll(async () => {
      const installed = servers.find(({ release }) => release.version === label);
      if (missing !== undefined || !installed) return;
      const { withoutFolder, withProbe, everyRelease: _everyRelease, ...started } = options;
      const extensions = withProbe ? [inject('editors').probe] : [];
      const server = await startServer({ installed, vsix, extensions, ...started });
      const folder = withoutFolder ? null : server.workspace;
      const workbench = await openWorkbench({ chromium, server, folder }).catch(async (error: unknown) => {
        await server.stop();
        throw error;
      });
      editor = { server, workbench, release: label };
    });
    beforeEach(({ skip, task }) => {
      skip(missing !== undefined, missing);
      onTestFailed(() => showFailure(`${title} ${task.name}`, editor));
    });
    afterAll(async () => {
      await editor?.workbench.close();
      await editor?.server.stop();
    });

    tests(() => {
      if (!editor) throw new Error('internal: the editor is not started');
      return editor;
    });

    it('asks nothing outside this machine', () => {
      expect(editor?.workbench.outsideRequests).toEqual([]);
    });
  });
}

const failureFolder = path.join(tmpdir(), 'transferscope-failures');

/** What the window showed when a test failed, and the last lines of our log. */
async function showFailure(test: string, editor: EditorUnderTest | undefined): Promise<void> {
  if (!editor) return;
  const file = path.join(failureFolder, `${test.replaceAll(/[^\w-]+/g, '-').slice(0, 100)}.png`);
  mkdirSync(failureFolder, { recursive: true });
  const taken = await editor.workbench.page.screenshot({ path: file, timeout: 10_000 }).then(
    () => `the window: ${file}`,
    (error: unknown) => `no picture of the window: ${String(error)}`,
  );
  const log = (await editor.server.readOutput('Transferscope')).trim().split('\n').slice(-8);
  process.stdout.write(`"${test}" failed; ${taken}\n${log.map((line) => `  ${line}\n`).join('')}`);
}
