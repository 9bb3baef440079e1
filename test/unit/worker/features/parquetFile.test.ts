/** Features as Parquet: what another library reads is what was written, in several groups of rows; and so does pyarrow. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deriveRandom } from '../../../../src/shared/random';
import { FeaturesFile } from '../../../../src/worker/features/featuresFile';
import { writeParquet } from '../../../../src/worker/features/parquetFile';
import { findPython, runPython } from '../../../support/findPython';

const python = findPython('pyarrow');
const folder = mkdtempSync(path.join(os.tmpdir(), 'parquet-'));
const here = (name: string): string => path.join(folder, name);
/** Wide enough for more than one group of rows. */
const shapes = new Map<string, readonly number[]>([
  ['layer1', [5, 420_000]],
  ['layer4.0', [5, 2, 3, 2]],
]);
const values = new Map<string, Float32Array>();
const images = ['a.png', 'b, "c".png', 'ü.png', '', 'e.png'];

describe('features as Parquet', () => {
  beforeAll(async () => {
    const random = deriveRandom(1, 'parquet test');
    const file = await FeaturesFile.create(here('f.safetensors'), shapes, { weights: 'w.pth', images: '[]' });
    for (const [name, shape] of shapes) {
      const count = shape.reduce((product, side) => product * side, 1);
      values.set(
        name,
        Float32Array.from({ length: count }, () => random.uniform() - 0.5),
      );
      await file.write(name, 0, values.get(name)!);
    }
    await file.finish();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are a row for each image and a list for each layer, bit for bit', async () => {
    await writeParquet(here('f.safetensors'), here('f.parquet'), images);
    const file = await asyncBufferFromFile(here('f.parquet'));
    const { row_groups: groups, key_value_metadata: metadata = [] } = await parquetMetadataAsync(file);
    expect(groups.length).toBeGreaterThan(1);
    const facts = Object.fromEntries(metadata.map(({ key, value }) => [key, value]));
    expect(facts).toMatchObject({ shapes: '{"layer1":[420000],"layer4.0":[2,3,2]}', weights: 'w.pth' });
    const rows = await parquetReadObjects({ file });
    expect(rows.map(({ image }) => image as string)).toEqual(images);
    for (const [name, all] of values) {
      const length = all.length / 5;
      rows.forEach((row, k) => {
        const read = Buffer.from(Float32Array.from(row[name] as number[]).buffer);
        expect(read.equals(Buffer.from(all.slice(k * length, (k + 1) * length).buffer))).toBe(true);
      });
    }
    expect(readdirSync(folder).sort()).toEqual(['f.parquet', 'f.safetensors']);
  });

  it('of an array number the rows', async () => {
    await writeParquet(here('f.safetensors'), here('numbered.parquet'), []);
    const rows = await parquetReadObjects({
      ...{ file: await asyncBufferFromFile(here('numbered.parquet')), columns: ['image'] },
    });
    expect(rows.map(({ image }) => image as number)).toEqual([0, 1, 2, 3, 4]);
  });

  it.skipIf(!python)(`are read by pyarrow${python ? '' : ' (skipped: no Python with pyarrow)'}`, async () => {
    await writeParquet(here('f.safetensors'), here('p.parquet'), images);
    const program = `
import json, pyarrow.parquet as pq
table = pq.read_table("p.parquet")
column = table.column("layer4.0").to_pylist()
print(json.dumps([[str(f.type) for f in table.schema], table.column("image").to_pylist(), column,
  sum(sum(row) for row in table.column("layer1").to_pylist()), table.schema.metadata[b"shapes"].decode()]))`;
    const [types, names, small, sum] = JSON.parse(runPython(python!, program, folder)) as [
      string[],
      string[],
      number[][],
      number,
    ];
    expect(types[0]).toBe('string');
    expect(types[1]).toMatch(/^list<element: float/);
    expect(names).toEqual(images);
    expect(Float32Array.from(small.flat())).toEqual(values.get('layer4.0'));
    expect(sum).toBeCloseTo(
      values.get('layer1')!.reduce((total, value) => total + value, 0),
      6,
    );
  });
});
