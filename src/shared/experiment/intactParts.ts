/**
 * What of an experiment file can be judged although parts of it have errors: entries that hold no error and name nothing
 * that does, so that no problem is told that an error has caused. Left out: what is wrong with the rest.
 */
import type { z } from 'zod';
import type { Path } from './places';
import { experimentSchema, pretrainingSchema, type ExperimentFile } from './schema';
import { asMapping } from './schemaProblems';

const sections = ['pretrainings', 'transfers', 'analyses'] as const;
type Section = (typeof sections)[number];
type Mapping = Readonly<Record<string, unknown>>;

export interface IntactParts {
  /** The rest of the file; stand-ins are where its name and backbone had errors. */
  readonly file: ExperimentFile;
  /** Where the entries that are left stand in the file. */
  readonly places: Readonly<Record<Section, readonly number[]>>;
  /** Pretrainings that are left out and yet exist. */
  readonly namesLeftOut: readonly string[];
  /** Any further pretraining may exist. */
  readonly hasUnknownNames: boolean;
  /** Nothing is left out: the file can be judged as a whole. */
  readonly isWhole: boolean;
  /** Backbone and image size are known. */
  readonly hasNetwork: boolean;
}

/** A file of which all pretrainings are left out is still one. */
const restSchema = experimentSchema.extend({ pretrainings: pretrainingSchema.array() });

/** `errors`: where they are. Undefined when nothing is left that could be judged. */
export function intactParts(value: Mapping, errors: readonly Path[]): IntactParts | undefined {
  const broken = new BrokenParts(value, errors);
  const places = keptPlaces(value, broken);
  const kept = Object.fromEntries(
    sections.map((section) => [section, places[section].map((at) => listOf(value, section)[at])]),
  );
  const isWhole = errors.length === 0;
  const data = Object.entries(asMapping(value.data)).filter(([id]) => !broken.hasData(id));
  const others = ['about', 'seeds', 'runtime', 'imageSize', 'resources', ...(isWhole ? ['tables'] : [])];
  const written = others.filter((key) => Object.hasOwn(value, key) && !broken.roots.has(key));
  const parsed = restSchema.safeParse({
    name: broken.roots.has('name') ? 'experiment' : value.name,
    backbone: broken.hasNetwork ? value.backbone : { name: 'resnet50' },
    ...Object.fromEntries(written.map((key) => [key, value[key]])),
    data: Object.fromEntries(data),
    ...kept,
  } satisfies Record<string, unknown> as z.input<typeof restSchema>);
  if (!parsed.success) return undefined;
  const leftOut = listOf(value, 'pretrainings').filter((_, at) => !places.pretrainings.includes(at));
  const ids = leftOut.map((entry) => asMapping(entry).id);
  return {
    file: parsed.data,
    places,
    isWhole,
    namesLeftOut: ids.filter((id) => typeof id === 'string'),
    hasUnknownNames: broken.roots.has('pretrainings') || !leftOut.every((entry) => isNamed(asMapping(entry))),
    hasNetwork: broken.hasNetwork,
  };
}

/** Whether all pretrainings of the entry go by its id: those of a matrix have names of their own. */
function isNamed({ id, matrix }: Mapping): boolean {
  return typeof id === 'string' && matrix === undefined;
}

/** What the errors stand in. */
class BrokenParts {
  readonly roots: ReadonlySet<string>;
  private readonly entries: ReadonlySet<string>;
  private readonly data: ReadonlySet<string>;
  private readonly written: Mapping;

  constructor(value: Mapping, errors: readonly Path[]) {
    const roots = new Set<string>();
    const [entries, data] = [new Set<string>(), new Set<string>()];
    for (const [root, key] of errors) {
      if (isSection(root) && typeof key === 'number') entries.add(`${root} ${key}`);
      else if (root === 'data' && key !== undefined) data.add(String(key));
      else roots.add(String(root));
    }
    const known = Object.keys(experimentSchema.shape);
    // A misspelt key may be meant for any that is missing.
    if ([...roots].some((root) => !known.includes(root)))
      known.filter((key) => !Object.hasOwn(value, key)).forEach((key) => roots.add(key));
    [this.roots, this.entries, this.data] = [roots, entries, data];
    this.written = asMapping(value.data);
  }

  get hasNetwork(): boolean {
    return !this.roots.has('backbone') && !this.roots.has('imageSize');
  }

  get hasAllData(): boolean {
    return !this.roots.has('data') && this.data.size === 0;
  }

  hasEntry(section: Section, at: number): boolean {
    return this.roots.has(section) || this.entries.has(`${section} ${at}`);
  }

  /** Also what is not there and may be meant by one that is broken. */
  hasData(id: string): boolean {
    return this.data.has(id) || (!this.hasAllData && (this.roots.has('data') || !Object.hasOwn(this.written, id)));
  }
}

function keptPlaces(value: Mapping, broken: BrokenParts): IntactParts['places'] {
  const entriesOf = (section: Section) => listOf(value, section).map((entry, at) => ({ entry: asMapping(entry), at }));
  const isSound = (section: Section) => {
    return ({ entry, at }: { entry: Mapping; at: number }): boolean =>
      !broken.hasEntry(section, at) && !namesIn(entry, 'data').some((id) => broken.hasData(id));
  };
  const all = entriesOf('pretrainings');
  const sound = all.filter(isSound('pretrainings'));
  const gone = all.filter((one) => !sound.includes(one)).map(({ entry }) => entry.id);
  const isGone = (name: string): boolean =>
    gone.some((id) => typeof id === 'string' && (name === id || name.startsWith(`${id}[`)));
  // Snapshots are of what is trained here.
  const pretrainings = sound.filter(({ entry }) => !namesIn(entry, 'of').some(isGone));
  const transfers = entriesOf('transfers').filter((one) => broken.hasNetwork && isSound('transfers')(one));
  const hasAllRows = pretrainings.length === all.length && !broken.roots.has('pretrainings');
  const hasAllTransfers = transfers.length === listOf(value, 'transfers').length && !broken.roots.has('transfers');
  const analyses = entriesOf('analyses').filter(({ entry, at }) => {
    if (!broken.hasNetwork || !isSound('analyses')({ entry, at })) return false;
    // Without data of its own an analysis looks at that of a transfer.
    if (entry.data === undefined && !(hasAllTransfers && broken.hasAllData)) return false;
    return !readsClassifiers.has(entry.kind) || (hasAllRows && hasAllTransfers);
  });
  const placesOf = (kept: readonly { readonly at: number }[]): number[] => kept.map(({ at }) => at);
  return { pretrainings: placesOf(pretrainings), transfers: placesOf(transfers), analyses: placesOf(analyses) };
}

/** Analyses that look for a classifier or detector among all pretrainings and transfers. */
const readsClassifiers: ReadonlySet<unknown> = new Set(['attribution', 'maximisation', 'detection-errors']);

/** What an entry says under a key, by itself or in its matrix. */
function namesIn(entry: Mapping, key: string): string[] {
  const written = [entry[key], asMapping(entry.matrix)[key]].flat(2);
  return written.filter((name) => typeof name === 'string');
}

function listOf(value: Mapping, section: Section): readonly unknown[] {
  const list = value[section];
  return Array.isArray(list) ? list : [];
}

function isSection(root: unknown): root is Section {
  return (sections as readonly unknown[]).includes(root);
}
