/** Paths as an experiment file writes them. */
import { existsSync } from 'node:fs';
import path from 'node:path';

const variable = '${workspaceFolder}';

/**
 * Absolute path of what is written in an experiment file: relative to the file's folder, or to the workspace where it
 * starts with `${workspaceFolder}`. Outside the editor the workspace is the nearest folder above that git or VS Code
 * knows as one, else the file's own folder.
 */
export function placePath(written: string, baseDir: string): string {
  if (!written.startsWith(variable)) return path.resolve(baseDir, written);
  return path.join(workspaceOf(baseDir), written.slice(variable.length));
}

function workspaceOf(baseDir: string): string {
  for (let folder = path.resolve(baseDir); ; folder = path.dirname(folder)) {
    if (['.git', '.vscode'].some((mark) => existsSync(path.join(folder, mark)))) return folder;
    if (path.dirname(folder) === folder) return path.resolve(baseDir);
  }
}
