/** Colours for the labels of one image: the truth, what was predicted, or where the two differ. */
import type { LabelPart } from '../../protocol/panels/predictionsPanel';
import { IGNORED_LABEL } from '../../results/segmentations';

/** Labels of one sheet, a byte each. */
export interface LabelSheet {
  readonly width: number;
  readonly labels: Uint8Array;
}

export interface LabelPicture {
  readonly truth: LabelSheet;
  readonly predicted: LabelSheet;
  /** px of the image's left top corner, on either sheet. */
  readonly x: number;
  readonly y: number;
  /** px of the image. */
  readonly width: number;
  readonly height: number;
}

export interface LabelColours {
  readonly part: LabelPart;
  /** [256] colours as the bytes of RGBA; 0 is not drawn. */
  readonly palette: Uint32Array;
  /** Only pixels of this true and predicted class. */
  readonly only?: { readonly truth: number; readonly predicted: number };
}

/** Fills `pixels` [height, width] with colours, taking the nearest label of each. Where the truth is no class, nothing differs. */
export function composeLabels(
  picture: LabelPicture,
  { part, palette, only }: LabelColours,
  out: { readonly pixels: Uint32Array; readonly width: number; readonly height: number },
): void {
  const { truth, predicted, x, y } = picture;
  const columns = Int32Array.from({ length: out.width }, (_, j) =>
    Math.min(picture.width - 1, Math.floor(((j + 0.5) * picture.width) / out.width)),
  );
  for (let i = 0; i < out.height; i++) {
    const row = y + Math.min(picture.height - 1, Math.floor(((i + 0.5) * picture.height) / out.height));
    const [trueRow, foundRow] = [row * truth.width + x, row * predicted.width + x];
    for (let j = 0; j < out.width; j++) {
      const t = truth.labels[trueRow + columns[j]!]!;
      const p = predicted.labels[foundRow + columns[j]!]!;
      const at = i * out.width + j;
      if (only && (t !== only.truth || p !== only.predicted)) out.pixels[at] = 0;
      else if (part === 'truth') out.pixels[at] = palette[t]!;
      else if (part === 'predicted') out.pixels[at] = palette[p]!;
      // What was predicted in place of the truth; hidden only when both classes are.
      else if (t === p || t === IGNORED_LABEL || (palette[t] === 0 && palette[p] === 0)) out.pixels[at] = 0;
      else out.pixels[at] = palette[p] === 0 ? 0xffffffff : palette[p]!;
    }
  }
}
