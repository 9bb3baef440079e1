/**
 * Packs the emoji drawings of two vendors into two lossless WebP atlases with labels and attribution (media/data/emoji/).
 * Run once, by hand: `node scripts/packEmoji.mjs [--from DIR]`. The packed files are part of the repository, so nobody
 * else needs the 130 MB that this fetches from the npm registry. DIR holds the two .tgz files when there is no network.
 * The output depends on the pinned packages and on sharp's version only. Skin-tone variants are left out.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';

const VERSION = '16.0.0';
const CELL = 64;
const COLUMNS = 44;
const OUT = fileURLToPath(new URL('../media/data/emoji/', import.meta.url));
const VENDORS = {
  twitter: 'sha512-7F+uCuHH+7Qnrc15P5tnbvKkg9E6tlzi4MnT2uW1RlN4pLYTza6cP/dstIfSDMtpjFLWuZewWg8jBbuL2eyELQ==',
  google: 'sha512-ZRexfzs7MVoLnmzZmNsO4TKhnAJp5D++Vm6PpUpH/jEQQlemp3l88CjZ+DoZ2faM9R4QxZkOPJCoT8DlPhfQ3A==',
};

const { values } = parseArgs({ options: { from: { type: 'string' } } });
const work = mkdtempSync(join(tmpdir(), 'pack-emoji-'));
try {
  await pack(work, values.from === undefined ? undefined : resolve(values.from));
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function pack(folder, from) {
  const roots = Object.fromEntries(Object.keys(VENDORS).map((vendor) => [vendor, fetchPackage(folder, vendor, from)]));
  const emoji = chooseEmoji(Object.values(roots));
  mkdirSync(OUT, { recursive: true });
  const atlases = {};
  for (const vendor of Object.keys(VENDORS)) {
    const pictures = emoji.map((entry) => join(roots[vendor], 'img', vendor, '64', entry.image));
    const { pixels, width, height } = await drawAtlas(pictures);
    const file = `${vendor}.webp`;
    const encoded = await sharp(pixels, { raw: { width, height, channels: 4 } })
      .webp({ lossless: true, effort: 6 })
      .toBuffer();
    writeFileSync(join(OUT, file), encoded);
    atlases[vendor] = { file, width, height, sha256: sha256(encoded) };
    console.log(
      `${file}: ${emoji.length} pictures, ${(encoded.length / 1e6).toFixed(2)} MB, sha256 ${sha256(encoded)}`,
    );
  }
  writeFileSync(join(OUT, 'emoji.json'), describe(emoji, atlases));
  writeFileSync(join(OUT, 'ATTRIBUTION.md'), attribution(emoji.length));
  writeFileSync(join(OUT, 'LICENSE-emoji-data.txt'), readFileSync(join(roots.twitter, 'LICENSE')));
}

/** Fetches and unpacks one vendor's package; refuses an archive whose hash is not the pinned one. */
function fetchPackage(folder, vendor, from) {
  const name = `emoji-datasource-${vendor}`;
  const archive = join(from ?? folder, `${name}-${VERSION}.tgz`);
  if (from === undefined) {
    const options = { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' };
    execFileSync('npm', ['pack', '--silent', `${name}@${VERSION}`], options);
  }
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (found !== VENDORS[vendor]) throw new Error(`${archive} has hash ${found}, expected ${VENDORS[vendor]}`);
  const target = join(folder, vendor);
  mkdirSync(target);
  execFileSync('tar', [
    '-xzf',
    archive,
    '-C',
    target,
    'package/emoji.json',
    'package/LICENSE',
    `package/img/${vendor}/64`,
  ]);
  return join(target, 'package');
}

/** The emoji that every vendor draws, in Unicode CLDR order. */
function chooseEmoji(roots) {
  const lists = roots.map((root) => JSON.parse(readFileSync(join(root, 'emoji.json'), 'utf8')));
  const has = lists.map((list) => new Set(list.map((entry) => entry.unified)));
  return lists[0]
    .filter((entry) => Object.keys(VENDORS).every((vendor) => entry[`has_img_${vendor}`]))
    .filter((entry) => has.every((codes) => codes.has(entry.unified)))
    .sort((a, b) => a.sort_order - b.sort_order);
}

/** Pictures side by side, row after row. RGB below alpha 0 is set to 0: it is invisible, and the encoder would drop it. */
async function drawAtlas(pictures) {
  const width = COLUMNS * CELL;
  const height = Math.ceil(pictures.length / COLUMNS) * CELL;
  const pixels = Buffer.alloc(width * height * 4); // [height, width, 4]
  for (const [cell, picture] of pictures.entries()) {
    const { data, info } = await sharp(picture)
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.width !== CELL || info.height !== CELL || info.channels !== 4) {
      throw new Error(
        `${picture} is ${info.width} x ${info.height} x ${info.channels}, expected ${CELL} x ${CELL} x 4`,
      );
    }
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 0) data.fill(0, i, i + 3);
    const left = (cell % COLUMNS) * CELL;
    const top = Math.floor(cell / COLUMNS) * CELL;
    for (let y = 0; y < CELL; y++) {
      data.copy(pixels, ((top + y) * width + left) * 4, y * CELL * 4, (y + 1) * CELL * 4);
    }
  }
  return { pixels, width, height };
}

/** emoji.json: one emoji per line, so that a difference between two versions can be read. */
function describe(emoji, atlases) {
  const lines = emoji.map((entry, cell) => {
    const { unified, short_name: name, category, subcategory } = entry;
    return `    ${JSON.stringify({ unified, name, category, subcategory, cell })}`;
  });
  const head = { source: `emoji-datasource-{twitter,google}@${VERSION}`, cellSize: CELL, columns: COLUMNS, atlases };
  const text = JSON.stringify(head, null, 2).replace(/\n}$/, '');
  return `${text},\n  "emoji": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

function attribution(count) {
  return `# Emoji drawings: origin and licences

Made by \`scripts/packEmoji.mjs\` from the npm packages \`emoji-datasource-twitter\` and \`emoji-datasource-google\`, version ${VERSION}.
Changes made to both: ${count} drawings of 64 × 64 pixels (skin-tone variants left out) placed on one sheet and stored as lossless
WebP; the colour of fully transparent pixels set to black; nothing else. When used, they are put on a plain background and may be resized.

| file | drawings | copyright | licence |
|---|---|---|---|
| \`twitter.webp\` | Twemoji 16.0.1, <https://github.com/jdecked/twemoji> | © 2014–2021 Twitter, Inc., © 2022–present Jason Sofonia and Justine De Caires, and other contributors | Creative Commons Attribution 4.0 International (CC BY 4.0), <https://creativecommons.org/licenses/by/4.0/> |
| \`google.webp\` | Noto Emoji 2.048, <https://github.com/googlefonts/noto-emoji> | © Google LLC and contributors; flags from its \`third_party/region-flags\` are in the public domain or otherwise exempt from copyright | Apache License 2.0, \`LICENSE-Apache-2.0.txt\`, <https://www.apache.org/licenses/LICENSE-2.0> |
| \`emoji.json\` | codes, short names and categories from emoji-data ${VERSION}, <https://github.com/iamcal/emoji-data> | © 2013 Cal Henderson | MIT, \`LICENSE-emoji-data.txt\` |

The drawings are provided as they are, without warranty of any kind. Neither Twitter nor Google nor the maintainers of these projects endorse
this one. Whoever passes the files on, alone or as part of something else, has to keep this notice.
`;
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
