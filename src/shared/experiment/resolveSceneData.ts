/** Data whose images hold objects, with their defaults, and the problems that need no look at the disk. */
import { assertNever } from '../assertNever';
import { cocoFields, emojiScenesFields, sceneKinds, vocFields, type SceneKind } from './dataFields';
import type { Path } from './places';
import { fillDefaults } from './fields';
import type { ResolveContext } from './resolveData';
import type { DataSettings, EmojiScenesData, ExperimentFile, SceneData } from './schema';

type WrittenData = NonNullable<ExperimentFile['data']>[string];
export type WrittenScenes = Extract<WrittenData, { kind: SceneKind }>;

export function isSceneData(data: DataSettings): data is SceneData {
  return (sceneKinds as readonly string[]).includes(data.kind);
}

/** Composed scenes with every default filled in; all classes unless some are named. */
export function fillEmojiScenes(
  written: Omit<Extract<WrittenScenes, { kind: 'emoji-scenes' }>, 'kind'>,
): EmojiScenesData {
  const { classes: _classes, ...fields } = emojiScenesFields;
  return { ...fillDefaults(fields, { ...written, kind: 'emoji-scenes' }), ...classesOf(written) };
}

/** `checkPath` reports paths that lead out of the workspace. */
export function resolveSceneData(
  written: WrittenScenes,
  path: Path,
  context: ResolveContext & { readonly checkPath: (written: string, path: Path) => void },
): SceneData {
  switch (written.kind) {
    case 'emoji-scenes': {
      const data = fillEmojiScenes(written);
      checkOrder('objects', data.objects, path, context);
      checkOrder('scale', data.scale, path, context);
      for (const part of ['train', 'test'] as const) checkSceneSplit(data[part], [...path, part], context);
      return data;
    }
    case 'voc': {
      const { classes: _classes, ...fields } = vocFields;
      context.checkPath(written.root, [...path, 'root']);
      (written.also ?? []).forEach((root, index) => context.checkPath(root, [...path, 'also', index]));
      return { ...fillDefaults(fields, written), ...classesOf(written) };
    }
    case 'coco': {
      const { classes: _classes, ...fields } = cocoFields;
      for (const key of ['root', 'images', 'annotations'] as const) {
        const place = written[key];
        if (place !== undefined) context.checkPath(place.replaceAll('{split}', 'split'), [...path, key]);
      }
      return { ...fillDefaults(fields, written), ...classesOf(written) };
    }
    default:
      return assertNever(written);
  }
}

function classesOf({ classes }: { readonly classes?: readonly string[] }): { classes?: readonly string[] } {
  return classes === undefined ? {} : { classes };
}

function checkOrder(key: string, [low, high]: readonly [number, number], path: Path, { report }: ResolveContext): void {
  if (low <= high) return;
  const message = `\`${key}: [${low}, ${high}]\` has the larger number first; write [${high}, ${low}]`;
  report({ severity: 'error', code: 'wrong-order', message, path: [...path, key] });
}

function checkSceneSplit(split: string, path: Path, { report }: ResolveContext): void {
  if (split === 'train' || split === 'test') return;
  const message = `emoji scenes have no split \`${split}\`; their splits are train and test`;
  report({ severity: 'error', code: 'unknown-split', message, path });
}
