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

/** How many folders `baseDir` lies below its workspace; undefined when nothing marks one. */
export function depthInWorkspace(baseDir: string): number | undefined {
  const workspace = findWorkspace(baseDir);
  if (workspace === undefined) return undefined;
  const below = path.relative(workspace, path.resolve(baseDir));
  return below === '' ? 0 : below.split(path.sep).length;
}

function workspaceOf(baseDir: string): string {
  return findWorkspace(baseDir) ?? path.resolve(baseDir);
}

function findWorkspace(baseDir: string): string | undefined {
  for (let folder = path.resolve(baseDir); ; folder = path.dirname(folder)) {
    if (['.git', '.vscode'].some((mark) => existsSync(path.join(folder, mark)))) return folder;
    if (path.dirname(folder) === folder) return undefined;
  }
}
