/** Files shipped with the program (media/, recipes/), found from the bundle in dist/ and from the sources alike. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

let root: string | undefined;

/** Absolute path of a shipped file, given relative to the package's root. */
export function assetPath(relative: string): string {
  root ??= findRoot(path.dirname(fileURLToPath(import.meta.url)));
  return path.join(root, relative);
}

/** The nearest folder above that has both package.json and media/. */
function findRoot(start: string): string {
  for (let folder = start; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'package.json')) && existsSync(path.join(folder, 'media'))) return folder;
    if (path.dirname(folder) === folder) throw new Error(`internal: no package root above ${start}`);
  }
}
