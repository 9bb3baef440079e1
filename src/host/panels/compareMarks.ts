/** The marks of all results folders that a Compare panel shows, under the ids of its rows; heard of when another window writes them. */
import * as vscode from 'vscode';
import { MARKS_FILE, noteInFolders, readMarks } from '../../runs/marksFile';
import { noMarks, type CompareMarks, type MarkChange } from '../../shared/views/compare/compareMarks';
import { idOfMark } from '../../shared/views/compare/compareModel';

export interface MarksOfFolders extends vscode.Disposable {
  /** With what cannot be read, as sentences. */
  read(outs: readonly string[]): Promise<{ readonly marks: CompareMarks; readonly problems: readonly string[] }>;
  /** `change` names rows by their ids. */
  change(out: string, change: MarkChange): Promise<void>;
}

export function createMarksOfFolders(onChange: () => void): MarksOfFolders {
  const watched = new Map<string, vscode.Disposable>();
  const watch = (out: string): void => {
    if (watched.has(out)) return;
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(vscode.Uri.file(out), MARKS_FILE),
    );
    watched.set(
      out,
      vscode.Disposable.from(
        watcher,
        watcher.onDidCreate(onChange),
        watcher.onDidChange(onChange),
        watcher.onDidDelete(onChange),
      ),
    );
  };
  return {
    dispose: () => watched.forEach((one) => one.dispose()),
    read: async (outs) => {
      const problems: string[] = [];
      let joined = noMarks;
      for (const out of outs) {
        watch(out);
        const marks = await readMarks(out).catch((error: unknown) => {
          problems.push(error instanceof Error ? error.message : String(error));
          return noMarks;
        });
        joined = join(joined, withIds(out, marks));
      }
      return { marks: joined, problems };
    },
    change: async (out, change) => {
      await noteInFolders(out, [...watched.keys()], change);
      onChange();
    },
  };
}

/** There is one baseline: a new one clears the others, so only files of several windows can have two, and the first counts. */
function join(a: CompareMarks, b: CompareMarks): CompareMarks {
  const baseline = a.baseline ?? b.baseline;
  return {
    version: a.version,
    ...(baseline !== undefined && { baseline }),
    rows: { ...a.rows, ...b.rows },
    same: {
      fields: [...new Set([...a.same.fields, ...b.same.fields])],
      pairs: [...a.same.pairs, ...b.same.pairs],
    },
  };
}

function withIds(out: string, { baseline, rows, ...rest }: CompareMarks): CompareMarks {
  const toId = (mark: string): string => idOfMark(out, mark);
  return {
    ...rest,
    ...(baseline !== undefined && { baseline: toId(baseline) }),
    rows: Object.fromEntries(Object.entries(rows).map(([mark, marks]) => [toId(mark), marks])),
    same: { ...rest.same, pairs: rest.same.pairs.map(([a, b]) => [toId(a), toId(b)] as const) },
  };
}
