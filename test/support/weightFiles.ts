/** Weight files for tests, written here byte by byte: safetensors with zeros for numbers. */

export interface CheckpointHead {
  readonly head: Buffer;
  /** Bytes of the whole file. */
  readonly size: number;
}

/** The header alone, and how long the file would be. */
export function encodeHead(shapes: Iterable<readonly [string, readonly number[]]>, prefix = ''): CheckpointHead {
  const table: Record<string, unknown> = {};
  let end = 0;
  for (const [name, shape] of shapes) {
    const begin = end;
    const isCounter = name.endsWith('num_batches_tracked');
    end += shape.reduce((product, side) => product * side, isCounter ? 8 : 4);
    table[`${prefix}${name}`] = { dtype: isCounter ? 'I64' : 'F32', shape, data_offsets: [begin, end] };
  }
  const json = Buffer.from(JSON.stringify(table));
  const padded = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const head = Buffer.concat([length, padded]);
  return { head, size: head.length + end };
}

/** A whole file. */
export function encodeCheckpoint(shapes: Iterable<readonly [string, readonly number[]]>, prefix = ''): Buffer {
  const { head, size } = encodeHead(shapes, prefix);
  return Buffer.concat([head, Buffer.alloc(size - head.length)]);
}
