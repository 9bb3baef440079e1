/**
 * One annotation file of PASCAL VOC (VOC devkit, "annotation" XML): objects with their boxes, flags and parts. Reads the
 * tags it knows by their path and passes over all others; broken files give what could be read, and problems.
 */

export interface VocPart {
  readonly name: string;
  /** [x, y, width, height], 0-based, not inclusive. */
  readonly box: readonly [number, number, number, number];
}

export interface VocObject extends VocPart {
  readonly difficult: boolean;
  readonly truncated: boolean;
  readonly occluded: boolean;
  readonly pose: string;
  readonly parts: readonly VocPart[];
}

export interface VocAnnotation {
  readonly filename: string;
  /** Pixels; 0 where the file does not say. */
  readonly width: number;
  readonly height: number;
  readonly objects: readonly VocObject[];
  /** What was left out, as sentences. */
  readonly problems: readonly string[];
}

/** Reads one file. VOC's boxes count pixels from 1 and include the last: x = xmin - 1, width = xmax - xmin + 1. */
export function parseVocAnnotation(text: string): VocAnnotation {
  const problems: string[] = [];
  const objects: VocObject[] = [];
  const top = new Map<string, string>();
  let object: Map<string, string> | undefined;
  let part: Map<string, string> | undefined;
  let parts: VocPart[] = [];
  const isWhole = scanElements(text, {
    onStart: (path) => {
      if (path === 'annotation/object') [object, parts] = [new Map(), []];
      if (path === 'annotation/object/part') part = new Map();
    },
    onText: (path, value) => {
      if (part && path.startsWith('annotation/object/part/')) part.set(path.slice(23), value);
      else if (object && path.startsWith('annotation/object/')) object.set(path.slice(18), value);
      else top.set(path, value);
    },
    onEnd: (path) => {
      if (path === 'annotation/object/part' && part) {
        const box = readBox(part);
        if (box) parts.push({ name: part.get('name') ?? '', box });
        part = undefined;
      }
      if (path === 'annotation/object' && object) {
        addObject(object, parts, objects, problems);
        object = undefined;
      }
    },
  });
  if (!isWhole) problems.push('the file is not well-formed XML; what could be read is used');
  const size = (name: string): number => Math.max(0, Math.trunc(Number(top.get(`annotation/size/${name}`) ?? 0)) || 0);
  return {
    filename: top.get('annotation/filename') ?? '',
    width: size('width'),
    height: size('height'),
    objects,
    problems,
  };
}

function addObject(
  fields: ReadonlyMap<string, string>,
  parts: readonly VocPart[],
  objects: VocObject[],
  problems: string[],
): void {
  const name = fields.get('name') ?? '';
  const box = readBox(fields);
  if (name === '' || !box) {
    problems.push(
      `an object ${name === '' ? 'without a name' : `"${name}" without a box of four numbers`} was left out`,
    );
    return;
  }
  // Some tools write "Unspecified", which is no yes.
  const flag = (key: string): boolean => /^(true|yes|0*[1-9]\d*)$/i.test(fields.get(key) ?? '0');
  objects.push({
    ...{ name, box, parts, pose: fields.get('pose') ?? '' },
    ...{ difficult: flag('difficult'), truncated: flag('truncated'), occluded: flag('occluded') },
  });
}

function readBox(fields: ReadonlyMap<string, string>): [number, number, number, number] | undefined {
  const sides = ['xmin', 'ymin', 'xmax', 'ymax'].map((side) => {
    const value = fields.get(`bndbox/${side}`);
    return value === undefined || value === '' ? Number.NaN : Number(value);
  });
  if (!sides.every(Number.isFinite)) return undefined;
  const [x0, y0, x1, y1] = sides as [number, number, number, number];
  return [x0 - 1, y0 - 1, x1 - x0 + 1, y1 - y0 + 1];
}

interface ElementListener {
  readonly onStart: (path: string) => void;
  readonly onText: (path: string, value: string) => void;
  readonly onEnd: (path: string) => void;
}

/** Deeper than any annotation; deeper text is passed over. */
const DEEPEST = 16;

/** Walks tags and texts; false when tags do not match. Comments, declarations and attributes are passed over. */
function scanElements(text: string, { onStart, onText, onEnd }: ElementListener): boolean {
  const stack: string[] = [];
  const tokens = /<!--[^]*?-->|<[?!][^>]*>|<\/([^\s<>/]+)\s*>|<([^\s<>/]+)[^<>]*?(\/?)>|([^<]+)|</g;
  for (const [token, closing, opening, isEmpty, content] of text.matchAll(tokens)) {
    if (opening !== undefined) {
      stack.push(opening);
      if (stack.length <= DEEPEST) onStart(stack.join('/'));
      if (isEmpty === '/') leave(stack, onEnd);
    } else if (closing !== undefined) {
      if (stack.at(-1) !== closing) return false;
      leave(stack, onEnd);
    } else if (content !== undefined) {
      const value = decodeEntities(content.trim());
      if (value !== '' && stack.length <= DEEPEST) onText(stack.join('/'), value);
    } else if (token === '<') return false;
  }
  return stack.length === 0;
}

function leave(stack: string[], onEnd: (path: string) => void): void {
  if (stack.length <= DEEPEST) onEnd(stack.join('/'));
  stack.pop();
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name]!);
}
