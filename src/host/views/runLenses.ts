/** Lenses in experiment files: run all of it above its name, run one above each pretraining and transfer, last figures. */
import * as vscode from 'vscode';
import {
  describePretrainingLens,
  describeTransferLens,
  type ExperimentOutline,
  type ExperimentResults,
} from '../../shared/views/results/experimentTree';
import { formatNumberOf } from '../../shared/views/formatNumbers';
import { formatRunAge } from '../../shared/views/results/runTree';
import { importedUses } from '../../shared/editing/weightsUse';
import { diskPathOf } from '../editing/experimentFiles';
import { EXPERIMENT_PATTERN, type CatalogEntry } from '../runs/experimentCatalog';
import { runsOf } from '../runs/resultsReader';
import type { LibraryRun } from '../runs/runLibrary';
import type { RunServices } from '../runs/runServices';

export function registerRunLenses(services: RunServices): void {
  const changed = new vscode.EventEmitter<void>();
  const provider: vscode.CodeLensProvider = {
    onDidChangeCodeLenses: changed.event,
    provideCodeLenses: async (document) => {
      const entry = await services.catalog.read(document.uri);
      if (!entry) return [];
      const results = await services.results.read(document.uri.fsPath, entry.parsed.experiment);
      return [...experimentLenses(services, entry), ...entryLenses(entry, results), ...weightsLenses(entry)];
    },
  };
  // The status file of a run is rewritten every two seconds; lenses need not follow each time.
  let timer: NodeJS.Timeout | undefined;
  const refresh = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      changed.fire();
    }, REFRESH_MS);
  };
  services.context.subscriptions.push(
    changed,
    vscode.languages.registerCodeLensProvider({ pattern: EXPERIMENT_PATTERN }, provider),
    services.onDidChangeRuns(refresh),
    vscode.workspace.onDidGrantWorkspaceTrust(refresh),
  );
}

const REFRESH_MS = 3_000;

function experimentLenses(services: RunServices, { uri, parsed }: CatalogEntry): vscode.CodeLens[] {
  if (!parsed.document.has(['name'])) return [];
  const range = lineRange(parsed.document.rangeOf(['name'], 'key').start.line);
  const [last] = runsOf(services.library, uri.fsPath);
  const run: vscode.Command = {
    title: '$(play) Run experiment',
    command: 'transferscope.runExperiment',
    arguments: [uri],
  };
  // How many stages the file would plan stands beside its name as an inlay hint.
  const said = last ? describeLast(last) : 'not run yet';
  return [
    ...(canRun(uri) ? [new vscode.CodeLens(range, run)] : []),
    new vscode.CodeLens(range, { title: said, command: last ? 'transferscope.showRun' : '' }),
  ];
}

function describeLast(last: LibraryRun): string {
  const { run, state, counts, total } = last;
  const stages = state === 'done' ? formatNumberOf(total, 'stage') : `${counts.done + counts.reused}/${total} stages`;
  return [`${run} ${state}`, stages, formatRunAge(last, new Date())].filter((part) => part !== '').join(' · ');
}

function entryLenses({ uri, outline }: CatalogEntry, results: ExperimentResults): vscode.CodeLens[] {
  return [
    ...lensesFor(outline.pretrainings, uri, (id) => describePretrainingLens(outline, id, results)),
    ...lensesFor(outline.transfers, uri, (id) => describeTransferLens(outline, id, results)),
  ];
}

/** Above each pretraining that imports a file of this disk: what is in it. */
function weightsLenses({ uri, parsed: { document } }: CatalogEntry): vscode.CodeLens[] {
  return importedUses(document).flatMap(({ index, pretraining, paths: [first] }) => {
    const file = first === undefined ? undefined : diskPathOf({ uri, isUntitled: false }, first);
    if (file === undefined) return [];
    const { line } = document.rangeOf(['pretrainings', index]).start;
    const use = { experiment: uri.fsPath, pretraining };
    const command = 'transferscope.openWeights';
    return [new vscode.CodeLens(lineRange(line), { title: 'Show weights', command, arguments: [{ file, use }] })];
  });
}

function lensesFor(
  entries: ExperimentOutline['pretrainings'],
  uri: vscode.Uri,
  describe: (written: string) => string | undefined,
): vscode.CodeLens[] {
  // The entries of one matrix share a place.
  const places = new Map(entries.map(({ written, line }) => [written, line]));
  return [...places].flatMap(([written, line]) => {
    const range = lineRange(line);
    const said = describe(written);
    const run = { title: 'Run only this', command: 'transferscope.runOnly', arguments: [uri, [written]] };
    const look = { title: 'Debug one batch', command: 'transferscope.debugBatch', arguments: [uri, written] };
    return [
      ...(canRun(uri) ? [run, look].map((command) => new vscode.CodeLens(range, command)) : []),
      ...(said === undefined ? [] : [new vscode.CodeLens(range, { title: said, command: '' })]),
    ];
  });
}

function canRun({ scheme }: vscode.Uri): boolean {
  return vscode.workspace.isTrusted && scheme === 'file';
}

/** `line` counts from 1. */
function lineRange(line: number): vscode.Range {
  return new vscode.Range(line - 1, 0, line - 1, 0);
}
