/** As much of VS Code's API as editing experiment files takes, in memory: documents, events, diagnostics, a disk. */
import path from 'node:path';

export class Position {
  constructor(
    readonly line: number,
    readonly character: number,
  ) {}
  isEqual({ line, character }: Position): boolean {
    return line === this.line && character === this.character;
  }
}

export class Range {
  constructor(
    readonly start: Position,
    readonly end: Position,
  ) {}
}

export class Uri {
  private constructor(
    readonly path: string,
    readonly scheme = 'file',
  ) {}
  static file = (file: string) => new Uri(file);
  static parse = (text: string) => new Uri(text);
  static inMemory = (file: string) => new Uri(file, 'memory');
  static joinPath = ({ path: base, scheme }: Uri, ...parts: string[]) =>
    new Uri(path.posix.join(base, ...parts), scheme);
  get fsPath(): string {
    return this.path;
  }
  toString = () => `${this.scheme}://${this.path}`;
}

export class Diagnostic {
  source?: string;
  code?: string;
  tags?: number[];
  constructor(
    readonly range: Range,
    readonly message: string,
    readonly severity: number,
  ) {}
}

export class FileSystemError extends Error {
  readonly code = 'FileNotFound';
}

export class CompletionItem {
  constructor(
    readonly label: { label: string },
    readonly kind: number,
  ) {}
}
export class SnippetString {
  constructor(readonly value: string) {}
}
export class MarkdownString extends SnippetString {}
export class Hover {
  constructor(
    readonly contents: MarkdownString,
    readonly range: Range,
  ) {}
}
export class WorkspaceEdit {
  readonly edits: { range: Range; newText: string }[] = [];
  replace = (_: Uri, range: Range, newText: string) => void this.edits.push({ range, newText });
}
export class CodeAction {
  edit?: WorkspaceEdit;
  constructor(readonly title: string) {}
}

const names = (...all: string[]) => Object.fromEntries(all.map((name, index) => [name, index]));
export const DiagnosticSeverity = names('Error', 'Warning', 'Information');
export const DiagnosticTag = { Unnecessary: 1 };
export const FileType = { File: 1, Directory: 2 };
export const CodeActionKind = { QuickFix: 'quickfix' };
export const SymbolKind = names('Module', 'File', 'Class', 'Method', 'Property');
export const CompletionItemKind = names(
  'Property',
  'EnumMember',
  'Reference',
  'Struct',
  'Class',
  'Value',
  'File',
  'Folder',
);

/** A document that can be typed into. */
export class FakeDocument {
  version = 1;
  isClosed = false;
  readonly isUntitled = false;
  constructor(
    readonly uri: Uri,
    private text: string,
  ) {}
  getText = () => this.text;
  positionAt(offset: number): Position {
    const lines = this.text.slice(0, offset).split('\n');
    return new Position(lines.length - 1, lines.at(-1)!.length);
  }
  offsetAt({ line, character }: Position): number {
    return this.text.split('\n').slice(0, line).join('\n').length + (line > 0 ? 1 : 0) + character;
  }
  type(text: string): void {
    this.text = text;
    this.version++;
    emit('onDidChangeTextDocument', { document: this, contentChanges: [{}] });
  }
  close(): void {
    this.isClosed = true;
    emit('onDidCloseTextDocument', this);
  }
}

type Listener = (event: unknown) => void;
const listeners = new Map<string, Set<Listener>>();
const event = (name: string) => (listener: Listener) => {
  listeners.set(name, (listeners.get(name) ?? new Set()).add(listener));
  return { dispose: () => listeners.get(name)?.delete(listener) };
};
export function emit(name: string, value: unknown): void {
  listeners.get(name)?.forEach((listener) => listener(value));
}

export class EventEmitter<T> {
  private readonly listeners = new Set<(value: T) => void>();
  event = (listener: (value: T) => void) => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };
  fire = (value: T) => this.listeners.forEach((listener) => listener(value));
  dispose = () => this.listeners.clear();
}

/** Paths of the files that there are. */
export const disk = new Set<string>();
/** Settings that are not as they are by default. */
export const configuration = new Map<string, unknown>();
/** Every state that was shown, by path of the document. */
export const shown: { readonly path: string; readonly diagnostics: readonly Diagnostic[] }[] = [];

const eventNames = [
  ...['onDidOpenTextDocument', 'onDidChangeTextDocument', 'onDidCloseTextDocument', 'onDidSaveTextDocument'],
  ...['onDidCreateFiles', 'onDidDeleteFiles', 'onDidRenameFiles', 'onDidChangeWorkspaceFolders'],
  'onDidChangeConfiguration',
];
/** Events of files that others write; by what happened. */
const watcher = () => ({
  ...Object.fromEntries(['onDidCreate', 'onDidChange', 'onDidDelete'].map((name) => [name, event(`watched ${name}`)])),
  dispose: () => undefined,
});
export const workspace = {
  textDocuments: [] as FakeDocument[],
  getConfiguration: () => ({ get: (key: string) => configuration.get(key) }),
  folder: '/project',
  getWorkspaceFolder: () => ({ uri: Uri.file(workspace.folder) }),
  createFileSystemWatcher: watcher,
  fs: {
    stat: async ({ path: file }: Uri) => {
      if (!disk.has(file)) throw new FileSystemError(file);
      return { type: FileType.File };
    },
    readDirectory: async ({ path: folder }: Uri) =>
      [...disk]
        .filter((file) => path.posix.dirname(file) === folder)
        .map((file) => [path.posix.basename(file), FileType.File]),
  },
  ...Object.fromEntries(eventNames.map((name) => [name, event(name)])),
};
export const languages = {
  match: (_: unknown, { uri }: FakeDocument) => Number(/\.transfer\.(ya?ml|json)$/.test(uri.path)),
  createDiagnosticCollection: () => ({
    set: ({ path: file }: Uri, diagnostics: Diagnostic[]) => void shown.push({ path: file, diagnostics }),
    delete: ({ path: file }: Uri) => void shown.push({ path: file, diagnostics: [] }),
    dispose: () => undefined,
  }),
};
