/**
 * Which classes are base (for pretraining), validation (for choosing settings) and novel (for episodes). Parts are lists of
 * names or shares; what shares leave over is dealt from one random order of the classes, so that a novel class of one share
 * stays novel for every larger one. mini-ImageNet has 64, 16 and 20 of 100 classes (Ravi & Larochelle 2017).
 */
import { UserError } from '../../errors';
import { deriveRandom } from '../../random';

/** A share of all classes in 0..1, or names. */
export type ClassPart = number | readonly string[];

export interface ClassParts {
  readonly base: ClassPart;
  readonly validation: ClassPart;
  readonly novel: ClassPart;
}

export type PartName = keyof ClassParts;

/** Places in `classes` of each part, ascending. Throws a user error for unknown names, names in two parts, shares above 1. */
export function dealClasses(
  classes: readonly string[],
  parts: ClassParts,
  seed: number,
): Readonly<Record<PartName, Int32Array>> {
  const places = new Map(classes.map((name, place) => [name, place]));
  const owner = new Map<number, PartName>();
  for (const part of partNames) {
    const wanted = parts[part];
    if (typeof wanted === 'number') continue;
    for (const name of wanted) claim(owner, { name, place: places.get(name), part });
  }
  const free = [...deriveRandom(seed, 'class-parts').permutation(classes.length)].filter((place) => !owner.has(place));
  // Novel classes come first: their number is what figures depend on.
  for (const part of ['novel', 'validation', 'base'] as const) {
    const share = parts[part];
    if (typeof share !== 'number') continue;
    const count = Math.round(share * classes.length);
    // Rounding of three shares that sum to 1 may ask for one class too many.
    if (count > free.length + 1) throw tooMany(parts, classes.length);
    for (const place of free.splice(0, count)) owner.set(place, part);
  }
  const of = (part: PartName) => Int32Array.from(classes.keys()).filter((place) => owner.get(place) === part);
  return { base: of('base'), validation: of('validation'), novel: of('novel') };
}

const partNames = ['base', 'validation', 'novel'] as const;

function claim(
  owner: Map<number, PartName>,
  { name, place, part }: { readonly name: string; readonly place: number | undefined; readonly part: PartName },
): void {
  if (place === undefined)
    throw new UserError('data', `the class "${name}" of \`${part}\` is not among the classes of the data`);
  const other = owner.get(place);
  if (other !== undefined && other !== part)
    throw new UserError('config', `the class "${name}" is in \`${other}\` and in \`${part}\`; keep it in one of them`);
  owner.set(place, part);
}

function tooMany({ base, validation, novel }: ClassParts, count: number): UserError {
  const shown = Object.entries({ base, validation, novel }).map(([part, wanted]) =>
    typeof wanted === 'number' ? `${part} ${wanted}` : `${part} ${wanted.length} names`,
  );
  return new UserError(
    'config',
    `the parts ${shown.join(', ')} ask for more than the ${count} classes there are; lower a share`,
  );
}
