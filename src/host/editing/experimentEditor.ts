/**
 * Answers what the editor asks about one experiment file, in its own types. The answers come from src/shared/editing; each
 * version of a document is read once. Left out: when to ask (registerEditing, liveDiagnostics).
 */
import * as vscode from 'vscode';
import type { ParsedExperiment } from '../../shared/experiment/parse';
import type { RecipeBook } from '../../shared/experiment/recipe';
import type { Experiment } from '../../shared/experiment/schema';
import { complete, type Completion } from '../../shared/editing/completion';
import { completeSplits } from '../../shared/editing/folderSplits';
import { documentSymbols, type OutlineSymbol } from '../../shared/editing/documentSymbols';
import { foldingRanges } from '../../shared/editing/foldingRanges';
import { hover } from '../../shared/editing/hover';
import { definitionAt, idAt, referencesAt, renameAt } from '../../shared/editing/identifiers';
import { inlayHints } from '../../shared/editing/inlayHints';
import { completePaths, findPathUses } from '../../shared/editing/pathUses';
import { isJson, quickFixes } from '../../shared/editing/quickFixes';
import { SourceTree } from '../../shared/editing/sourceTree';
import { validate } from '../../shared/editing/validation';
import { completePrefixes, type PrefixRequest } from '../../shared/editing/weightsPrefixes';
import { weightsAt } from '../../shared/editing/weightsUse';
import { pathRulesOf, rangeOf, resolvePath } from './experimentFiles';
import { ProblemDiagnostics, type DiskNews } from './problemDiagnostics';
import { hoverCommand, WeightsNews } from './weightsNews';

interface Reading {
  readonly version: number;
  /** Settings may change while the text does not. */
  readonly allowOutside: boolean;
  parsed?: ParsedExperiment;
  /** As it resolved, whether or not its weights fit. */
  experiment?: Experiment;
  tree?: SourceTree;
}

export class ExperimentEditor {
  private readonly disk: DiskNews = new Map();
  private readonly weights = new WeightsNews();
  private readonly readings = new WeakMap<vscode.TextDocument, Reading>();

  constructor(private readonly recipes: RecipeBook) {}

  private parsed(document: vscode.TextDocument): ParsedExperiment {
    const reading = this.reading(document);
    reading.parsed ??= validate(document.getText(), {
      fileName: document.uri.path.slice(document.uri.path.lastIndexOf('/') + 1),
      recipes: this.recipes,
      pathRules: pathRulesOf(document.uri),
      weightsOf: (experiment) => {
        reading.experiment = experiment;
        return this.weights.facts(document, experiment);
      },
    });
    return reading.parsed;
  }

  problems(document: vscode.TextDocument): ProblemDiagnostics {
    return new ProblemDiagnostics(this.parsed(document), document, this.disk);
  }

  private async prefixes(document: vscode.TextDocument, request: PrefixRequest): Promise<Completion[]> {
    const look = await this.weights.lookAtFile(document, request.weights);
    return look.kind === 'weights' ? completePrefixes(request, look.weights) : [];
  }

  /** Looks into the weights that the document imports; says whether its problems are different now. */
  async lookIntoWeights(document: vscode.TextDocument): Promise<boolean> {
    this.parsed(document);
    const reading = this.reading(document);
    const changed = reading.experiment !== undefined && (await this.weights.look(document, reading.experiment));
    if (changed) delete reading.parsed;
    return changed;
  }

  private tree(document: vscode.TextDocument): SourceTree {
    const reading = this.reading(document);
    reading.tree ??= new SourceTree(document.getText());
    return reading.tree;
  }

  async complete(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.CompletionItem[]> {
    const list = complete(document.getText(), document.offsetAt(position), {
      recipes: this.recipes,
      json: isJson(document.uri.path),
    });
    // Made before the wait: the document may change while the folder is read.
    const range = rangeOf(document, list);
    const inFolder = list.paths
      ? completePaths(list.paths, await listFolder(document, list.paths.folder))
      : list.splits
        ? completeSplits(list.splits, await listFolder(document, list.splits.folder))
        : list.prefixes
          ? await this.prefixes(document, list.prefixes)
          : [];
    return [...list.items, ...inFolder].map((item, index) => completionItem(item, range, index));
  }

  async hover(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Hover | undefined> {
    const tree = this.tree(document);
    const found = hover(tree, document.offsetAt(position), this.recipes);
    if (!found) return undefined;
    // Made before the wait: the document may change while the file is read.
    const range = rangeOf(document, found);
    const use = weightsAt(tree, document.offsetAt(position));
    const about = use && (await this.weights.describe(document, use));
    const markdown = about === undefined ? found.markdown : `${about}\n\n---\n\n${found.markdown}`;
    const text = new vscode.MarkdownString(markdown);
    if (about !== undefined) text.isTrusted = { enabledCommands: [hoverCommand] };
    return new vscode.Hover(text, range);
  }

  codeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    { diagnostics }: vscode.CodeActionContext,
  ): vscode.CodeAction[] {
    const touched = { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
    return quickFixes(this.parsed(document), touched).map(({ title, edits, problem, preferred }) => {
      const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
      action.edit = new vscode.WorkspaceEdit();
      for (const edit of edits) action.edit.replace(document.uri, rangeOf(document, edit), edit.newText);
      const start = document.positionAt(problem.range.start.offset);
      action.diagnostics = diagnostics.filter(
        ({ code, range: at }) => code === problem.code && at.start.isEqual(start),
      );
      action.isPreferred = preferred;
      return action;
    });
  }

  inlayHints(document: vscode.TextDocument, range: vscode.Range): vscode.InlayHint[] {
    const part = { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
    return inlayHints(this.parsed(document), part).map(({ offset, label, tooltip }) => {
      const hint = new vscode.InlayHint(document.positionAt(offset), label);
      hint.paddingLeft = true;
      hint.tooltip = tooltip;
      return hint;
    });
  }

  definition(document: vscode.TextDocument, position: vscode.Position): vscode.Location | undefined {
    const place = definitionAt(this.tree(document), document.offsetAt(position));
    return place && new vscode.Location(document.uri, rangeOf(document, place));
  }

  references(document: vscode.TextDocument, position: vscode.Position, withDeclaration: boolean): vscode.Location[] {
    return referencesAt(this.tree(document), document.offsetAt(position))
      .filter(({ role }) => withDeclaration || role === 'use')
      .map((place) => new vscode.Location(document.uri, rangeOf(document, place)));
  }

  prepareRename(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): { range: vscode.Range; placeholder: string } {
    const id = idAt(this.tree(document), document.offsetAt(position));
    // The editor shows the message of the error where the rename was asked for.
    if (!id) throw new Error('Only ids of data, pretrainings and transfers can be renamed.');
    return { range: rangeOf(document, id), placeholder: id.name };
  }

  rename(document: vscode.TextDocument, position: vscode.Position, newName: string): vscode.WorkspaceEdit {
    const renaming = renameAt(this.tree(document), document.offsetAt(position), newName);
    if ('refusal' in renaming) throw new Error(renaming.refusal);
    const edit = new vscode.WorkspaceEdit();
    for (const { newText, ...span } of renaming.edits) edit.replace(document.uri, rangeOf(document, span), newText);
    return edit;
  }

  symbols(document: vscode.TextDocument): vscode.DocumentSymbol[] {
    return documentSymbols(this.tree(document)).map((symbol) => documentSymbol(document, symbol));
  }

  folding(document: vscode.TextDocument): vscode.FoldingRange[] {
    return foldingRanges(this.tree(document)).map(
      ({ startLine, endLine, kind }) =>
        new vscode.FoldingRange(startLine, endLine, kind === 'comment' ? vscode.FoldingRangeKind.Comment : undefined),
    );
  }

  links(document: vscode.TextDocument): vscode.DocumentLink[] {
    return findPathUses(this.tree(document)).flatMap((use) => {
      const target = resolvePath(document, use.paths[0]!);
      if (!target) return [];
      const reveal = vscode.Uri.parse(`command:revealInExplorer?${encodeURIComponent(JSON.stringify([target]))}`);
      const link = new vscode.DocumentLink(rangeOf(document, use), use.kind === 'folder' ? reveal : target);
      link.tooltip = use.kind === 'folder' ? 'Show in the explorer' : 'Open';
      return [link];
    });
  }

  private reading(document: vscode.TextDocument): Reading {
    const known = this.readings.get(document);
    const { allowOutside } = pathRulesOf(document.uri);
    if (known?.version === document.version && known.allowOutside === allowOutside) return known;
    const reading: Reading = { version: document.version, allowOutside };
    this.readings.set(document, reading);
    return reading;
  }
}

async function listFolder(
  document: vscode.TextDocument,
  folder: string,
): Promise<{ readonly name: string; readonly isFolder: boolean }[]> {
  const uri = resolvePath(document, folder.replace(/\/$/, '') || '.');
  if (!uri) return [];
  try {
    const entries = await vscode.workspace.fs.readDirectory(uri);
    return entries.map(([name, type]) => ({ name, isFolder: (type & vscode.FileType.Directory) !== 0 }));
  } catch {
    // A folder that is not there has nothing to offer.
    return [];
  }
}

const completionKinds: Readonly<Record<Completion['kind'], vscode.CompletionItemKind>> = {
  key: vscode.CompletionItemKind.Property,
  word: vscode.CompletionItemKind.EnumMember,
  reference: vscode.CompletionItemKind.Reference,
  recipe: vscode.CompletionItemKind.Struct,
  layer: vscode.CompletionItemKind.Class,
  value: vscode.CompletionItemKind.Value,
  file: vscode.CompletionItemKind.File,
  folder: vscode.CompletionItemKind.Folder,
};

function completionItem(from: Completion, range: vscode.Range, index: number): vscode.CompletionItem {
  const item = new vscode.CompletionItem({ label: from.label, description: from.detail }, completionKinds[from.kind]);
  item.insertText = new vscode.SnippetString(from.snippet);
  item.range = range;
  item.filterText = from.filter;
  item.sortText = String(index).padStart(4, '0');
  if (from.documentation) item.documentation = new vscode.MarkdownString(from.documentation);
  if (from.thenComplete) item.command = { command: 'editor.action.triggerSuggest', title: 'Suggest' };
  return item;
}

const symbolKinds: Readonly<Record<OutlineSymbol['kind'], vscode.SymbolKind>> = {
  section: vscode.SymbolKind.Module,
  data: vscode.SymbolKind.File,
  pretraining: vscode.SymbolKind.Class,
  transfer: vscode.SymbolKind.Method,
  analysis: vscode.SymbolKind.Function,
  setting: vscode.SymbolKind.Property,
};

function documentSymbol(document: vscode.TextDocument, from: OutlineSymbol): vscode.DocumentSymbol {
  const symbol = new vscode.DocumentSymbol(
    from.name,
    from.detail,
    symbolKinds[from.kind],
    rangeOf(document, from),
    rangeOf(document, from.selection),
  );
  symbol.children = from.children.map((child) => documentSymbol(document, child));
  return symbol;
}
