/** Image × layer × model as a table of two of them; the third is what the slider or the menu says. Pure. */
import type { FeaturesAxis, FeaturesShow, FeaturesView } from '../../protocol/panels/featuresPanel';
import type { SelectionChange } from '../../protocol/panels/selection';
import { isSameImage } from '../selection/linkedSelection';
import type { FeaturesStudy, StudyImage } from './featuresStudy';

export interface GridHeading {
  readonly id: string;
  readonly title: string;
  /** Quiet words below. */
  readonly remark: string;
  /** Of a model: its place in the experiment. */
  readonly look?: number;
}

export interface CellPlace {
  readonly image: StudyImage;
  readonly layer: string;
  readonly model: string;
}

/** A place of the grid; `isImage` where the image itself stands beside what was found. */
export interface GridPlace extends CellPlace {
  readonly isImage: boolean;
}

export interface FeaturesGrid {
  readonly rows: readonly GridHeading[];
  readonly columns: readonly GridHeading[];
  /** What is neither rows nor columns. */
  readonly fixed: FeaturesAxis;
  /** What is looked at. */
  readonly at: CellPlace;
  place(row: number, column: number): GridPlace;
}

export const axes: readonly FeaturesAxis[] = ['images', 'layers', 'models'];

/** Pictures that channels want are of no image. */
const noImage: StudyImage = {
  ...{ key: '', data: '', split: '', place: 0, name: '', label: '' },
  picture: { url: '', size: 1 },
};

/** What is looked at of each axis: what the view says, else the first image, the last layer, the first model. */
export function lookedAt(study: FeaturesStudy, view: FeaturesView): CellPlace | undefined {
  const { images, layers, models } = study;
  const image = images.find(({ key }) => key === view.image) ?? images[0] ?? noImage;
  const layer = layers.find(({ layer: name }) => name === view.layer) ?? layers.at(-1);
  const model = models.find(({ id }) => id === view.model) ?? models[0];
  if (!model) return undefined;
  return { image, layer: layer?.layer ?? '', model: model.id };
}

/** Rows and columns are never the same: what was chosen last wins. */
export function changeAxis(view: FeaturesView, change: Partial<Pick<FeaturesView, 'rows' | 'columns'>>): FeaturesView {
  const next = { ...view, ...change };
  if (next.rows !== next.columns) return next;
  return change.rows === undefined ? { ...next, rows: view.columns } : { ...next, columns: view.rows };
}

/** Undefined where there is nothing to show. */
export function createFeaturesGrid(
  study: FeaturesStudy,
  view: FeaturesView,
  show: FeaturesShow,
): FeaturesGrid | undefined {
  const at = lookedAt(study, view);
  if (!at) return undefined;
  const headings: Readonly<Record<FeaturesAxis, readonly GridHeading[]>> = {
    images: study.images.map(({ key, name, label }) => ({ id: key, title: shortName(name), remark: label })),
    layers: study.layers.map(({ layer, depth }) => ({ id: layer, title: layer, remark: `depth ${depth.toFixed(2)}` })),
    models: study.models.map(({ id, look }) => ({ id, title: id, remark: '', look })),
  };
  const { rows, columns } = view;
  const byKey = new Map(study.images.map((image) => [image.key, image]));
  const isBeside = show !== 'image' && [rows, columns].includes('images');
  /** The images themselves stand first along the axis that is not theirs. */
  const headingsOf = (axis: FeaturesAxis): readonly GridHeading[] =>
    isBeside && axis !== 'images' ? [itself, ...headings[axis]] : headings[axis];
  const [down, across] = [headingsOf(rows), headingsOf(columns)];
  return {
    rows: down,
    columns: across,
    fixed: axes.find((axis) => axis !== rows && axis !== columns)!,
    at,
    place: (row, column) => {
      const [first, second] = [down[row]!.id, across[column]!.id];
      const chosen = new Map([
        [rows, first],
        [columns, second],
      ]);
      return {
        image: byKey.get(chosen.get('images') ?? '') ?? at.image,
        layer: chosen.get('layers') || at.layer,
        model: chosen.get('models') || at.model,
        isImage: first === itself.id || second === itself.id,
      };
    },
  };
}

/** No id is empty. */
const itself: GridHeading = { id: '', title: 'image', remark: '' };

/**
 * The view after another panel has chosen something; undefined when nothing of it is here. Of a class the first image is
 * looked at, unless one of it is.
 */
export function followSelection(
  study: FeaturesStudy,
  view: FeaturesView,
  { pretraining, layer, image, category }: SelectionChange,
): Partial<FeaturesView> | undefined {
  const model = study.models.find(({ id }) => id === pretraining)?.id;
  const known = study.layers.find((one) => one.layer === layer)?.layer;
  const isOfClass = category && lookedAt(study, view)?.image.label === category;
  const ofClass = category && !isOfClass ? study.images.find(({ label }) => label === category) : undefined;
  const shown = (image && study.images.find((one) => isSameImage(one, image))) ?? ofClass;
  const change: Partial<FeaturesView> = {
    ...(model !== undefined && model !== view.model && { model }),
    ...(known !== undefined && known !== view.layer && { layer: known }),
    ...(shown && shown.key !== view.image && { image: shown.key }),
  };
  return Object.keys(change).length > 0 ? change : undefined;
}

/** The last part of a path without its ending. */
export function shortName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? name;
  return last.replace(/\.(jpe?g|png|webp|bmp|gif|tiff?)$/i, '');
}
