/** Writes schemas and docs/reference. Run from the repository root. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeReferenceFiles } from './referenceFiles';

async function main(): Promise<void> {
  const repository = process.cwd();
  for (const [path, text] of Object.entries(await makeReferenceFiles(repository))) {
    const file = join(repository, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`wrote ${path}`);
  }
}

await main();
