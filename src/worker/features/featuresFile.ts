/** A safetensors file of features written batch by batch: every layer has its place from the start, so memory holds one batch. */
import { layOutSafetensors, type TensorSpec } from '../../shared/weights/safetensors';
import { makeFolderFor, UnfinishedFile } from '../storage/atomicFile';

const floatBytes = 4;

export class FeaturesFile {
  private constructor(
    private readonly file: UnfinishedFile,
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
    await makeFolderFor(file);
    const unfinished = await UnfinishedFile.create(file);
    await unfinished.write(head, 0);
    return new FeaturesFile(unfinished, begins);
  }

  /** Writes values whose first is number `from` of the layer. */
  async write(layer: string, from: number, values: Float32Array): Promise<void> {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const begin = this.begins.get(layer)! + floatBytes * from;
    await this.file.write(bytes, begin);
  }

  finish(): Promise<void> {
    return this.file.finish();
  }

  discard(): Promise<void> {
    return this.file.discard();
  }
}
