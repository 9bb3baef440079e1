/** The JSON Schema and the reference page in the repository are those that the schema makes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeReferenceFiles } from '../../../../scripts/referenceFiles';
import { experimentJsonSchema } from '../../../../src/shared/experiment/jsonSchema';

const repository = join(import.meta.dirname, '../../../..');
const files = await makeReferenceFiles(repository);

describe('generated files', () => {
  it.each(Object.entries(files))('%s is current; else run scripts/generateSchema.ts', (path, text) => {
    expect(readFileSync(join(repository, path), 'utf8')).toBe(text);
  });

  it('describe every key with unit and default', () => {
    const text = JSON.stringify(experimentJsonSchema());
    expect(text).toContain('Number of images in one step. Unit: images. Default: 256.');
    expect(text).toContain('Default: 0.1 (supervised), 0.03 (instdisc, moco, exemplar, supcon).');
  });
});
