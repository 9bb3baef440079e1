/** The experiment files of the workspace, parsed when somebody asks and again only when their text has changed. */
import * as vscode from 'vscode';
import type { ParsedExperiment } from '../../shared/experiment/parse';
import type { RecipeBook } from '../../shared/experiment/recipe';
import type { ExperimentOutline } from '../../shared/views/results/experimentTree';
import type { Log } from '../log';
import { pathRulesOf } from '../editing/experimentFiles';
import { readOutline } from './outline';

export const EXPERIMENT_PATTERN = '**/*.transfer.{yaml,yml,json}';
const LEFT_OUT = '{**/node_modules/**,**/.transferscope/**}';
const MOST_FILES = 500;

export interface CatalogEntry {
  readonly uri: vscode.Uri;
  readonly parsed: ParsedExperiment;
  readonly outline: ExperimentOutline;
}

export interface ExperimentCatalog extends vscode.Disposable {
  /** Files in the order of their paths. */
  list(): Promise<readonly vscode.Uri[]>;
  /** Undefined when the file cannot be read. */
  read(uri: vscode.Uri): Promise<CatalogEntry | undefined>;
  /** A file came, went or was edited. */
  readonly onDidChange: vscode.Event<void>;
}

export function isExperimentFile(uri: vscode.Uri): boolean {
  return /\.transfer\.(ya?ml|json)$/.test(uri.path);
}

export function createExperimentCatalog(root: vscode.Uri, log: Log): ExperimentCatalog {
  const changed = new vscode.EventEmitter<void>();
  const watcher = vscode.workspace.createFileSystemWatcher(EXPERIMENT_PATTERN);
  const cache = new Map<string, { readonly stamp: string; readonly entry: Promise<CatalogEntry> }>();
  let recipes: Promise<RecipeBook> | undefined;
  const fire = (): void => changed.fire();
  const subscriptions = [
    changed,
    watcher,
    watcher.onDidCreate(fire),
    watcher.onDidChange(fire),
    watcher.onDidDelete((uri) => {
      cache.delete(uri.toString());
      fire();
    }),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0 && isExperimentFile(document.uri)) fire();
    }),
  ];
  return {
    onDidChange: changed.event,
    dispose: () => subscriptions.forEach((subscription) => subscription.dispose()),
    list: async () => {
      const found = await vscode.workspace.findFiles(EXPERIMENT_PATTERN, LEFT_OUT, MOST_FILES);
      return found.sort((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
    },
    read: async (uri) => {
      const source = await openSource(uri);
      if (!source) return undefined;
      const known = cache.get(uri.toString());
      const stamp = `${source.stamp} ${pathRulesOf(uri).allowOutside}`;
      if (known?.stamp === stamp) return known.entry;
      recipes ??= import('../editing/loadRecipes').then(({ loadRecipes }) => loadRecipes(root, log));
      const entry = Promise.all([recipes, source.text()]).then(([book, text]) => parseEntry(uri, text, book));
      cache.set(uri.toString(), { stamp, entry });
      return entry;
    },
  };
}

async function parseEntry(uri: vscode.Uri, text: string, recipes: RecipeBook): Promise<CatalogEntry> {
  const { parseExperiment } = await import('../../shared/experiment/parse');
  const parsed = parseExperiment(text, { fileName: uri.fsPath, recipes, pathRules: pathRulesOf(uri) });
  return { uri, parsed, outline: readOutline(uri.fsPath, parsed) };
}

interface Source {
  /** Equal as long as the text is. */
  readonly stamp: string;
  readonly text: () => Promise<string>;
}

/** An open document counts, saved or not. */
async function openSource(uri: vscode.Uri): Promise<Source | undefined> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open) return { stamp: `version ${open.version}`, text: () => Promise.resolve(open.getText()) };
  try {
    const { mtime, size } = await vscode.workspace.fs.stat(uri);
    return {
      stamp: `file ${mtime} ${size}`,
      text: async () => new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)),
    };
  } catch {
    // It went away between being listed and being read.
    return undefined;
  }
}
