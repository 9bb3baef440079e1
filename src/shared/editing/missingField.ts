/** Quick fixes that add a field which has to be there, with a value that fits: a default, a known id, a first word. */
import { isMap, type Node } from 'yaml';
import { z } from 'zod';
import { discriminatorOptions, schemaAt } from '../experiment/describe';
import type { Path } from '../experiment/places';
import type { Problem } from '../experiment/problem';
import { experimentSchema } from '../experiment/schema';
import { dataIds, entryKinds, idsOf, isSection, keptSnapshots, sections, trainableIds } from './looseExperiment';
import { asMapping, valueAt } from '../experiment/schemaProblems';
import { spanOf, type SourceTree, type Span } from './sourceTree';
import { writeValue, writeWord } from './writing';

interface FieldFix {
  readonly title: string;
  readonly edits: readonly (Span & { readonly newText: string })[];
}

/** Fixes for a missing key or an empty file; none for other problems, or where no value can be proposed. */
export function missingFieldFixes(problem: Problem, tree: SourceTree, json: boolean): FieldFix[] {
  if (problem.code === 'empty') return [insertTemplate(tree, json)];
  const isEmpty = problem.code === 'wrong-type' && valueAt(tree.value, problem.path) === null;
  if ((problem.code !== 'missing-key' && !isEmpty) || (problem.fixes?.length ?? 0) > 0) return [];
  const path = missingPath(problem, tree);
  const key = path.at(-1);
  if (typeof key !== 'string') return [];
  return proposedValues(path, tree).flatMap((value) => {
    const edit = insertKey(tree, path, { value, json });
    const words = writeValue(value, json);
    return edit ? [{ title: `Add ${key}${words.length < 40 ? `: ${words}` : ''}`, edits: [edit] }] : [];
  });
}

/** An import without weights is reported at its entry, and so is a snapshot that does not say of what or when. */
function missingPath({ path }: Problem, tree: SourceTree): Path {
  const { method, weights, of, at } = asMapping(valueAt(tree.value, path));
  const isOfPretraining = path[0] === 'pretrainings' && path.length === 2;
  if (isOfPretraining && method === 'snapshot' && of === undefined) return [...path, 'of'];
  if (isOfPretraining && of !== undefined && at === undefined) return [...path, 'at'];
  return method === 'imported' && weights === undefined ? [...path, 'weights'] : path;
}

const maxProposals = 4;

function proposedValues(path: Path, tree: SourceTree): unknown[] {
  const root = tree.value;
  const [section] = path;
  const key = String(path.at(-1));
  if (path.length === 1) {
    if (key === 'name') return ['my-experiment'];
    if (key === 'backbone') return [{ name: 'resnet18' }];
    if (key === 'pretrainings') return [[{ id: 'random' }]];
  }
  if (key === 'id') return [freeId(isSection(section) ? entryKinds[section] : 'pretraining', root)];
  if (key === 'between') return [idsOf(root, 'pretrainings').slice(0, 2)];
  if (key === 'data') return dataIds(root).slice(0, maxProposals);
  if (key === 'of') return trainableIds(root).slice(0, maxProposals);
  if (key === 'at') return keptSnapshots(root, asMapping(valueAt(root, path.slice(0, -1))).of).slice(0, maxProposals);
  if (key === 'weights') return ['weights/model.safetensors'];
  if (key === 'root') return [`data/${String(path[1])}`];
  const parent = schemaAt(experimentSchema, path.slice(0, -1), root);
  const options = parent && discriminatorOptions(parent.type);
  if (options?.key === key) return options.values.slice(0, maxProposals);
  const place = schemaAt(experimentSchema, path, root);
  if (place?.type instanceof z.ZodEnum) return place.type.options.slice(0, maxProposals);
  return place?.info?.default === undefined ? [] : [place.info.default];
}

function freeId(stem: string, root: unknown): string {
  const taken = new Set(sections.flatMap((section) => idsOf(root, section)));
  if (!taken.has(stem)) return stem;
  let number = 2;
  while (taken.has(`${stem}-${number}`)) number++;
  return `${stem}-${number}`;
}

interface Insertion {
  readonly value: unknown;
  readonly json: boolean;
}

/** Puts a key at the end of its mapping, in the mapping's own style; an `id` comes first. */
function insertKey(tree: SourceTree, path: Path, { value, json }: Insertion): FieldFix['edits'][number] | undefined {
  const key = String(path.at(-1));
  const place = tree.find(path);
  const inFlow = json || isInFlow(tree, path);
  const written = (indent: string) => writeField(key, value, { json, indent, inFlow });
  if (place?.pair && place.key) {
    // The key stands there, without a value.
    const { end } = spanOf(place.key);
    const colon = /^\s*:/.exec(tree.text.slice(end))?.[0].length ?? 0;
    const column = ' '.repeat(tree.columnOf(spanOf(place.key).start));
    const text = written(column).slice(writeWord(key, '', json).length + 1);
    return { start: end, end: end + colon, newText: `:${text}` };
  }
  const parent = path.length === 1 ? tree.contents : tree.find(path.slice(0, -1))?.value;
  if (!isMap(parent)) return undefined;
  const { start } = spanOf(parent);
  const first = parent.items[0];
  if (parent.flow) {
    if (!first) return { start: start + 1, end: start + 1, newText: ` ${written('')} ` };
    if (key === 'id') return at(spanOf(first.key).start, `${written('')}, `);
    const last = parent.items.at(-1)!;
    return at(spanOf((last.value as Node | null) ?? last.key).end, `, ${written('')}`);
  }
  if (!first) return undefined;
  const firstStart = spanOf(first.key).start;
  const indent = ' '.repeat(tree.columnOf(firstStart));
  if (key === 'id' || key === 'name') return at(firstStart, `${written(indent)}\n${indent}`);
  const end = contentEnd(tree, parent);
  return at(end, `\n${indent}${written(indent)}`);
}

function at(offset: number, newText: string): FieldFix['edits'][number] {
  return { start: offset, end: offset, newText };
}

/** The end of the last line of a block that is neither blank nor a comment. */
function contentEnd(tree: SourceTree, node: Node): number {
  const { start, end } = spanOf(node);
  let last = end;
  while (last > start) {
    const lineStart = tree.text.lastIndexOf('\n', last - 1) + 1;
    if (!/^\s*(#|$)/.test(tree.text.slice(lineStart, last))) break;
    last = lineStart - 1;
  }
  const lineEnd = tree.text.indexOf('\n', last);
  const stop = lineEnd < 0 ? tree.text.length : lineEnd;
  return tree.text[stop - 1] === '\r' ? stop - 1 : stop;
}

function isInFlow(tree: SourceTree, path: Path): boolean {
  return path.some((_, length) => {
    const node = length === 0 ? tree.contents : tree.find(path.slice(0, length))?.value;
    return Boolean((node as { flow?: boolean } | undefined)?.flow);
  });
}

interface Style {
  readonly json: boolean;
  readonly indent: string;
  readonly inFlow: boolean;
}

function writeField(key: string, value: unknown, { json, indent, inFlow }: Style): string {
  const name = writeWord(key, '', json);
  if (!inFlow && Array.isArray(value) && value.some((item) => typeof item === 'object')) {
    return `${name}:${value.map((item) => `\n${indent}  - ${writeValue(item, json)}`).join('')}`;
  }
  return `${name}: ${writeValue(value, json)}`;
}

const template = {
  name: 'my-experiment',
  seeds: [0, 1],
  imageSize: 32,
  backbone: { name: 'resnet18', width: 16, stem: 'small' },
  data: { emoji: { kind: 'emoji' } },
  pretrainings: [{ id: 'random' }, { id: 'moco', method: 'moco', data: 'emoji', recipe: 'emoji-moco-v2', steps: 2500 }],
  transfers: [{ id: 'probe', task: 'linear-probe', data: 'emoji' }],
};

/** A small experiment that runs as it is. */
function insertTemplate(tree: SourceTree, json: boolean): FieldFix {
  const style = { json, indent: '', inFlow: false };
  const lines = Object.entries(template).map(([key, value]) =>
    key === 'data' ? `data:\n  emoji: ${writeValue(template.data.emoji, false)}` : writeField(key, value, style),
  );
  const newText = json ? `${JSON.stringify(template, null, 2)}\n` : `${lines.join('\n')}\n`;
  const start = json ? 0 : tree.text.length;
  const separate = !json && tree.text !== '' && !tree.text.endsWith('\n') ? '\n' : '';
  return { title: 'Insert a small experiment', edits: [{ start, end: tree.text.length, newText: separate + newText }] };
}
