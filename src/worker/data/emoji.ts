/** The packed emoji: 1,911 pictures, each drawn by two vendors (media/data/emoji, with attribution). Splits are the vendors. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { sha256Hex } from '../../shared/hash';
import { UserError } from '../../shared/errors';
import { assetPath } from './assets';
import type { CutOut } from './composeScene';
import type { DataSource, Dataset } from './dataset';
import type { EmojiData } from './settings';

interface EmojiIndex {
  readonly cellSize: number;
  readonly columns: number;
  readonly atlases: Readonly<
    Record<string, { readonly file: string; readonly width: number; readonly height: number; readonly sha256: string }>
  >;
  readonly emoji: readonly {
    readonly unified: string;
    readonly name: string;
    readonly category: string;
    readonly subcategory: string;
    readonly cell: number;
  }[];
}

const folder = 'media/data/emoji';

export async function openEmoji(settings: EmojiData): Promise<DataSource> {
  const text = await readFile(assetPath(`${folder}/emoji.json`), 'utf8');
  const index = JSON.parse(text) as EmojiIndex;
  const splits = Object.keys(index.atlases);
  const { labels, background } = settings;
  // The index holds the labels, the places in the atlases and the atlases' hashes.
  const fingerprint = sha256Hex(JSON.stringify({ kind: 'emoji', index: sha256Hex(text), labels, background }));
  return { splits, fingerprint, open: (split) => openVendor(index, split, settings) };
}

async function openVendor(index: EmojiIndex, split: string, settings: EmojiData): Promise<Dataset> {
  const atlas = Object.hasOwn(index.atlases, split) ? index.atlases[split] : undefined;
  if (!atlas) {
    throw new UserError('data', `emoji has no split "${split}"; it has ${Object.keys(index.atlases).join(' and ')}`);
  }
  const classOf = (emoji: EmojiIndex['emoji'][number]) =>
    settings.labels === 'emoji' ? emoji.unified : emoji[settings.labels];
  const classes = [...new Set(index.emoji.map(classOf))].sort();
  const places = new Map(classes.map((name, place) => [name, place]));
  const size = index.cellSize;
  return {
    split,
    length: index.emoji.length,
    classes,
    labels: Int32Array.from(index.emoji, (emoji) => places.get(classOf(emoji))!),
    instances: Int32Array.from(index.emoji, (_, i) => i),
    names: index.emoji.map((emoji) => emoji.name),
    store: {
      kind: 'packed',
      count: index.emoji.length,
      width: size,
      height: size,
      buffer: await unpack(index, atlas, settings),
    },
    problems: [],
  };
}

export interface EmojiCutOuts {
  /** Hash of the index, which holds labels, places and the atlases' hashes. */
  readonly digest: string;
  /** Vendor after vendor. */
  readonly drawings: readonly { readonly entry: EmojiIndex['emoji'][number]; readonly cutOut: CutOut }[];
}

let cutOuts: Promise<EmojiCutOuts> | undefined;

/** Every drawing with its transparency; read once. */
export function readEmojiCutOuts(): Promise<EmojiCutOuts> {
  cutOuts ??= cutAll();
  return cutOuts;
}

async function cutAll(): Promise<EmojiCutOuts> {
  const text = await readFile(assetPath(`${folder}/emoji.json`), 'utf8');
  const index = JSON.parse(text) as EmojiIndex;
  const sheets = await Promise.all(Object.values(index.atlases).map(readAtlas));
  const drawings: EmojiCutOuts['drawings'][number][] = [];
  for (const [place, atlas] of Object.values(index.atlases).entries()) {
    const sheet = await sharp(sheets[place]!).ensureAlpha().raw().toBuffer();
    for (const entry of index.emoji)
      drawings.push({ entry, cutOut: cut(sheet, atlas.width, { cell: entry.cell, index }) });
  }
  return { digest: sha256Hex(text), drawings };
}

/** sheet: [height, width, 4]. Colours come multiplied by their alpha, so that scaling does not drag in hidden ones. */
function cut(sheet: Buffer, width: number, { cell, index }: { cell: number; index: EmojiIndex }): CutOut {
  const size = index.cellSize;
  const left = (cell % index.columns) * size;
  const top = Math.floor(cell / index.columns) * size;
  const rgb = new Uint8Array(size * size * 3);
  const alpha = new Uint8Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const from = ((top + y) * width + left + x) * 4;
      const to = y * size + x;
      alpha[to] = sheet[from + 3]!;
      for (let c = 0; c < 3; c++) rgb[3 * to + c] = Math.round((sheet[from + c]! * sheet[from + 3]!) / 255);
    }
  }
  return { size, rgb, alpha };
}

async function readAtlas(atlas: EmojiIndex['atlases'][string]): Promise<Buffer> {
  const file = assetPath(`${folder}/${atlas.file}`);
  const encoded = await readFile(file);
  if (createHash('sha256').update(encoded).digest('hex') !== atlas.sha256) {
    throw new UserError('data', `${file} is not the file that belongs to emoji.json; install Transferscope again`);
  }
  return encoded;
}

/** Cuts the atlas into cells on the background: [count, size, size, 3]. */
async function unpack(
  index: EmojiIndex,
  atlas: EmojiIndex['atlases'][string],
  { background }: EmojiData,
): Promise<SharedArrayBuffer> {
  const [r, g, b] = background;
  const encoded = await readAtlas(atlas);
  const sheet = await sharp(encoded).flatten({ background: { r, g, b } }).removeAlpha().raw().toBuffer();
  const size = index.cellSize;
  const cell = new Uint8Array(new SharedArrayBuffer(index.emoji.length * size * size * 3));
  index.emoji.forEach((emoji, i) => {
    const left = (emoji.cell % index.columns) * size;
    const top = Math.floor(emoji.cell / index.columns) * size;
    for (let y = 0; y < size; y++) {
      const from = ((top + y) * atlas.width + left) * 3;
      cell.set(sheet.subarray(from, from + size * 3), (i * size + y) * size * 3);
    }
  });
  return cell.buffer as SharedArrayBuffer;
}
