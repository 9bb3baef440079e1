/**
 * Text of an experiment file → experiment and problems with positions. Nothing that a user writes makes it throw. Steps:
 * read the text, check it against the schema, expand matrices, apply recipes, look up references, fill in defaults, and
 * judge the result (checks/). The experiment is there when no problem is an error.
 */
import { checkExperiment } from './checks/checkExperiment';
import type { Facts } from './checks/facts';
import { readDocument, type ExperimentDocument } from './document';
import type { Path } from './places';
import { expandMatrix, type Cell } from './matrix';
import { ProblemList, type Report } from './problems';
import type { Problem } from './problem';
import type { RecipeBook } from './recipe';
import { resolveBackbone, resolveData, type PathRules, type ResolveContext } from './resolveData';
import { resolvePretraining } from './resolvePretraining';
import { resolveTransfer } from './resolveTransfer';
import {
  experimentSchema,
  pretrainingSchema,
  transferSchema,
  type Experiment,
  type ExperimentFile,
  type PretrainingSettings,
  type TransferSettings,
  type WrittenPretraining,
  type WrittenTransfer,
} from './schema';
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
  /** Where each pretraining and transfer, by its resolved id, stands in the file. */
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
  const places = new Map([...cells.pretrainings, ...cells.transfers].map((cell) => [cell.id, cell.path]));
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

/** Pretrainings and transfers with their matrices expanded. */
export interface Cells {
  readonly pretrainings: readonly Cell<WrittenPretraining>[];
  readonly transfers: readonly Cell<WrittenTransfer>[];
}

function expandAll(file: ExperimentFile, place: { document: ExperimentDocument; report: Report }): Cells {
  const pretrainings = file.pretrainings.flatMap((entry, index) =>
    expandMatrix(entry, ['pretrainings', index], { schema: pretrainingSchema, ...place }),
  );
  const transfers = (file.transfers ?? []).flatMap((entry, index) =>
    expandMatrix(entry, ['transfers', index], { schema: transferSchema, ...place }),
  );
  reportRepeatedIds([...pretrainings, ...transfers], place.report);
  return { pretrainings, transfers };
}

/** Pretrainings and transfers share one set of ids, since `--only` names either. */
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

function resolveExperiment(
  { file, cells, recipes }: { file: ExperimentFile; cells: Cells; recipes: RecipeBook },
  context: ResolveContext,
): Experiment {
  const imageSize = file.imageSize ?? 224;
  const data = resolveData(file.data, context);
  const backbone = resolveBackbone(file.backbone, context);
  const shared = { ...context, recipes, data, imageSize };
  const pretrainings = cells.pretrainings
    .map((cell) => resolvePretraining(cell, shared))
    .filter((settings): settings is PretrainingSettings => settings !== undefined);
  const byEntry = new Map<string, readonly string[]>();
  for (const cell of cells.pretrainings)
    byEntry.set(cell.written.id, [...(byEntry.get(cell.written.id) ?? []), cell.id]);
  const transfers = cells.transfers
    .map((cell) => resolveTransfer(cell, { ...shared, backbone, pretrainings: byEntry }))
    .filter((settings): settings is TransferSettings => settings !== undefined);
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
  };
}
