/** Data with label maps, with their defaults, and the problems that need no look at the disk. */
import { cityscapesFields, labelKinds, labelPngsFields, vocSegmentationFields, type LabelKind } from './dataFields';
import { fillDefaults } from './fields';
import type { Path } from './places';
import type { ResolveContext } from './resolveData';
import type { DataSettings, EmojiScenesData, ExperimentFile, LabelData } from './schema';

type WrittenData = NonNullable<ExperimentFile['data']>[string];
type WrittenLabels = Extract<WrittenData, { kind: LabelKind }>;
/** Data that semantic segmentation can learn from. */
export type SegmentationData = LabelData | EmojiScenesData;

/** Whether every pixel has a class and nothing else is known of the images. */
export function isLabelData(data: DataSettings): data is LabelData {
  return (labelKinds as readonly string[]).includes(data.kind);
}

/** Whether every pixel of the images has a class, or none on purpose. */
export function isSegmentationData(data: DataSettings): data is SegmentationData {
  return isLabelData(data) || data.kind === 'emoji-scenes';
}

/** `checkPath` reports paths that lead out of the workspace. */
export function resolveLabelData(
  written: WrittenLabels,
  path: Path,
  context: ResolveContext & { readonly checkPath: (written: string, path: Path) => void },
): LabelData {
  context.checkPath(written.root, [...path, 'root']);
  if (written.kind === 'cityscapes') return fillDefaults(cityscapesFields, written);
  if (written.kind === 'voc-segmentation') {
    const { classes: _classes, ...fields } = vocSegmentationFields;
    return { ...fillDefaults(fields, written), ...(written.classes !== undefined && { classes: written.classes }) };
  }
  const { values: _values, ...fields } = labelPngsFields;
  for (const key of ['images', 'labels'] as const) {
    const place = written[key];
    if (place !== undefined) context.checkPath(place.replaceAll('{split}', 'split'), [...path, key]);
  }
  const data: LabelData = {
    ...fillDefaults(fields, written),
    ...(written.values !== undefined && { values: written.values }),
  };
  checkValues(data, path, context);
  return data;
}

function checkValues(
  { classes, values, ignore }: Extract<LabelData, { kind: 'label-pngs' }>,
  path: Path,
  { report }: ResolveContext,
): void {
  const fail = (message: string, key: string): void =>
    report({ severity: 'error', code: 'label-values', message, path: [...path, key] });
  if (values && values.length !== classes.length)
    fail(`\`values\` lists ${values.length} values for ${classes.length} classes; give each class one`, 'values');
  const used = values ?? classes.map((_, k) => k);
  const twice = used.find((value, i) => used.indexOf(value) !== i);
  if (twice !== undefined) fail(`two classes have the value ${twice} in \`values\`; give each its own`, 'values');
  const both = ignore.find((value) => used.includes(value));
  if (both !== undefined)
    fail(`\`ignore\` names ${both}, the value of the class ${classes[used.indexOf(both)]}; remove it there`, 'ignore');
  const name = classes.find((word, i) => classes.indexOf(word) !== i);
  if (name !== undefined) fail(`two classes are called ${name}; give each its own name`, 'classes');
}
