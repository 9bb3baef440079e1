/**
 * Text of an experiment file → experiment and problems with positions. Nothing that a user writes makes it throw. Steps:
 * read the text, check it against the schema, expand matrices, apply recipes, look up references, fill in defaults, and
 * judge the result (checks/). After a step that found errors the steps so far begin anew without what has them
 * (intactParts.ts), so that the rest is judged as well. The experiment is there when no problem is an error.
 */
import type { WrittenAnalysis } from './analysisSchema';
import { checkExperiment } from './checks/checkExperiment';
import type { Facts } from './checks/facts';
import { readDocument, type ExperimentDocument } from './document';
import type { Path } from './places';
import { expandMatrix, type Cell } from './matrix';
import { ProblemList, type Report } from './problems';
import type { Problem } from './problem';
import type { RecipeBook } from './recipe';
import { intactParts, type IntactParts } from './intactParts';
import { resolveBackbone, resolveData, type PathRules, type ResolveContext } from './resolveData';
import { resolveAnalyses } from './resolveAnalysis';
import { resolveTables } from './resolveTables';
import { resolvePretrainings } from './resolvePretrainings';
import { resolveTransfer } from './resolveTransfer';
import { experimentSchema, pretrainingSchema, type Experiment, type WrittenPretraining } from './schema';
import { transferSchema, type TransferSettings, type WrittenTransfer } from './transferSchema';
import { findSchemaProblems } from './schemaProblems';

export interface ParseOptions {
  /** For messages. */
  readonly fileName: string;
  readonly recipes: RecipeBook;
  /** Default: absolute paths are errors, `..` is let through. */
  readonly pathRules?: PathRules;
  /** What is known about data and machine, when somebody has looked; may depend on what the file says. */
  readonly facts?: Facts | ((experiment: Experiment) => Facts);
}

export interface ParsedExperiment {
  /** There when no problem is an error. */
  readonly experiment?: Experiment;
  /** In the order of the file. */
  readonly problems: readonly Problem[];
  readonly document: ExperimentDocument;
  /** Where each pretraining, transfer and analysis, by its resolved id, stands in the file. */
  readonly places: ReadonlyMap<string, Path>;
}

/** Reads an experiment file (YAML or JSON). Never throws on user input. */
export function parseExperiment(text: string, options: ParseOptions): ParsedExperiment {
  const document = readDocument(text, options.fileName);
  if (document.problems.length > 0) return { problems: document.problems, document, places: new Map() };
  const list = new ProblemList(document);
  const value = readShape(document, list);
  const places = new Map<string, Path>();
  let experiment: Experiment | undefined;
  for (let found = -1; value && !experiment && list.errors.length > found;) {
    found = list.errors.length;
    const parts = intactParts(value, list.errors);
    experiment = parts && judge(parts, { ...options, document, list, places });
  }
  return { ...(experiment && !list.hasErrors && { experiment }), problems: list.sorted(), document, places };
}

interface Judging extends ParseOptions {
  readonly document: ExperimentDocument;
  readonly list: ProblemList;
  /** Gets those of the first time, when least is left out. */
  readonly places: Map<string, Path>;
}

/** Undefined after a step that found errors. */
function judge(parts: IntactParts, { document, list, places, ...options }: Judging): Experiment | undefined {
  const before = list.errors.length;
  const report: Report = (problem) => {
    // It may be one that is left out.
    if (problem.code !== 'unknown-pretraining' || !parts.hasUnknownNames) list.report(problem);
  };
  const cells = expandAll(parts, { document, report });
  if (places.size === 0)
    for (const { id, path } of [...cells.pretrainings, ...cells.transfers, ...cells.analyses]) places.set(id, path);
  const { recipes, facts = {}, pathRules = { allowOutside: false } } = options;
  const isSound = (): boolean => list.errors.length === before;
  const experiment = isSound()
    ? resolveExperiment({ parts, cells, recipes, isSound }, { document, report, pathRules })
    : undefined;
  if (!experiment || !isSound()) return undefined;
  checkExperiment({
    ...{ experiment, cells, recipes, parts, document, report },
    facts: typeof facts !== 'function' ? facts : parts.hasNetwork ? facts(experiment) : {},
  });
  return experiment;
}

/** The value if it is a mapping; what does not fit the schema is on the list. */
function readShape(document: ExperimentDocument, list: ProblemList): Readonly<Record<string, unknown>> | undefined {
  const { value } = document;
  if (value === null || value === undefined) {
    list.report({
      severity: 'error',
      code: 'empty',
      message: 'the file is empty; it needs at least `name`, `backbone` and `pretrainings`',
      path: [],
    });
    return undefined;
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    const kind = Array.isArray(value) ? 'a list' : 'a single value';
    list.report({
      severity: 'error',
      code: 'wrong-type',
      message: `the file is ${kind}; an experiment is a mapping with \`name\`, \`backbone\`, \`pretrainings\` and so on`,
      path: [],
    });
    return undefined;
  }
  findSchemaProblems(experimentSchema, value, document).forEach(list.report);
  return value as Readonly<Record<string, unknown>>;
}

/** Pretrainings, transfers and analyses, the former two with their matrices expanded. */
export interface Cells {
  readonly pretrainings: readonly Cell<WrittenPretraining>[];
  readonly transfers: readonly Cell<WrittenTransfer>[];
  readonly analyses: readonly Cell<WrittenAnalysis>[];
}

function expandAll({ file, places }: IntactParts, place: { document: ExperimentDocument; report: Report }): Cells {
  const pretrainings = file.pretrainings.flatMap((entry, index) =>
    expandMatrix(entry, ['pretrainings', places.pretrainings[index]!], { schema: pretrainingSchema, ...place }),
  );
  const transfers = (file.transfers ?? []).flatMap((entry, index) =>
    expandMatrix(entry, ['transfers', places.transfers[index]!], { schema: transferSchema, ...place }),
  );
  const analyses = nameAnalyses(file.analyses ?? [], places.analyses);
  reportRepeatedIds([...pretrainings, ...transfers, ...analyses], place.report);
  return { pretrainings, transfers, analyses };
}

/** Analyses without an id are called after their kind, and numbered when there are several. */
function nameAnalyses(written: readonly WrittenAnalysis[], places: readonly number[]): Cell<WrittenAnalysis>[] {
  const taken = new Set(written.flatMap(({ id }) => id ?? []));
  return written.map((entry, index) => {
    let id = entry.id ?? entry.kind;
    for (let n = 2; entry.id === undefined && taken.has(id); n++) id = `${entry.kind}-${n}`;
    taken.add(id);
    return { id, written: entry, path: ['analyses', places[index]!], fromMatrix: new Map<string, Path>() };
  });
}

/** Pretrainings, transfers and analyses share one set of ids, since `--only` names any of them. */
function reportRepeatedIds(cells: readonly Cell<object>[], report: Report): void {
  const first = new Map<string, Cell<object>>();
  for (const cell of cells) {
    const other = first.get(cell.id);
    if (!other) first.set(cell.id, cell);
    else {
      const where = other.path[0] === cell.path[0] ? `another of the ${cell.path[0]}` : `one of the ${other.path[0]}`;
      report({
        severity: 'error',
        code: 'duplicate-id',
        message: `the id \`${cell.id}\` is already that of ${where}, so results could not be told apart; choose another`,
        path: [...cell.path, 'id'],
      });
    }
  }
}

/** Resolved ids by the id as written, which a matrix has several for. */
function idsByEntry(cells: readonly Cell<{ readonly id?: string | undefined }>[]): Map<string, readonly string[]> {
  const byEntry = new Map<string, readonly string[]>();
  for (const { written, id } of cells) byEntry.set(written.id ?? id, [...(byEntry.get(written.id ?? id) ?? []), id]);
  return byEntry;
}

interface Resolving {
  readonly parts: IntactParts;
  readonly cells: Cells;
  readonly recipes: RecipeBook;
  /** No error was found since. */
  readonly isSound: () => boolean;
}

/** Undefined where what follows rests on something that has errors. */
function resolveExperiment(
  { parts: { file, namesLeftOut }, cells, recipes, isSound }: Resolving,
  context: ResolveContext,
): Experiment | undefined {
  const imageSize = file.imageSize ?? 224;
  const data = resolveData(file.data, context);
  const backbone = resolveBackbone(file.backbone, context);
  if (!isSound()) return undefined;
  const shared = { ...context, recipes, data, imageSize };
  const pretrainings = resolvePretrainings(cells.pretrainings, shared);
  if (!isSound()) return undefined;
  const byEntry = new Map([...namesLeftOut.map((id) => [id, []] as const), ...idsByEntry(cells.pretrainings)]);
  const known = { ...shared, backbone, pretrainings: byEntry };
  const transfers = cells.transfers
    .map((cell) => resolveTransfer(cell, known))
    .filter((settings): settings is TransferSettings => settings !== undefined);
  if (!isSound()) return undefined;
  const firstData = transfers[0]?.data ?? Object.keys(data)[0];
  const analyses = resolveAnalyses(cells.analyses, { ...known, firstData, transfers, trained: pretrainings });
  const tables = resolveTables(file.tables ?? [], {
    ...{ report: context.report, document: context.document, pretrainings: byEntry },
    measured: idsByEntry([...cells.transfers, ...cells.analyses]),
  });
  return {
    name: file.name,
    ...(file.about === undefined ? {} : { about: file.about }),
    seeds: file.seeds ?? [0],
    runtime: file.runtime ?? 'auto',
    imageSize,
    backbone,
    data,
    pretrainings,
    transfers,
    analyses,
    tables,
    ...(file.resources && { resources: file.resources }),
  };
}
