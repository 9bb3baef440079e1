/** Pictures found by inversions, read from the stages' folders and put into the HTML report itself. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readRun } from '../../runs/runStore';
import { decodeInversion, INVERSION_FILE, type InversionResults } from '../../shared/results/inversion';
import { createInversionGrids, type InversionGrid, type StagePicture } from '../../shared/views/report/inversionGrid';
import { markup, type Markup } from './markup';

/** All pictures of a report together may be as large as this, in bytes. */
const MOST_BYTES = 8_000_000;
/** Small pictures are shown enlarged to about this side, px. */
const SHOWN_SIDE = 112;

/** The section of a run's report; false where nothing was inverted. `out`: the `.transferscope` folder. */
export function renderInversions(out: string, run: string): Markup | false {
  const { manifest, records } = readRun(out, run);
  const results = new Map<string, InversionResults>();
  for (const { key, result } of records) {
    if (result.kind !== 'analysis' || result.analysis !== 'inversion') continue;
    const json = readStageFile(out, { stage: key, file: INVERSION_FILE });
    if (json) results.set(key, decodeInversion(json));
  }
  const grids = createInversionGrids(manifest?.stages ?? [], results);
  return grids.length > 0 && renderGrids(out, grids);
}

/** `out`: as above. */
export function renderGrids(out: string, grids: readonly InversionGrid[]): Markup {
  const budget = { left: MOST_BYTES };
  const read: ReadPicture = (picture) => {
    const bytes = readStageFile(out, picture) ?? Buffer.alloc(0);
    budget.left -= bytes.byteLength;
    return `data:image/png;base64,${bytes.toString('base64')}`;
  };
  return markup`<section>
<h2>Inverted features</h2>
<p class="note">Left the image, then the picture that was found to have its features, by layer; below each its SSIM. What a picture lost, the layer does not keep.</p>
${grids.map((grid) => renderGrid(grid, read, budget))}
</section>`;
}

type ReadPicture = (picture: StagePicture) => string;

/** Undefined for what is gone: the numbers are reported all the same, and a picture's place says what stood there. */
function readStageFile(out: string, { stage, file }: StagePicture): Buffer | undefined {
  try {
    return readFileSync(path.join(out, 'stages', stage, file));
  } catch {
    return undefined;
  }
}

function renderGrid(grid: InversionGrid, read: ReadPicture, budget: { readonly left: number }): Markup {
  const enlarged = grid.size * Math.max(1, Math.floor(SHOWN_SIDE / grid.size));
  const pictureOf = (picture: StagePicture, alt: string) =>
    markup`<img src="${read(picture)}" width="${String(enlarged)}" height="${String(enlarged)}" alt="${alt}">`;
  const bodies = grid.images.map(({ name, original, rows }) => {
    // Whole images or none.
    if (budget.left <= 0) return markup``;
    const lines = rows.map(({ pretraining, found }, row) => {
      const cells = found.map((one, layer) =>
        one
          ? markup`<td>${pictureOf(one, `${name} from ${grid.layers[layer]!} of ${pretraining}`)}<small>${one.ssim.toFixed(2).replace('-', '−')}</small></td>`
          : markup`<td class="missing">–</td>`,
      );
      const image =
        row === 0 &&
        markup`<th scope="rowgroup" rowspan="${String(rows.length)}">${pictureOf(original, name)}<small>${name}</small></th>`;
      return markup`<tr>${image}<th scope="row">${pretraining}</th>${cells}</tr>`;
    });
    return markup`<tbody>${lines}</tbody>`;
  });
  const heads = grid.layers.map((layer) => markup`<th scope="col">${layer}</th>`);
  return markup`<div class="scroll"><table class="pictures"><caption>${grid.analysis}, seed ${String(grid.seed)}</caption><thead><tr><th scope="col">image</th><th scope="col">pretraining</th>${heads}</tr></thead>${bodies}</table></div>`;
}
