/** Which documents are experiment files, and where the paths that they name lead. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { Span } from '../../shared/editing/sourceTree';
import { wayOutside, type PathRules } from '../../shared/experiment/resolveData';
import { settings } from '../settings';

/** By language, or by name where another extension has claimed YAML. */
export const experimentSelector: vscode.DocumentSelector = [
  { language: 'transferscope-experiment' },
  { pattern: '**/*.transfer.{yaml,yml,json}' },
];

export function isExperiment(document: vscode.TextDocument): boolean {
  return vscode.languages.match(experimentSelector, document) > 0;
}

/** How far `..` may climb: to the workspace folder, or anywhere if the user says so. */
export function pathRulesOf(uri: vscode.Uri): PathRules {
  const allowOutside = settings.allowOutsidePaths(uri);
  const folder = vscode.workspace.getWorkspaceFolder(uri)?.uri;
  if (!folder || !uri.path.startsWith(`${folder.path}/`)) return { allowOutside };
  return { allowOutside, depth: uri.path.slice(folder.path.length + 1).split('/').length - 1 };
}

/** Where a document is. */
export type DocumentPlace = Pick<vscode.TextDocument, 'uri' | 'isUntitled'>;

/** Where a path of an experiment file leads; undefined for absolute paths, which are problems of their own. */
export function resolvePath(document: DocumentPlace, written: string): vscode.Uri | undefined {
  const variable = '${workspaceFolder}';
  if (written.startsWith(variable)) {
    const folder = vscode.workspace.getWorkspaceFolder(document.uri)?.uri;
    return folder && vscode.Uri.joinPath(folder, written.slice(variable.length));
  }
  if (document.isUntitled || /^([/\\~]|[A-Za-z]:)/.test(written)) return undefined;
  return vscode.Uri.joinPath(document.uri, '..', written);
}

/** The same on this machine's disk; undefined in virtual workspaces, and for paths that may not be read from here. */
export function diskPathOf(document: DocumentPlace, written: string): string | undefined {
  if (document.uri.scheme !== 'file' || wayOutside(written, pathRulesOf(document.uri))) return undefined;
  if (path.isAbsolute(written)) return written;
  const uri = resolvePath(document, written);
  return uri?.scheme === 'file' ? uri.fsPath : undefined;
}

export function rangeOf(document: vscode.TextDocument, { start, end }: Span): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}
