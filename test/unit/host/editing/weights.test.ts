/** Imported weights in the editor: real files on a disk, in an editor that is not. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as vscode from 'vscode';
import { ExperimentEditor } from '../../../../src/host/editing/experimentEditor';
import { LiveDiagnostics } from '../../../../src/host/editing/liveDiagnostics';
import { WeightFiles } from '../../../../src/host/editing/weightFiles';
import type { BackboneConfig } from '../../../../src/shared/experiment/layers';
import { backboneShapes } from '../../../../src/shared/weights/fitBackbone';
import { encodeCheckpoint, encodeHead } from '../../../support/weightFiles';
import { readRecipes } from '../../shared/experiment/recipeBook';
import {
  type CompletionItem,
  configuration,
  type Diagnostic,
  emit,
  FakeDocument,
  type Hover,
  shown,
  Uri,
  workspace,
} from './fakeVscode';

vi.mock('vscode', () => import('./fakeVscode'));

const resnet18: BackboneConfig = { name: 'resnet18', width: 4, stem: 'small', dilate: [false, false, false] };
const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn(), show: vi.fn() };
const recipes = readRecipes();

function experimentOf(weights: string, backbone = 'resnet18', rest = ''): string {
  return `name: imports
backbone: { name: ${backbone}, width: 4, stem: small }
seeds: [0, 1]
data:
  emoji: { kind: emoji }
pretrainings:
  - { id: random }
  - { id: mine, weights: "${weights}"${rest} }
transfers:
  - { id: probe, task: linear-probe, data: emoji }
`;
}

let folder: string;
let document: FakeDocument;
let editor: ExperimentEditor;
let live: LiveDiagnostics;

const at = (name: string) => path.join(folder, name);
const checkpoint = (backbone = resnet18, prefix = '') => encodeCheckpoint(backboneShapes(backbone), prefix);
const last = (): readonly Diagnostic[] =>
  (shown.at(-1)?.diagnostics ?? []).filter(({ code }) => /weights$/.test(String(code)));
const codes = () => last().map(({ code }) => code);

async function hoverAt(text: string, words: string, uri = Uri.file(at('deep/x.transfer.yaml'))): Promise<string> {
  const file = new FakeDocument(uri, text);
  const position = file.positionAt(text.indexOf(words) + 1) as vscode.Position;
  const found = (await editor.hover(file as unknown as vscode.TextDocument, position)) as unknown as Hover | undefined;
  return found?.contents.value ?? '';
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'transferscope-hover-'));
  mkdirSync(at('deep/w'), { recursive: true });
  workspace.folder = folder;
  shown.length = 0;
  configuration.clear();
  document = new FakeDocument(Uri.file(at('deep/x.transfer.yaml')), experimentOf('w/a.safetensors'));
  workspace.textDocuments = [document];
  editor = new ExperimentEditor(recipes);
  live = new LiveDiagnostics(() => Promise.resolve(editor), log);
});
afterEach(() => {
  live.dispose();
  rmSync(folder, { recursive: true });
  expect(log.error).not.toHaveBeenCalled();
});

describe('hovering over the path of weights', () => {
  it('says what the file is and that it fits', async () => {
    writeFileSync(at('deep/w/a.safetensors'), checkpoint(resnet18, 'module.encoder_q.'));
    const text = await hoverAt(experimentOf('w/a.safetensors'), 'w/a.safe');
    expect(text).toMatch(/^\*\*resnet18.*MoCo.* · safetensors/);
    expect(text).toMatch(/120 tensors, 44,912 numbers \(float32, int64\)/);
    expect(text).toContain('behind `module.encoder_q.`');
    expect(text).toMatch(/100 of 100 weights of resnet18 \(width 4, stem small\) matched; it fits/);
    // What the setting itself means is still there.
    expect(text).toContain('Checkpoint to import');
  });

  it('counts what does not fit, and names the first', async () => {
    writeFileSync(at('deep/w/a.safetensors'), checkpoint());
    const text = await hoverAt(experimentOf('w/a.safetensors', 'resnet34'), 'w/a.safe');
    expect(text).toMatch(/100 of 180 weights of resnet34 .* it does not fit: 80 missing/);
    expect(text).toContain('layer1.2.conv1.weight \\[4, 4, 3, 3\\] is missing');
  });

  it('heeds what is said of the names, even where the rest of the file is wrong', async () => {
    writeFileSync(at('deep/w/a.safetensors'), checkpoint(resnet18, 'my.net.'));
    const written = experimentOf('w/a.safetensors').replace('task:', 'tusk:');
    expect(await hoverAt(written, 'w/a.safe')).toContain('try `prefix: my.net.` (100 weights)');
    const said = experimentOf('w/a.safetensors', 'resnet18', ', prefix: my.net.').replace('task:', 'tusk:');
    expect(await hoverAt(said, 'w/a.safe')).toContain('100 of 100');
  });

  it('takes the first seed whose file is there', async () => {
    writeFileSync(at('deep/w/1.safetensors'), checkpoint());
    expect(await hoverAt(experimentOf('w/{seed}.safetensors'), 'w/{seed}')).toContain('this is `w/1.safetensors`');
  });

  it('says why a file can not be imported, with its own words shown as they are', async () => {
    writeFileSync(at('deep/w/a.safetensors'), '![x](https://example.invalid/x.png)');
    const text = await hoverAt(experimentOf('w/a.safetensors'), 'w/a.safe');
    expect(text).toMatch(/^\*\*Cannot be imported\*\*\n\nw\/a\.safetensors is no weight file/);
    expect(text).not.toContain('![x]');
  });

  it('shows names from a file as they are', async () => {
    writeFileSync(at('deep/w/a.safetensors'), checkpoint(resnet18, '`![x](https://example.invalid/x.png)`.'));
    const text = await hoverAt(experimentOf('w/a.safetensors'), 'w/a.safe');
    expect(text).toContain("try `prefix: '![x](https://example.invalid/x.png)'.`");
  });

  it('reads nothing outside the workspace, unless the settings allow it', async () => {
    writeFileSync(at('a.safetensors'), checkpoint());
    workspace.folder = at('deep');
    for (const way of ['../a.safetensors', at('a.safetensors')]) {
      configuration.clear();
      const written = experimentOf(way).replace('task:', 'tusk:');
      expect(await hoverAt(written, 'a.safetensors')).not.toContain('resnet18');
      configuration.set('allowOutsidePaths', true);
      expect(await hoverAt(written, 'a.safetensors')).toContain('100 of 100');
    }
  });

  it('reads nothing for files that are on no disk', async () => {
    writeFileSync(at('deep/w/a.safetensors'), checkpoint());
    const text = await hoverAt(experimentOf('w/a.safetensors'), 'w/a.safe', Uri.inMemory(at('deep/x.transfer.yaml')));
    expect(text).not.toContain('100 of 100');
  });
});

describe('completion for imported weights', () => {
  async function offered(text: string): Promise<string[]> {
    const file = new FakeDocument(document.uri, text.replace('|', ''));
    const position = file.positionAt(text.indexOf('|')) as vscode.Position;
    const items = await editor.complete(file as unknown as vscode.TextDocument, position);
    return (items as unknown as CompletionItem[]).map(({ label }) => label.label);
  }

  it('offers the settings, the families and the encoders', async () => {
    expect(await offered(experimentOf('a.pth', 'resnet18', ', |'))).toEqual(
      expect.arrayContaining(['family', 'prefix', 'encoder']),
    );
    expect(await offered(experimentOf('a.pth', 'resnet18', ', family: |'))).toContain('detectron2');
    expect(await offered(experimentOf('a.pth', 'resnet18', ', encoder: |'))).toEqual(['query', 'key']);
  });

  it('offers the prefixes that are in the file', async () => {
    writeFileSync(at('deep/w/a.safetensors'), checkpoint(resnet18, 'my.net.'));
    expect((await offered(experimentOf('w/a.safetensors', 'resnet18', ', prefix: |')))[0]).toBe('my.net.');
    writeFileSync(at('deep/w/a.safetensors'), checkpoint(resnet18, 'module.encoder_q.'));
    expect(await offered(experimentOf('w/a.safetensors', 'resnet18', ', prefix: mod|'))).toEqual(['module.encoder_q.']);
    expect(await offered(experimentOf('w/none.pth', 'resnet18', ', prefix: |'))).toEqual([]);
  });
});

describe('diagnostics of imported weights', () => {
  it('come at their place, go when the backbone is mended, and follow the file on disk', async () => {
    writeFileSync(at('deep/w/a.safetensors'), checkpoint());
    document.type(experimentOf('w/a.safetensors', 'resnet34'));
    await vi.waitFor(() => expect(codes()).toEqual(['unfit-weights']));
    const [diagnostic] = last();
    expect(diagnostic!.message).toMatch(/^w\/a\.safetensors does not fit resnet34 .*is missing/);
    expect(diagnostic!.range.start).toMatchObject({ line: 7, character: 25 });
    document.type(experimentOf('w/a.safetensors'));
    await vi.waitFor(() => expect(codes()).toEqual([]));
    writeFileSync(at('deep/w/a.safetensors'), checkpoint({ ...resnet18, width: 8 }));
    emit('watched onDidChange', {});
    await vi.waitFor(() => expect(codes()).toEqual(['unfit-weights']));
    expect(last()[0]!.message).toContain('conv1.weight is [8, 3, 3, 3] in the file and [4, 3, 3, 3] in the backbone');
    writeFileSync(at('deep/w/a.safetensors'), checkpoint());
    emit('watched onDidChange', {});
    await vi.waitFor(() => expect(codes()).toEqual([]));
  });

  it('do not flicker while typing goes on', async () => {
    writeFileSync(at('deep/w/a.safetensors'), checkpoint());
    const wrong = experimentOf('w/a.safetensors', 'resnet34');
    document.type(wrong);
    await vi.waitFor(() => expect(codes()).toEqual(['unfit-weights']));
    const before = shown.length;
    document.type(`${wrong}# more`);
    await vi.waitFor(() => expect(shown.length).toBeGreaterThan(before));
    expect(shown.slice(before).map(({ diagnostics }) => diagnostics.map(({ code }) => code))).toEqual([
      expect.arrayContaining(['unfit-weights']),
    ]);
  });

  it('are not made outside the workspace', async () => {
    writeFileSync(at('a.safetensors'), 'nonsense');
    workspace.folder = at('deep');
    document.type(experimentOf('../a.safetensors'));
    await vi.waitFor(() => expect(shown.at(-1)!.diagnostics.map(({ code }) => code)).toContain('bad-path'));
    expect(codes()).toEqual([]);
  });
});

describe('looking into weight files', () => {
  it('reads the header of a large file, not the file', async () => {
    const big = at('big.safetensors');
    const resnet50 = backboneShapes({ ...resnet18, name: 'resnet50', width: 64, stem: 'imagenet' });
    const bytes = encodeHead(resnet50);
    writeFileSync(big, bytes.head);
    truncateSync(big, bytes.size);
    expect(bytes.size).toBeGreaterThan(9e7);
    const files = new WeightFiles({ bytes: 100_000, tensors: 1000, milliseconds: 5000 });
    const look = await files.look(big, 'big');
    expect(look.kind === 'weights' && look.weights.tensors.size).toBe(318);
    expect(await files.look(big, 'big')).toBe(look);
  });

  it('gives up at its limits', async () => {
    writeFileSync(at('a'), checkpoint());
    const lookWith = (limits: object) =>
      new WeightFiles({ bytes: 1e6, tensors: 1000, milliseconds: 5000, ...limits }).look(at('a'), 'a');
    expect(await lookWith({ bytes: 1000 })).toEqual({
      kind: 'unread',
      reason: expect.stringMatching(/more than 1000 bytes/),
    });
    expect(await lookWith({ tensors: 100 })).toEqual({ kind: 'unread', reason: 'it has 120 tensors' });
    expect(await lookWith({ milliseconds: 0 })).toEqual({ kind: 'unread', reason: 'the disk takes too long' });
  });

  it.skipIf(process.platform === 'win32')('waits for no pipe and no folder', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const files = new WeightFiles();
    expect((await files.look(at('pipe'), 'pipe')).kind).toBe('absent');
    expect((await files.look(folder, 'folder')).kind).toBe('absent');
    writeFileSync(at('index.json'), JSON.stringify({ weight_map: { 'conv1.weight': 'pipe' } }));
    expect(await files.look(at('index.json'), 'index.json')).toMatchObject({ kind: 'problem' });
  });

  it('reads a sharded file again when a piece changes', async () => {
    writeFileSync(at('index.json'), JSON.stringify({ weight_map: { 'conv1.weight': 'a.safetensors' } }));
    writeFileSync(at('a.safetensors'), checkpoint());
    const files = new WeightFiles();
    const shape = async () => {
      const look = await files.look(at('index.json'), 'index.json');
      return look.kind === 'weights' ? look.weights.tensors.get('conv1.weight')?.shape[0] : look;
    };
    expect(await shape()).toBe(4);
    writeFileSync(at('a.safetensors'), checkpoint({ ...resnet18, width: 8 }));
    expect(await shape()).toBe(8);
  });
});
