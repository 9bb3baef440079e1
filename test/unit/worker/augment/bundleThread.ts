/**
 * Builds the augmentation thread for tests: worker threads cannot load TypeScript. The bundle lies under node_modules so
 * that packages left outside of it (sharp) are found.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

export interface BundledThread {
  readonly entry: URL;
  remove(): void;
}

/** Bundle an entry into a fresh folder. */
export function bundleThread(source = 'src/worker/augment/augmentThread.ts'): BundledThread {
  const cache = join('node_modules', '.cache', 'transferscope-test');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'thread-'));
  const outfile = join(folder, 'augmentThread.mjs');
  buildSync({ entryPoints: [source], outfile, bundle: true, platform: 'node', format: 'esm', external: ['sharp'] });
  return { entry: pathToFileURL(outfile), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
