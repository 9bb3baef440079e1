/**
 * A safetensors file of features as Parquet: a row for each image, a list of floats for each layer, so that pandas, Polars
 * and DuckDB read it. Written in groups of rows, so that memory holds one. Whole maps are lists, too, [channels, height,
 * width] in row-major order; the sides stand in the file's metadata as `shapes`.
 */
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { useWeights } from '../../shared/weights/useWeights';
import type { TensorPlace } from '../../shared/weights/tensorPlace';
import { weightPlatform } from '../checkpoint/weightPlatform';
import { buildFileAtomic, type UnfinishedFile } from '../storage/atomicFile';

/** Numbers in one group of rows: 8 MiB, several times as much while it is encoded. */
const groupNumbers = 2 ** 21;

/** `images` name the rows; without them rows are numbered from 0. */
export async function writeParquet(from: string, to: string, images: readonly string[]): Promise<void> {
  await buildFileAtomic(to, (file) =>
    useWeights({ path: from }, weightPlatform, async ({ tensors, metadata }) => {
      const shapes = Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape.slice(1)]));
      const writer = new ParquetWriter({
        writer: new FileBytes(file),
        schema: describeColumns([...tensors.keys()], images.length > 0),
        // Floats hardly become smaller.
        codec: 'UNCOMPRESSED',
        kvMetadata: [
          { key: 'shapes', value: JSON.stringify(shapes) },
          ...Object.entries(metadata).flatMap(([key, value]) => (key === 'images' ? [] : [{ key, value }])),
        ],
        createdBy: 'transferscope',
      });
      const rows = [...tensors.values()][0]?.shape[0] ?? 0;
      const perRow = [...tensors.values()].reduce((sum, { shape }) => sum + countRow(shape), 0);
      const step = Math.max(1, Math.floor(groupNumbers / Math.max(1, perRow)));
      for (let begin = 0; begin < rows; begin += step) {
        const end = Math.min(rows, begin + step);
        const names =
          images.length > 0 ? images.slice(begin, end) : Int32Array.from({ length: end - begin }, (_, k) => begin + k);
        const columnData = [
          { name: 'image', data: names as string[] | Int32Array },
          ...(await readColumns(tensors, begin, end)),
        ];
        await writer.write({ columnData, rowGroupSize: step });
      }
      await writer.finish();
    }),
  );
}

function countRow(shape: readonly number[]): number {
  return shape.slice(1).reduce((product, side) => product * side, 1);
}

/** Parquet's standard form of a list of numbers, none of which may be absent. */
function describeColumns(layers: readonly string[], hasNames: boolean): SchemaElement[] {
  const image: SchemaElement = { name: 'image', type: 'INT32', repetition_type: 'REQUIRED' };
  const named: SchemaElement = {
    name: 'image',
    type: 'BYTE_ARRAY',
    converted_type: 'UTF8',
    repetition_type: 'REQUIRED',
  };
  return [
    { name: 'root', num_children: 1 + layers.length },
    hasNames ? named : image,
    ...layers.flatMap((name): SchemaElement[] => [
      { name, converted_type: 'LIST', repetition_type: 'REQUIRED', num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
    ]),
  ];
}

async function readColumns(tensors: ReadonlyMap<string, TensorPlace>, begin: number, end: number) {
  const columns = [];
  for (const [name, { shape, readRows }] of tensors) {
    const values = await readRows!(begin, end);
    const length = countRow(shape);
    const data = Array.from({ length: end - begin }, (_, k) =>
      Array.from(values.subarray(k * length, (k + 1) * length)),
    );
    columns.push({ name, data, encoding: 'PLAIN' as const, statistics: false });
  }
  return columns;
}

/** What the library has encoded, put into the file after each group of rows. */
class FileBytes extends ByteWriter {
  private position = 0;

  constructor(private readonly file: UnfinishedFile) {
    super();
  }

  async flush(): Promise<void> {
    const bytes = this.getBytes();
    await this.file.write(bytes, this.position);
    this.position += bytes.length;
    this.index = 0;
  }

  override finish(): Promise<void> {
    return this.flush();
  }
}
