import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as vscode from 'vscode';
import { ExperimentEditor } from '../../../../src/host/editing/experimentEditor';
import { LiveDiagnostics } from '../../../../src/host/editing/liveDiagnostics';
import { base, spoil } from '../../shared/experiment/problemsOf';
import { readRecipes } from '../../shared/experiment/recipeBook';
import {
  type CompletionItem,
  configuration,
  disk,
  emit,
  FakeDocument,
  FileSystemError,
  Position,
  Range,
  shown,
  Uri,
  workspace,
} from './fakeVscode';

vi.mock('vscode', () => import('./fakeVscode'));

const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn(), show: vi.fn() };
const recipes = readRecipes();
const as = (document: FakeDocument) => document as unknown as vscode.TextDocument;
const imported = spoil(['{ id: random }', '{ id: random }\n  - { id: mine, weights: "weights/{seed}.safetensors" }']);
let live: LiveDiagnostics;
let editor: ExperimentEditor;
let document: FakeDocument;

/** Lets timers and what waits on them go on. */
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const codes = () => shown.at(-1)?.diagnostics.map(({ code }) => code);

beforeEach(() => {
  vi.useFakeTimers();
  shown.length = 0;
  disk.clear();
  configuration.clear();
  document = new FakeDocument(Uri.file('/project/deep/x.transfer.yaml'), base);
  workspace.textDocuments = [document];
  editor = new ExperimentEditor(recipes);
  live = new LiveDiagnostics(() => Promise.resolve(editor), log);
});
afterEach(() => {
  live.dispose();
  vi.useRealTimers();
  expect(log.error).not.toHaveBeenCalled();
});

describe('diagnostics', () => {
  it('of files open at the start come at once, and are exact', async () => {
    await pass(0);
    expect(shown).toEqual([{ path: document.uri.path, diagnostics: [] }]);
    document.type(spoil(['method: moco', 'methd: moco']));
    await pass(60);
    const [diagnostic] = shown.at(-1)!.diagnostics;
    expect(diagnostic).toMatchObject({ code: 'unknown-key', source: 'transferscope', severity: 0 });
    expect(diagnostic!.range).toEqual(new Range(new Position(8, 4), new Position(8, 9)));
  });

  it('come once for fast typing', async () => {
    await pass(0);
    for (const name of ['m', 'me', 'met']) {
      document.type(spoil(['method: moco', `${name}: moco`]));
      await pass(20);
    }
    expect(shown).toHaveLength(1);
    await pass(60);
    expect(shown).toHaveLength(2);
  });

  it('come during typing that never pauses, too', async () => {
    await pass(0);
    for (let key = 0; key < 30; key++) {
      document.type(spoil(['method: moco', `method${key}: moco`]));
      await pass(20);
    }
    // 600 ms of typing: at 250 ms and at 500 ms.
    expect(shown).toHaveLength(3);
    await pass(60);
    expect(shown).toHaveLength(4);
  });

  it('are announced by version', async () => {
    const versions: number[] = [];
    live.onDidCheck(({ version }) => versions.push(version));
    await pass(0);
    document.type(spoil(['method: moco', 'methd: moco']));
    await pass(60);
    expect(versions).toEqual([1, 2]);
  });

  it('go away with the document, also while it waits to be read', async () => {
    document.type('name: [');
    document.close();
    await pass(100);
    expect(shown).toEqual([{ path: document.uri.path, diagnostics: [] }]);
  });

  it('leave other files alone', async () => {
    const other = new FakeDocument(Uri.file('/project/other.yaml'), 'name: [');
    other.type('name: {');
    await pass(100);
    expect(shown.map(({ path }) => path)).toEqual([document.uri.path]);
  });
});

describe('files that are named', () => {
  it('are missed until they are there', async () => {
    disk.add('/project/deep/weights/0.safetensors');
    document.type(imported);
    await pass(60);
    expect(codes()).toEqual(['missing-file']);
    expect(shown.at(-1)!.diagnostics[0]!.message).toContain('weights/1.safetensors is not there');
    disk.add('/project/deep/weights/1.safetensors');
    emit('onDidCreateFiles', {});
    await pass(0);
    expect(codes()).toEqual([]);
  });

  it('do not flicker while typing goes on', async () => {
    document.type(imported);
    await pass(60);
    const before = shown.length;
    document.type(`${imported}# more`);
    await pass(60);
    expect(shown).toHaveLength(before + 1);
    expect(codes()).toEqual(['missing-file']);
  });

  it('are not reported for a version that is past', async () => {
    vi.spyOn(workspace.fs, 'stat').mockImplementationOnce(() => {
      document.type(base);
      return Promise.reject(new FileSystemError());
    });
    document.type(imported);
    await pass(100);
    expect(shown.flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
  });
});

describe('a path outside the workspace', () => {
  it('is an error unless the settings allow it', async () => {
    document.type(spoil(['{ id: random }', '{ id: random }\n  - { id: mine, weights: "/elsewhere/{seed}.pth" }']));
    await pass(60);
    expect(codes()).toEqual(['bad-path']);
    configuration.set('allowOutsidePaths', true);
    emit('onDidChangeConfiguration', { affectsConfiguration: () => true });
    await pass(0);
    expect(codes()).toEqual([]);
  });
});

describe('the editor', () => {
  it('completes paths from the folder', async () => {
    disk.add('/project/deep/weights/a.safetensors');
    const text = spoil(['{ id: random }', '{ id: random }\n  - { id: mine, weights: weights/ }']);
    const file = new FakeDocument(document.uri, text);
    const position = file.positionAt(text.indexOf('weights/ }') + 'weights/'.length) as vscode.Position;
    const items = (await editor.complete(as(file), position)) as unknown as CompletionItem[];
    expect(items.map(({ label }) => label.label)).toEqual(['a.safetensors']);
  });

  it('ties quick fixes to their diagnostics', async () => {
    const file = new FakeDocument(document.uri, spoil(['method: moco', 'methd: moco']));
    const diagnostics = editor.problems(as(file)).list();
    const [action] = editor.codeActions(as(file), diagnostics[0]!.range, {
      diagnostics,
    } as unknown as vscode.CodeActionContext);
    expect(action).toMatchObject({ title: 'Change to method', isPreferred: true, diagnostics });
  });
});
