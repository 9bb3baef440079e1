/** What a run in the workspace under test has come to, read from its folder as anybody would. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EditorUnderTest } from './useEditor';

export interface RunStatus {
  readonly state: string;
  readonly pid: number;
}

export function runFolder({ server }: EditorUnderTest, run: string): string {
  return path.join(server.workspace, '.transferscope', 'runs', run);
}

/** Undefined before the run has begun. */
export function readRunStatus(editor: EditorUnderTest, run: string): RunStatus | undefined {
  try {
    return JSON.parse(readFileSync(path.join(runFolder(editor, run), 'status.json'), 'utf8')) as RunStatus;
  } catch {
    return undefined;
  }
}

/** Waits for a state; says what the window and the log have said when it does not come, at once when the run failed. */
export async function waitForRun(
  editor: EditorUnderTest,
  run: string,
  { state, limitMs = 90_000 }: { readonly state: string; readonly limitMs?: number },
): Promise<void> {
  const deadline = Date.now() + limitMs;
  for (let seen = readRunStatus(editor, run)?.state; seen !== state; seen = readRunStatus(editor, run)?.state) {
    const refused = (await editor.workbench.notifications()).find((text) => text.startsWith('Not launched'));
    const isEnded = seen === 'failed' && state !== 'running';
    if (refused !== undefined || isEnded || Date.now() > deadline) {
      const log = (await editor.server.readOutput('Transferscope')).trim().split('\n').slice(-15).join('\n');
      const why = refused ?? `it is ${seen ?? 'not begun'} after ${limitMs / 1000} s at most`;
      throw new Error(`${run} did not become ${state}: ${why}\nlog of the extension:\n${log}`);
    }
    await sleep(200);
  }
}
