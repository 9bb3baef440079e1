/** What the Features panel shows as a table: one row for each picture, with all that was measured of it. Pure. */
import { csvText } from '../../formats/csvText';
import type { FeaturesView } from '../../protocol/panels/featuresPanel';
import { createCell, measureAt, snapshotAt } from './featuresCells';
import type { FeaturesGrid } from './featuresGrid';
import type { FeaturesStudy } from './featuresStudy';
import type { FeaturesShow, InversionMeasure } from '../../protocol/panels/featuresPanel';

const measures: readonly InversionMeasure[] = ['perceptual', 'ssim', 'psnr', 'featureCosine', 'featureError', 'loss'];

/** CSV of the grid as it is shown. */
export function featuresCsv(study: FeaturesStudy, view: FeaturesView, grid: FeaturesGrid, show: FeaturesShow): string {
  const isInversion = show === 'inversion' || show === 'error';
  const head = ['image', 'label', 'data', 'split', 'place', 'model', 'layer', 'shown', 'words'];
  const rows = grid.rows.flatMap((_, row) =>
    grid.columns.flatMap((__, column) => {
      const at = grid.place(row, column);
      if (at.isImage) return [];
      const { image, layer, model } = at;
      const content = createCell(study, view, at, show);
      const { name, label, data, split, place } = image;
      const common = [name, label, data, split, place, model, layer, show, content?.words ?? ''];
      const found = isInversion ? study.inversion(image.key, layer, model) : undefined;
      if (!isInversion) return [common];
      const values = measures.map((measure) => {
        const value = found ? measureAt(found, measure, view.iteration) : Number.NaN;
        return Number.isFinite(value) ? value : '';
      });
      return [[...common, found ? snapshotAt(found, view.iteration).iteration : '', ...values]];
    }),
  );
  return csvText([isInversion ? [...head, 'iteration', ...measures] : head, ...rows]);
}
