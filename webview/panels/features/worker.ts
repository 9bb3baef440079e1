/** The panel's worker: reads results, keeps their arrays, colours maps and finds places again, beside the main thread. */
import { interpolateInferno, rgb } from 'd3';
import { findMatches } from '../../../src/shared/math/denseMatches';
import type { FeaturesKind } from '../../../src/shared/protocol/panels/featuresPanel';
import { parseActivations } from '../../../src/shared/results/activations';
import { parseAttribution } from '../../../src/shared/results/attribution';
import { decodeInversion } from '../../../src/shared/results/inversion';
import { parseMaximisation } from '../../../src/shared/results/maximisation';
import { checkSchemasWithoutCode } from '../../../src/shared/schemaCode';
import type { MapSlice } from '../../../src/shared/views/features/featuresCells';
import type { FeaturesFile } from '../../../src/shared/views/features/featuresStudy';
import { paintMap, type MapPaint } from '../../../src/shared/views/features/paintMap';
import { decodeSafetensors, type FileTensor } from '../../../src/shared/weights/safetensors';
import { answerCalls } from '../../ui/engine';
import type { EngineCalls } from './engineMessages';

checkSchemasWithoutCode();

const arrays = new Map<string, ReadonlyMap<string, FileTensor>>();
const palette = Uint32Array.from({ length: 256 }, (_, i) => {
  const { r, g, b } = rgb(interpolateInferno(i / 255));
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
});

answerCalls<EngineCalls>({
  read: ({ stage, kind, text, arrays: bytes }) => {
    const file = parse(kind, text);
    if (bytes) arrays.set(stage, decodeSafetensors(new Uint8Array(bytes), `${kind}.safetensors`).tensors);
    return file;
  },
  map: ({ stage, tensor, slice, colours, peak }) => {
    const found = arrays.get(stage)?.get(tensor);
    if (!found || found.dtype === 'I64') throw new Error(`internal: ${tensor} is not there`);
    return draw(found.data, slice, { colours, peak, palette });
  },
  grey: async ({ bytes, peak }) => {
    const { values, width, height } = await readGrey(bytes);
    const slice = { width, height, image: 0, channels: 1, channel: 0 };
    return draw(values, slice, { colours: 'heat', peak, palette });
  },
  match: ({ stage, tensor, at }) => {
    const found = arrays.get(stage)?.get(tensor);
    if (!found || found.dtype === 'I64') return [];
    const [images = 0, height = 0, width = 0, dimensions = 0] = found.shape;
    return findMatches({ data: found.data, images, height, width, dimensions }, at);
  },
  numbers: ({ stage, tensor }) => {
    const found = arrays.get(stage)?.get(tensor);
    return found && found.dtype !== 'I64' ? Array.from(found.data) : [];
  },
});

function parse(kind: FeaturesKind, text: string): FeaturesFile {
  switch (kind) {
    case 'inversion':
      return { kind, value: decodeInversion(text) };
    case 'activations':
      return { kind, value: valueOf(parseActivations(text)) };
    case 'attribution':
      return { kind, value: valueOf(parseAttribution(text)) };
    case 'maximisation':
      return { kind, value: valueOf(parseMaximisation(text)) };
  }
}

function valueOf<Value>(parsed: { readonly value: Value } | { readonly problem: string }): Value {
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.value;
}

function draw(values: ArrayLike<number>, slice: MapSlice, paint: MapPaint): Promise<ImageBitmap> {
  const image = new ImageData(slice.width, slice.height);
  paintMap(values, slice, paint, new Uint32Array(image.data.buffer));
  return createImageBitmap(image);
}

/** Values are the grey levels: every way in which a browser may change colours is switched off. */
async function readGrey(bytes: ArrayBuffer): Promise<{ values: Uint8Array; width: number; height: number }> {
  const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }), {
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, values: Uint8Array.from({ length: width * height }, (_, i) => data[4 * i]!) };
}
