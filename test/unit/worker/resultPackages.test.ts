/** The packages in stage keys are those that are installed. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { codeVersions, resultPackages } from '../../../src/worker/codeVersions';

it('stage keys name the pinned versions of packages that decide bits', () => {
  const file = path.resolve(import.meta.dirname, '../../../package.json');
  const { dependencies } = JSON.parse(readFileSync(file, 'utf8')) as { dependencies: Record<string, string> };
  for (const [name, version] of Object.entries(resultPackages)) {
    expect(dependencies[name]).toBe(version);
    for (const code of Object.values(codeVersions)) expect(code).toContain(version);
  }
});
