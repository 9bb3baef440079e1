/**
 * Text of an experiment file → experiment and problems with positions. Nothing that a user writes makes it throw. Steps:
 * read the text, check it against the schema, expand matrices, apply recipes, look up references, fill in defaults, and
 * judge the result (checks/). The experiment is there when no problem is an error.
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
import { resolveBackbone, resolveData, type PathRules, type ResolveContext } from './resolveData';
import { resolveAnalyses } from './resolveAnalysis';
import { resolveTables } from './resolveTables';
import { resolvePretrainings } from './resolvePretrainings';
import { resolveTransfer } from './resolveTransfer';
import {
  experimentSchema,
  pretrainingSchema,
  type Experiment,
  type ExperimentFile,
  type WrittenPretraining,
} from './schema';
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
  const file = readShape(document, list);
  if (!file) return { problems: list.sorted(), document, places: new Map() };
  const cells = expandAll(file, { document, report: list.report });
  const context: ResolveContext = {
    document,
    report: list.report,
    pathRules: options.pathRules ?? { allowOutside: false },
  };
  const experiment = resolveExperiment({ file, cells, recipes: options.recipes }, context);
  if (!list.hasErrors)
    checkExperiment({
      experiment,
      cells,
      recipes: options.recipes,
      facts: typeof options.facts === 'function' ? options.facts(experiment) : (options.facts ?? {}),
      document,
      report: list.report,
    });
  const places = new Map(
    [...cells.pretrainings, ...cells.transfers, ...cells.analyses].map((cell) => [cell.id, cell.path]),
  );
  return { ...(list.hasErrors ? {} : { experiment }), problems: list.sorted(), document, places };
}

/** The value if it has the shape of an experiment; otherwise its problems are on the list. */
function readShape(document: ExperimentDocument, list: ProblemList): ExperimentFile | undefined {
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
  const findings = findSchemaProblems(experimentSchema, value, document);
  findings.forEach(list.report);
  return findings.length > 0 ? undefined : experimentSchema.parse(value);
}

/** Pretrainings, transfers and analyses, the former two with their matrices expanded. */
export interface Cells {
  readonly pretrainings: readonly Cell<WrittenPretraining>[];
  readonly transfers: readonly Cell<WrittenTransfer>[];
  readonly analyses: readonly Cell<WrittenAnalysis>[];
}

function expandAll(file: ExperimentFile, place: { document: ExperimentDocument; report: Report }): Cells {
  const pretrainings = file.pretrainings.flatMap((entry, index) =>
    expandMatrix(entry, ['pretrainings', index], { schema: pretrainingSchema, ...place }),
  );
  const transfers = (file.transfers ?? []).flatMap((entry, index) =>
    expandMatrix(entry, ['transfers', index], { schema: transferSchema, ...place }),
  );
  const analyses = nameAnalyses(file.analyses ?? []);
  reportRepeatedIds([...pretrainings, ...transfers, ...analyses], place.report);
  return { pretrainings, transfers, analyses };
}

/** Analyses without an id are called after their kind, and numbered when there are several. */
function nameAnalyses(written: readonly WrittenAnalysis[]): Cell<WrittenAnalysis>[] {
  const taken = new Set(written.flatMap(({ id }) => id ?? []));
  return written.map((entry, index) => {
    let id = entry.id ?? entry.kind;
    for (let n = 2; entry.id === undefined && taken.has(id); n++) id = `${entry.kind}-${n}`;
    taken.add(id);
    return { id, written: entry, path: ['analyses', index], fromMatrix: new Map<string, Path>() };
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

function resolveExperiment(
  { file, cells, recipes }: { file: ExperimentFile; cells: Cells; recipes: RecipeBook },
  context: ResolveContext,
): Experiment {
  const imageSize = file.imageSize ?? 224;
  const data = resolveData(file.data, context);
  const backbone = resolveBackbone(file.backbone, context);
  const shared = { ...context, recipes, data, imageSize };
  const pretrainings = resolvePretrainings(cells.pretrainings, shared);
  const byEntry = idsByEntry(cells.pretrainings);
  const known = { ...shared, backbone, pretrainings: byEntry };
  const transfers = cells.transfers
    .map((cell) => resolveTransfer(cell, known))
    .filter((settings): settings is TransferSettings => settings !== undefined);
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
