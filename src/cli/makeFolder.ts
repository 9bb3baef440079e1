/** Makes a folder and those above it. */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

/** Level by level: Node 20's own way never ends where the system refuses a folder as not there, as under /proc. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const above = path.dirname(folder);
  if (above !== folder) makeFolder(above);
  try {
    mkdirSync(folder);
  } catch (error) {
    // Somebody else was as quick.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
