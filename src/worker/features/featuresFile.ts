/** A safetensors file of features written batch by batch: every layer has its place from the start, so memory holds one batch. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { layOutSafetensors, type TensorSpec } from '../../shared/weights/safetensors';
import { makeFolder, storageError } from '../storage/atomicFile';

const floatBytes = 4;

export class FeaturesFile {
  private constructor(
    private readonly file: string,
    private readonly temporary: string,
    private readonly handle: FileHandle,
    /** Of each layer's first number. */
    private readonly begins: ReadonlyMap<string, number>,
  ) {}

  /** shapes: [images, …] by layer. Nothing stands under the file's own name until `finish`. */
  static async create(
    file: string,
    shapes: ReadonlyMap<string, readonly number[]>,
    metadata: Readonly<Record<string, string>>,
  ): Promise<FeaturesFile> {
    const specs = new Map<string, TensorSpec>([...shapes].map(([layer, shape]) => [layer, { dtype: 'F32', shape }]));
    const { head, order } = layOutSafetensors(specs, metadata);
    const begins = new Map<string, number>();
    let position = head.length;
    for (const layer of order) {
      begins.set(layer, position);
      position += floatBytes * shapes.get(layer)!.reduce((product, side) => product * side, 1);
    }
    const temporary = `${file}.${randomUUID()}.tmp`;
    try {
      await makeFolder(path.dirname(file));
      const handle = await open(temporary, 'wx');
      await handle.write(head, 0, head.length, 0);
      return new FeaturesFile(file, temporary, handle, begins);
    } catch (error) {
      await rm(temporary, { force: true });
      throw storageError(error, file);
    }
  }

  /** Writes values whose first is number `from` of the layer. */
  async write(layer: string, from: number, values: Float32Array): Promise<void> {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const begin = this.begins.get(layer)! + floatBytes * from;
    try {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, begin + done);
        done += bytesWritten;
      }
    } catch (error) {
      throw storageError(error, this.file);
    }
  }

  async finish(): Promise<void> {
    await this.handle.sync();
    await this.handle.close();
    await rename(this.temporary, this.file);
  }

  async discard(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await rm(this.temporary, { force: true });
  }
}
