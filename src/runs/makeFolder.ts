/** Makes a folder that a user has named, and those above it. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../shared/errors';

/**
 * Level by level: Node's own way never ends where the system refuses a folder as not there, as under /proc. What cannot be
 * made is a user error that ends with `advice`.
 */
export async function makeFolder(folder: string, advice = 'choose another folder'): Promise<void> {
  try {
    await makeLevel(folder);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new UserError('storage', `cannot make the folder ${folder} (${code}); ${advice}`);
  }
}

async function makeLevel(folder: string): Promise<void> {
  const isRoot = dirname(folder) === folder;
  const refused = await mkdir(folder).catch((error: NodeJS.ErrnoException) => error);
  if (!refused) return;
  // Somebody else was as quick; other systems refuse with other words what is there.
  if ((await stat(folder).catch(() => undefined))?.isDirectory()) return;
  if (refused.code !== 'ENOENT' || isRoot) throw refused;
  await makeLevel(dirname(folder));
  await mkdir(folder).catch((again: NodeJS.ErrnoException) => {
    if (again.code !== 'EEXIST') throw again;
  });
}
