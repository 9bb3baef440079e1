/** The rules of the selection that all panels share: what a choice changes, what a panel sees of it, what is new to it. Pure. */
import {
  selectionParts,
  type PanelSelection,
  type SelectedImage,
  type SelectionChange,
} from '../../protocol/panels/selection';

/** What stays when the user turns to another experiment: ids and images of the old one mean nothing there. */
const shared = ['layer', 'category'] as const;

/** The selection after a choice. A choice in another experiment begins anew, with layer and class as they were. */
export function changeSelection(selection: PanelSelection, change: SelectionChange): PanelSelection {
  const { experiment } = change;
  const isElsewhere = typeof experiment === 'string' && experiment !== selection.experiment;
  const said = Object.entries(change).filter(([, value]) => value !== undefined);
  return dropEmpty({ ...(isElsewhere ? sharedOf(selection) : selection), ...Object.fromEntries(said) });
}

/** What a panel of an experiment sees: ids of another experiment are none of its own. Undefined: of no experiment. */
export function selectionFor(selection: PanelSelection, experiment: string | undefined): PanelSelection {
  const isOwn = selection.experiment === undefined || selection.experiment === experiment;
  return isOwn ? selection : sharedOf(selection);
}

/** Parts in which `after` differs, null where there is nothing any more. */
export function selectionNews(before: PanelSelection, after: PanelSelection): SelectionChange {
  const parts = selectionParts.filter((part) => JSON.stringify(before[part]) !== JSON.stringify(after[part]));
  return Object.fromEntries(parts.map((part) => [part, after[part] ?? null]));
}

/**
 * Whether both are one image: of one split and one name. Names may lack the ending or the folders before them, as
 * `cars/7.png`, `7.png` and `7`; `#2` counts objects of one image.
 */
export function isSameImage(a: SelectedImage, b: SelectedImage): boolean {
  return a.data === b.data && a.split === b.split && isSameName(a.name, b.name);
}

function isSameName(a: string, b: string): boolean {
  const [one, other] = [bareName(a), bareName(b)];
  return one === other || one.endsWith(`/${other}`) || other.endsWith(`/${one}`);
}

function bareName(name: string): string {
  return name
    .replaceAll('\\', '/')
    .replace(/#\d+$/, '')
    .replace(/\.(jpe?g|png|webp|bmp|gif|tiff?)$/i, '');
}

/** Place of an image in a list of names of a split; -1 where it is not there. A name that is there as it is comes first. */
export function placeOfImage(names: readonly string[], name: string): number {
  const exact = names.indexOf(name);
  return exact >= 0 ? exact : names.findIndex((one) => isSameName(one, name));
}

/** The layer that a tensor belongs to: the longest name that its own begins with. */
export function layerOfTensor(layers: readonly string[], tensor: string): string | undefined {
  const own = layers.filter((layer) => tensor === layer || tensor.startsWith(`${layer}.`));
  return own.sort((a, b) => b.length - a.length)[0];
}

function sharedOf(selection: PanelSelection): PanelSelection {
  return dropEmpty(Object.fromEntries(shared.map((part) => [part, selection[part]])));
}

function dropEmpty(selection: SelectionChange): PanelSelection {
  return Object.fromEntries(Object.entries(selection).filter(([, value]) => value !== undefined && value !== null));
}
