/**
 * The Results view of the side bar: the experiment file that was looked at last beside what its runs have left. Which entry
 * the cursor is in becomes the selection of all panels, and the other way round.
 */
import * as vscode from 'vscode';
import type { ResultsIntent, ResultsModel } from '../../shared/protocol/panels/resultsPanel';
import { entriesAtLine } from '../../shared/views/entriesAtLine';
import { createResultsModel } from '../../shared/views/resultsPanel';
import type { PendingLaunch } from '../../shared/views/runLine';
import type { RunView } from '../../shared/views/runTree';
import { isExperimentFile, type CatalogEntry } from '../runs/experimentCatalog';
import { runsOf } from '../runs/resultsReader';
import { activeLaunches, launchOf, type RunServices } from '../runs/runServices';
import type { Launch } from '../runs/runController';
import { toRunView } from '../views/registerViews';
import { followActiveExperiment, type ActiveExperiment } from './activeExperiment';
import { panelFolder, renderPanelHtml } from './panelHtml';
import type { SharedSelection } from './panelSelection';
import { connectPanel, type PanelSource } from './panelWire';
import { createResultsData } from './resultsData';
import { handleResultsIntent } from './resultsIntents';

export const RESULTS_VIEW = 'transferscope.results';

export function registerResultsView(services: RunServices, selection: SharedSelection): void {
  const { context, log } = services;
  const active = followActiveExperiment(context.workspaceState);
  const provider: vscode.WebviewViewProvider = {
    resolveWebviewView: (view) => {
      const { webview } = view;
      webview.options = { enableScripts: true, localResourceRoots: [panelFolder(context.extensionUri)] };
      const wire = connectPanel({
        webview,
        target: {},
        source: createResultsSource(services, selection, active),
        isVisible: () => view.visible,
        onDidChangeVisibility: view.onDidChangeVisibility,
        log,
      });
      view.onDidDispose(() => wire.dispose());
      // Last: what its script says first must find the wire in place.
      webview.html = renderPanelHtml(webview, context.extensionUri, 'results');
    },
  };
  context.subscriptions.push(
    active,
    vscode.window.registerWebviewViewProvider(RESULTS_VIEW, provider),
    vscode.commands.registerCommand('transferscope.runOnlyThis', (argument: unknown) => {
      const { file, ids } = (argument ?? {}) as { readonly file?: string; readonly ids?: readonly string[] };
      const uri = file === undefined ? undefined : vscode.Uri.parse(file);
      return vscode.commands.executeCommand('transferscope.runOnly', uri, ids);
    }),
  );
}

/** News come with every step of a training; more often than this nobody can read them. */
const NEWS_MS = 300;
/** `5 min ago` grows old by itself. */
const AGE_MS = 60_000;

function createResultsSource(
  services: RunServices,
  selection: SharedSelection,
  active: ActiveExperiment,
): PanelSource<ResultsModel, ResultsIntent> {
  const changed = new vscode.EventEmitter<void>();
  const data = createResultsData(services);
  const cursor = followCursor(services, selection, () => changed.fire());
  let timer: NodeJS.Timeout | undefined;
  const tell = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      changed.fire();
    }, NEWS_MS);
  };
  const renew = (): void => {
    data.invalidate();
    tell();
  };
  const clock = setInterval(tell, AGE_MS);
  const subscriptions = [
    changed,
    cursor,
    { dispose: () => [clearTimeout(timer), clearInterval(clock)] },
    active.onDidChange(() => changed.fire()),
    services.catalog.onDidChange(renew),
    services.onDidChangeRuns(renew),
    services.onDidChangeLaunch(tell),
    vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      if (uris.some((uri) => uri.toString() === active.get()?.toString())) tell();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()),
  ];
  const readEntry = async (): Promise<CatalogEntry | undefined> => {
    const uri = active.get();
    if (!uri) return undefined;
    const entry = await services.catalog.read(uri);
    if (!entry && active.get() === uri) active.forget();
    return entry;
  };
  return {
    onDidChange: changed.event,
    dispose: () => subscriptions.forEach((subscription) => subscription.dispose()),
    read: async () => {
      const entry = await readEntry();
      if (!entry) return { kind: 'empty' };
      const { uri, outline } = entry;
      const { last, pending } = selectLast(services, uri);
      const [onDisk, metrics, seconds] = await Promise.all([data.read(entry), data.curves(last), data.seconds(last)]);
      return createResultsModel({
        file: uri.toString(),
        path: vscode.workspace.asRelativePath(uri),
        outline,
        problems: countProblems(entry),
        ...onDisk,
        last,
        pending,
        seconds,
        metrics,
        cursor: cursor.ids(),
        selection: selection.get(),
        isTrusted: vscode.workspace.isTrusted,
        isOnDisk: uri.scheme === 'file',
        now: new Date(),
      });
    },
    handle: async (intent) => {
      const entry = await readEntry();
      const { last, launch } = entry ? selectLast(services, entry.uri) : {};
      await handleResultsIntent(intent, { services, selection, entry, last, launch });
    },
  };
}

interface Last {
  readonly last: RunView | undefined;
  readonly pending: PendingLaunch | undefined;
  /** Of this window, for the file. */
  readonly launch: Launch | undefined;
}

/** The newest run of the file, and a launch of this window that has no folder yet. */
function selectLast(services: RunServices, { fsPath }: vscode.Uri): Last {
  const [newest] = runsOf(services.library, fsPath);
  const launches = activeLaunches(services).filter(({ request }) => request.file === fsPath);
  const own = newest && launchOf(services, newest);
  const launch = launches.find(({ state }) => state !== 'planned') ?? launches[0];
  const isPending = launch !== undefined && (launch !== own || launch.progress.stages.size === 0);
  const last = newest && toRunView(services, newest);
  return {
    last,
    launch,
    pending: isPending ? { state: pendingState(launch), run: launch.progress.run } : undefined,
  };
}

function pendingState({ state }: Launch): PendingLaunch['state'] {
  return state === 'planned' || state === 'stopping' ? state : 'running';
}

/** As the Problems view counts them; it knows only files that are open. */
function countProblems({ uri, parsed }: CatalogEntry): { errors: number; warnings: number } {
  const isOpen = vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri.toString());
  if (!isOpen) {
    const count = (wanted: string): number => parsed.problems.filter(({ severity }) => severity === wanted).length;
    return { errors: count('error'), warnings: count('warning') };
  }
  const shown = vscode.languages.getDiagnostics(uri);
  const count = (wanted: vscode.DiagnosticSeverity): number =>
    shown.filter(({ severity }) => severity === wanted).length;
  return { errors: count(vscode.DiagnosticSeverity.Error), warnings: count(vscode.DiagnosticSeverity.Warning) };
}

interface Cursor extends vscode.Disposable {
  /** Entries that the cursor went to after anything else was selected. */
  ids(): readonly string[];
}

function followCursor(services: RunServices, selection: SharedSelection, onChange: () => void): Cursor {
  let ids: readonly string[] = [];
  let isOwn = false;
  const look = async (editor: vscode.TextEditor): Promise<void> => {
    const { document, selection: at } = editor;
    const entry = await services.catalog.read(document.uri);
    if (!entry || document !== vscode.window.activeTextEditor?.document) return;
    const found = entriesAtLine(entry.parsed, entry.outline, at.active.line + 1);
    if (found.join() === ids.join()) return;
    ids = found;
    const only = (entries: readonly { readonly id: string }[]): string | undefined => {
      const here = entries.filter(({ id }) => found.includes(id));
      return here.length === 1 ? here[0]!.id : undefined;
    };
    const { pretrainings, transfers } = entry.outline;
    isOwn = true;
    // Between entries the last one stays what the panels show.
    if (found.length > 0) selection.change({ pretraining: only(pretrainings), transfer: only(transfers) });
    isOwn = false;
    onChange();
  };
  const follow = (editor: vscode.TextEditor | undefined): void => {
    if (editor && isExperimentFile(editor.document.uri))
      look(editor).catch((error: unknown) => services.log.error('following the cursor', error));
  };
  follow(vscode.window.activeTextEditor);
  const subscriptions = [
    vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => follow(textEditor)),
    selection.onDidChange(() => {
      if (isOwn) return;
      ids = [];
      onChange();
    }),
  ];
  return { ids: () => ids, dispose: () => subscriptions.forEach((subscription) => subscription.dispose()) };
}
