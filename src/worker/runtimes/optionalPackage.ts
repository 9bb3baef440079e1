/**
 * Packages that may be absent: native runtimes are never required, so nothing imports them statically and a bundler
 * leaves them alone. A failed load is a value with a reason, not an exception.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface LoadedPackage {
  readonly module: Readonly<Record<string, unknown>>;
  readonly version: string;
}

export type LoadResult = { readonly loaded: LoadedPackage } | { readonly problem: string };

/** Where a package would be loaded from, beside the program or below `folder`; undefined when it is at neither place. */
export function findPackage(
  name: string,
  folder: string,
): { readonly entry: string; readonly version: string } | undefined {
  for (const place of [import.meta.url, join(folder, 'package.json')]) {
    const require = createRequire(place);
    try {
      return { entry: require.resolve(name), version: versionOf(name, require) };
    } catch {
      // Perhaps at the next place.
    }
  }
  return undefined;
}

function versionOf(name: string, require: NodeJS.Require): string {
  try {
    return (require(`${name}/package.json`) as { version?: string }).version ?? 'unknown';
  } catch {
    return 'unknown'; // some packages do not export their manifest
  }
}

/** Imports an optional package. Every failure becomes a sentence that names the package. */
export async function loadOptionalPackage(name: string, folder: string): Promise<LoadResult> {
  const found = findPackage(name, folder);
  if (!found) return { problem: `not installed: ${name} is missing` };
  try {
    const module = (await import(pathToFileURL(found.entry).href)) as Record<string, unknown>;
    return { loaded: { module, version: found.version } };
  } catch (error) {
    return { problem: `${name} ${found.version} is installed but does not load: ${firstLine(error)}` };
  }
}

/** The first line of an error's message. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split('\n')[0] ?? 'unknown error';
}
