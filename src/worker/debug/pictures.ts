/** The images of an update as PNG files in the session's folder, and figures of what the network saw. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { summarise } from '../../shared/math/tensorSummary';
import type { InspectedImage, InspectedView } from '../../shared/results/batchInspection';
import { UserError } from '../../shared/errors';
import { encodePng, toShown } from '../analysis/inversion/pictureFiles';
import { mapConcurrently } from '../data/mapConcurrently';
import type { DescribedImage, PartDescription } from './lookedAt';

/** Further images of a batch are counted and not looked at: thousands of pictures would neither fit nor be seen. */
const MOST_PICTURES = 256;
const COLOURS = 3;

interface SeenView {
  readonly name: string;
  readonly size: readonly [number, number];
  readonly parts: Float32Array[];
  images: number;
}

interface Picture {
  readonly file: string;
  readonly values: Float32Array;
  readonly size: readonly [number, number];
}

export class PictureWriter {
  private readonly seen: SeenView[] = [];
  private readonly described: { readonly image: DescribedImage; readonly pictures: readonly Picture[] }[] = [];

  constructor(
    private readonly folder: string,
    private readonly step: number,
  ) {}

  /** One part of the batch, in the order of the parts. */
  async add(views: PartDescription['views'], images: PartDescription['images']): Promise<void> {
    const isShown = this.described.length < MOST_PICTURES;
    const read = await Promise.all(views.map((view) => this.read(view, isShown)));
    for (const [row, image] of images.entries()) {
      const place = this.described.length;
      const pictures = (isShown ? read : []).map(({ name, size, values }) => {
        const length = size[0] * size[1] * COLOURS;
        return {
          ...{ file: `${this.step}-${place}-${name}.png`, size },
          values: values.subarray(row * length, (row + 1) * length),
        };
      });
      this.described.push({ image, pictures });
    }
  }

  views(): InspectedView[] {
    return this.seen.map(({ name, size, parts, images }) => {
      const channels = Array.from({ length: COLOURS }, (_, c) => summarise(channelOf(parts, c)));
      return { name, shape: [images, ...size, COLOURS], channels };
    });
  }

  /** Writes the files. */
  async images(): Promise<InspectedImage[]> {
    const shown = this.described.slice(0, MOST_PICTURES);
    await mapConcurrently(
      shown.flatMap(({ pictures }) => pictures),
      async ({ file, values, size: [height, width] }) => {
        const pixels = Uint8Array.from(toShown(values), (value) => Math.round(255 * value));
        await this.write(file, await encodePng(pixels, { width, height, channels: COLOURS }));
      },
    );
    return shown.map(({ image: { name, label }, pictures }, place) => ({
      ...{ place, name, files: pictures.map(({ file }) => file) },
      ...(label !== undefined && { label }),
    }));
  }

  /** Writes a file into the session's folder and returns its name. */
  async write(name: string, bytes: Uint8Array): Promise<string> {
    const file = path.join(this.folder, name);
    await writeFile(file, bytes).catch((error: NodeJS.ErrnoException) => {
      throw new UserError('storage', `cannot write ${file}: ${error.message}; make room or choose another folder`);
    });
    return name;
  }

  private async read({ name, images }: PartDescription['views'][number], isShown: boolean) {
    const [count, height, width] = images.shape;
    const values = isShown ? ((await images.data()) as Float32Array) : new Float32Array();
    let view = this.seen.find((one) => one.name === name && one.size[0] === height && one.size[1] === width);
    if (!view) this.seen.push((view = { name, size: [height, width], parts: [], images: 0 }));
    view.images += count;
    if (isShown) view.parts.push(values);
    return { name, size: [height, width] as const, values };
  }
}

/** Of images [.., 3], all numbers of one channel. */
function channelOf(parts: readonly Float32Array[], channel: number): Float32Array {
  const total = parts.reduce((sum, part) => sum + part.length, 0) / COLOURS;
  const values = new Float32Array(total);
  let at = 0;
  for (const part of parts) for (let i = channel; i < part.length; i += COLOURS) values[at++] = part[i]!;
  return values;
}
