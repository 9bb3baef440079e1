/** Starts a server and a window for a group of tests and ends both; without an editor the tests are skipped with the reason. */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { startServer, type Server, type ServerOptions } from './server';
import { openWorkbench, type Workbench } from './workbench';

export interface EditorUnderTest {
  readonly server: Server;
  readonly workbench: Workbench;
  readonly release: string;
}

export interface EditorOptions extends Pick<ServerOptions, 'files' | 'settings' | 'asksTrust'> {
  /** Installs the tests' own extension, through which a test reaches into the extension host. */
  readonly withProbe?: boolean;
  /** Opens the window without a folder. */
  readonly withoutFolder?: boolean;
}

/** Describes tests that run in every chosen release; `editor()` is what they run on. Ends with a check that all was local. */
export function describeInEditor(
  title: string,
  options: EditorOptions,
  tests: (editor: () => EditorUnderTest) => void,
): void {
  const { missing, chromium, servers, vsix } = inject('editors');
  const labels = missing === undefined ? servers.map(({ release }) => release.version) : ['not started'];
  describe.each(labels)(`${title} (code-server %s)`, (label) => {
    let editor: EditorUnderTest | undefined;
    beforeAll(async () => {
      const installed = servers.find(({ release }) => release.version === label);
      if (missing !== undefined || !installed) return;
      const { files, settings, asksTrust } = options;
      const extensions = options.withProbe ? [inject('editors').probe] : [];
      const server = await startServer({ installed, vsix, files, settings, asksTrust, extensions });
      const folder = options.withoutFolder ? null : server.workspace;
      const workbench = await openWorkbench({ chromium, server, folder }).catch(async (error: unknown) => {
        await server.stop();
        throw error;
      });
      editor = { server, workbench, release: label };
    });
    beforeEach(({ skip }) => skip(missing !== undefined, missing));
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
