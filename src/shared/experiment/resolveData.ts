/** Data, backbone and paths of an experiment with their defaults, and the problems that need no look at the disk. */
import { didYouMean, suggest } from '../suggest';
import { celebaFields, emojiFields, idxFields, imageFolderFields, imageListsFields, ptsFields } from './dataFields';
import type { ExperimentDocument } from './document';
import type { Path } from './places';
import { fillDefaults } from './fields';
import { completeBackbone } from './backbones/complete';
import { backboneProblem } from './layers';
import type { Report } from './problems';
import { resolveLabelData } from './resolveLabelData';
import { resolveSceneData } from './resolveSceneData';
import type { BackboneSettings, DataSettings, ExperimentFile, ImageListsData } from './schema';

/** Vendors whose drawings are packed. */
export const emojiVendors = ['twitter', 'google'] as const;

export interface PathRules {
  /** Folders between the workspace folder and the file's own; `..` may climb that many. Unknown: any `..` is let through. */
  readonly depth?: number;
  /** The user's settings allow paths outside the workspace. */
  readonly allowOutside: boolean;
  /** How a path outside is reported when they do not; an error when absent. */
  readonly severity?: 'error' | 'warning';
}

export interface ResolveContext {
  readonly document: ExperimentDocument;
  readonly report: Report;
  readonly pathRules: PathRules;
}

export function resolveBackbone(written: ExperimentFile['backbone'], { report }: ResolveContext): BackboneSettings {
  const backbone = completeBackbone(written);
  const problem = backboneProblem(backbone);
  if (problem)
    report({ severity: 'error', code: 'backbone', message: problem.message, path: ['backbone', problem.setting] });
  return backbone;
}

export function resolveData(written: ExperimentFile['data'], context: ResolveContext): Record<string, DataSettings> {
  return Object.fromEntries(
    Object.entries(written ?? {}).map(([id, data]) => [id, resolveEntry(data, ['data', id], context)]),
  );
}

function resolveEntry(
  written: NonNullable<ExperimentFile['data']>[string],
  path: Path,
  context: ResolveContext,
): DataSettings {
  switch (written.kind) {
    case 'emoji': {
      const data = fillDefaults(emojiFields, written);
      for (const part of ['train', 'test'] as const) checkEmojiSplit(data[part], [...path, part], context);
      return data;
    }
    case 'image-folder': {
      const { list: _list, ...fields } = imageFolderFields;
      checkPath(written.root, [...path, 'root'], context);
      if (written.list !== undefined) checkPath(written.list, [...path, 'list'], context);
      return { ...fillDefaults(fields, written), ...(written.list === undefined ? {} : { list: written.list }) };
    }
    case 'image-lists': {
      const data = fillDefaults(imageListsFields, written);
      checkPath(data.root, [...path, 'root'], context);
      checkListPaths(data, path, context);
      return data;
    }
    case 'idx': {
      const data = fillDefaults(idxFields, written);
      if (!data.root.startsWith('package:')) checkPath(data.root, [...path, 'root'], context);
      return data;
    }
    case 'cityscapes':
    case 'voc-segmentation':
    case 'label-pngs':
      return resolveLabelData(written, path, {
        ...context,
        checkPath: (value, place) => checkPath(value, place, context),
      });
    case 'celeba': {
      const data = fillDefaults(celebaFields, written);
      for (const key of ['root', 'images', 'landmarks', 'partition', 'identities'] as const)
        if (written[key] !== undefined) checkPath(written[key], [...path, key], context);
      return data;
    }
    case 'pts': {
      checkPath(written.root, [...path, 'root'], context);
      return fillDefaults(ptsFields, written);
    }
    default:
      return resolveSceneData(written, path, {
        ...context,
        checkPath: (value, place) => checkPath(value, place, context),
      });
  }
}

/** A list of every split, and nothing outside. */
function checkListPaths(data: ImageListsData, path: Path, context: ResolveContext): void {
  for (const key of ['images', 'lists'] as const)
    checkPath(data[key].replaceAll('{split}', 'split'), [...path, key], context);
  if (/^[^{}]*\{split\}[^{}/\\]*$/.test(data.lists)) return;
  context.report({
    severity: 'error',
    code: 'list-pattern',
    message: `\`lists\` names the CSV file of any split, so the name of the file has to hold {split} once, such as \`{split}.csv\`; here it is \`${data.lists}\``,
    path: [...path, 'lists'],
  });
}

/** Reports a vendor that is not packed. */
export function checkEmojiSplit(split: string, path: Path, { document, report }: ResolveContext): void {
  if ((emojiVendors as readonly string[]).includes(split)) return;
  const nearest = suggest(split, emojiVendors);
  report({
    severity: 'error',
    code: 'unknown-split',
    message: `the emoji data has no split \`${split}\`; its splits are ${emojiVendors.join(' and ')}${didYouMean(split, emojiVendors)}`,
    path,
    fixes: [nearest ? document.fix.replaceValue(path, nearest) : undefined],
  });
}

/** Paths are relative to the file or start with `${workspaceFolder}`, and stay inside the workspace unless the user allows more. */
export function checkPath(written: string, path: Path, { report, pathRules }: ResolveContext): void {
  const fail = (message: string, severity: 'error' | 'warning' = 'error'): void =>
    report({ severity, code: 'bad-path', message, path });
  if ([...written].some((letter) => letter < ' '))
    return fail('the path holds a control character; write it with plain letters');
  const variable = /\$\{[^}]*\}/.exec(written.replace(/^\$\{workspaceFolder\}/, ''))?.[0];
  if (variable) return fail(`\`${variable}\` is not known here; only \${workspaceFolder} at the start is`);
  const way = wayOutside(written, pathRules);
  if (way === 'absolute') {
    return fail(
      `the path ${written} is absolute, so the experiment runs on no other machine and may read outside the workspace; make it relative to this file, or allow outside paths in the settings`,
      pathRules.severity,
    );
  }
  if (way === 'climbs') {
    fail(
      `the path ${written} leads out of the workspace; move the files inside, or allow outside paths in the settings`,
      pathRules.severity,
    );
  }
}

/** How a path leads out of the workspace; undefined when it does not, or when the user allows that. */
export function wayOutside(written: string, rules: PathRules): 'absolute' | 'climbs' | undefined {
  if (rules.allowOutside) return undefined;
  const inWorkspace = written.startsWith('${workspaceFolder}');
  const rest = inWorkspace ? written.slice('${workspaceFolder}'.length).replace(/^[/\\]/, '') : written;
  const depth = inWorkspace ? 0 : rules.depth;
  if (/^([/\\~]|[A-Za-z]:)/.test(rest)) return 'absolute';
  return depth !== undefined && climb(rest) > depth ? 'climbs' : undefined;
}

/** How far above its start a relative path gets at most. */
function climb(path: string): number {
  let level = 0;
  let highest = 0;
  for (const part of path.split(/[/\\]+/)) {
    if (part === '..') level++;
    else if (part !== '.' && part !== '') level--;
    highest = Math.max(highest, level);
  }
  return highest;
}
