/**
 * Editing of experiment files: validation, completion, hover, quick fixes, hints, ids, outline, folding, links. Here each is
 * registered; the parser behind them is loaded when the first experiment file is open, so that starting costs nothing.
 * All of it only reads text and headers of weight files, as data, and so works in untrusted workspaces.
 */
import * as vscode from 'vscode';
import type { Log } from '../log';
import type { ExperimentEditor } from './experimentEditor';
import { experimentSelector } from './experimentFiles';
import { LiveDiagnostics } from './liveDiagnostics';

/** Returns what checks the open files, for others to follow. */
export function registerEditing(context: vscode.ExtensionContext, log: Log): LiveDiagnostics {
  let loading: Promise<ExperimentEditor> | undefined;
  const editor = (): Promise<ExperimentEditor> => (loading ??= loadEditor(context.extensionUri, log));
  const diagnostics = new LiveDiagnostics(editor, log);
  context.subscriptions.push(
    diagnostics,
    ...registerWriting(editor),
    ...registerReading(editor),
    ...registerNavigation(editor),
  );
  return diagnostics;
}

async function loadEditor(extension: vscode.Uri, log: Log): Promise<ExperimentEditor> {
  const [{ ExperimentEditor: Editor }, { loadRecipes }] = await Promise.all([
    import('./experimentEditor'),
    import('./loadRecipes'),
  ]);
  const recipes = await loadRecipes(extension, log).catch((error: unknown) => {
    log.error('cannot read the recipes; experiment files are checked without them', error);
    return new Map();
  });
  return new Editor(recipes);
}

type Editor = () => Promise<ExperimentEditor>;

function registerWriting(editor: Editor): vscode.Disposable[] {
  const { languages } = vscode;
  const triggers = [' ', ':', '-', '\n', '"', "'", '/', '['];
  return [
    languages.registerCompletionItemProvider(
      experimentSelector,
      { provideCompletionItems: async (document, position) => (await editor()).complete(document, position) },
      ...triggers,
    ),
    languages.registerCodeActionsProvider(
      experimentSelector,
      { provideCodeActions: async (document, range, found) => (await editor()).codeActions(document, range, found) },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
    languages.registerRenameProvider(experimentSelector, {
      prepareRename: async (document, position) => (await editor()).prepareRename(document, position),
      provideRenameEdits: async (document, position, name) => (await editor()).rename(document, position, name),
    }),
  ];
}

function registerReading(editor: Editor): vscode.Disposable[] {
  const { languages } = vscode;
  return [
    languages.registerHoverProvider(experimentSelector, {
      provideHover: async (document, position) => (await editor()).hover(document, position),
    }),
    languages.registerInlayHintsProvider(experimentSelector, {
      provideInlayHints: async (document, range) => (await editor()).inlayHints(document, range),
    }),
    languages.registerFoldingRangeProvider(experimentSelector, {
      provideFoldingRanges: async (document) => (await editor()).folding(document),
    }),
  ];
}

function registerNavigation(editor: Editor): vscode.Disposable[] {
  const { languages } = vscode;
  return [
    languages.registerDefinitionProvider(experimentSelector, {
      provideDefinition: async (document, position) => (await editor()).definition(document, position),
    }),
    languages.registerReferenceProvider(experimentSelector, {
      provideReferences: async (document, position, { includeDeclaration }) =>
        (await editor()).references(document, position, includeDeclaration),
    }),
    languages.registerDocumentSymbolProvider(experimentSelector, {
      provideDocumentSymbols: async (document) => (await editor()).symbols(document),
    }),
    languages.registerDocumentLinkProvider(experimentSelector, {
      provideDocumentLinks: async (document) => (await editor()).links(document),
    }),
  ];
}
