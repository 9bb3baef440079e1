/** What the panel follows of other panels' choices, and what it tells them of its own. Pure. */
import type { DetectionsModel, DetectionsView } from '../../../src/shared/protocol/panels/detectionsPanel';
import type { SelectionChange } from '../../../src/shared/protocol/panels/selection';
import { findImage, runOfPretraining } from '../../../src/shared/views/selection/shownStages';
import type { Shown } from './shown';

/** Another panel may have chosen a pretraining, a class or an image; empty where nothing of it is here. */
export function followDetections(
  model: DetectionsModel,
  { runs, tables: { truth } }: Shown,
  { view, news }: { readonly view: DetectionsView; readonly news: SelectionChange },
): Partial<DetectionsView> {
  const { pretraining, category, image } = news;
  const other = pretraining ? runOfPretraining(runs, [...model.runs, ...model.others], pretraining) : undefined;
  const place = image ? findImage(model.images, truth.images.names, image) : -1;
  const isKnown = category === null || (category !== undefined && truth.categories.names.includes(category));
  return {
    ...(other !== undefined && { other }),
    ...(place >= 0 && place !== view.image && { image: place }),
    ...(isKnown && (category ?? '') !== view.category && { category: category ?? '', cell: undefined }),
  };
}

/** A change of the view, as other panels know it. */
export function selectionOfChange(
  { runs, others, transfer, images }: DetectionsModel,
  { tables }: Shown,
  { image, category, cell, other }: Partial<DetectionsView>,
): SelectionChange {
  const { names } = tables.truth.images;
  const run = other === undefined ? undefined : [...runs, ...others].find(({ id }) => id === other);
  return {
    ...(run?.pretraining !== undefined && {
      pretraining: run.pretraining,
      ...(transfer !== undefined && { transfer }),
    }),
    ...(category !== undefined && { category: category || null }),
    // A cell of the matrix is first of all of its true class.
    ...(cell && { category: cell.truth || cell.found || null }),
    ...(image !== undefined && images && { image: { ...images, name: names[image]! } }),
  };
}
