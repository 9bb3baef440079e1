/**
 * The problems of one version of an experiment file as the editor's diagnostics, with the files and folders that it names
 * but that are not there. What the disk said last is shown until it has been asked again, so that nothing flickers.
 */
import * as vscode from 'vscode';
import type { ParsedExperiment } from '../../shared/experiment/parse';
import { findPathUses, type PathUse } from '../../shared/editing/pathUses';
import { toDiagnostic, type Diagnostic } from '../../shared/editing/validation';
import { rangeOf, resolvePath } from './experimentFiles';

/** What is wrong with a file or folder, by kind and address; empty when nothing is. Shared by all versions of all files. */
export type DiskNews = Map<string, string>;

const severities: Readonly<Record<Diagnostic['severity'], vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
};

export class ProblemDiagnostics {
  private readonly found: readonly vscode.Diagnostic[];
  private readonly uses: readonly PathUse[];
  private readonly ranges: readonly vscode.Range[];

  constructor(
    { problems, document: written }: ParsedExperiment,
    private readonly document: vscode.TextDocument,
    private readonly disk: DiskNews,
  ) {
    this.found = problems.map((problem) => {
      const diagnostic = toDiagnostic(problem);
      return this.make(rangeOf(document, diagnostic), diagnostic);
    });
    this.uses = findPathUses(written);
    // Found now: the document may change while the disk is asked.
    this.ranges = this.uses.map((use) => rangeOf(document, use));
  }

  /** Everything known so far. */
  list(): vscode.Diagnostic[] {
    return [...this.found, ...this.uses.flatMap((use, index) => this.missing(use, this.ranges[index]!))];
  }

  /** Asks the disk; says whether anything is different from what was known. */
  async lookForFiles(): Promise<boolean> {
    const changes = this.uses.flatMap(({ paths, kind }) =>
      paths.map(async (path) => {
        const uri = resolvePath(this.document, path);
        if (!uri) return false;
        const news = await whatIsWrong(uri, kind);
        const key = keyOf(uri, kind);
        const changed = (this.disk.get(key) ?? '') !== news;
        this.disk.set(key, news);
        return changed;
      }),
    );
    return (await Promise.all(changes)).includes(true);
  }

  private missing({ paths, kind, what }: PathUse, range: vscode.Range): vscode.Diagnostic[] {
    for (const path of paths) {
      const uri = resolvePath(this.document, path);
      const news = uri && this.disk.get(keyOf(uri, kind));
      if (!news) continue;
      const message = `The ${what} ${path} ${news}; the path is relative to this file.`;
      return [this.make(range, { severity: 'warning', code: 'missing-file', message, unnecessary: false })];
    }
    return [];
  }

  private make(range: vscode.Range, from: Omit<Diagnostic, 'start' | 'end'>): vscode.Diagnostic {
    const diagnostic = new vscode.Diagnostic(range, from.message, severities[from.severity]);
    diagnostic.source = 'transferscope';
    diagnostic.code = from.code;
    if (from.unnecessary) diagnostic.tags = [vscode.DiagnosticTag.Unnecessary];
    return diagnostic;
  }
}

function keyOf(uri: vscode.Uri, kind: PathUse['kind']): string {
  return `${kind} ${uri.toString()}`;
}

async function whatIsWrong(uri: vscode.Uri, kind: PathUse['kind']): Promise<string> {
  try {
    const { type } = await vscode.workspace.fs.stat(uri);
    const isFolder = (type & vscode.FileType.Directory) !== 0;
    if (isFolder === (kind === 'folder')) return '';
    return isFolder ? 'is a folder' : 'is a file, not a folder';
  } catch (error) {
    // A disk that cannot be asked says nothing about the file.
    return error instanceof vscode.FileSystemError && error.code === 'FileNotFound' ? 'is not there' : '';
  }
}
