/**
 * What the Results view shows: the experiment file that was looked at last beside what its runs have left. While the file
 * has errors, the results stand as it was last readable.
 */
import * as vscode from 'vscode';
import type { ResultsIntent, ResultsModel } from '../../shared/protocol/panels/resultsPanel';
import { selectionFor } from '../../shared/views/selection/linkedSelection';
import { createResultsModel } from '../../shared/views/results/resultsPanel';
import type { CatalogEntry } from '../runs/experimentCatalog';
import type { RunServices } from '../runs/runServices';
import type { ActiveExperiment } from './activeExperiment';
import { followCursor } from './editorCursor';
import { countProblems, selectLastRun } from './lastRun';
import type { SharedSelection } from './panelSelection';
import type { PanelSource } from './panelWire';
import { createResultsData } from './resultsData';
import { handleResultsIntent } from './resultsIntents';

/** News come with every step of a training; more often than this nobody can read them. */
const NEWS_MS = 300;
/** `5 min ago` grows old by itself. */
const AGE_MS = 60_000;

export function createResultsSource(
  services: RunServices,
  selection: SharedSelection,
  active: ActiveExperiment,
): PanelSource<ResultsModel, ResultsIntent> {
  const changed = new vscode.EventEmitter<void>();
  const data = createResultsData(services);
  const cursor = followCursor(services, selection, () => changed.fire());
  const news = followNews(services, active, { onRuns: () => data.invalidate(), onNews: () => changed.fire() });
  const entries = createEntryReader(services, active);
  return {
    onDidChange: changed.event,
    dispose: () => [news, cursor, changed].forEach((one) => one.dispose()),
    read: async () => {
      const found = await entries.read();
      if (!found) return { kind: 'empty' };
      const { entry, readable } = found;
      const { last, pending } = selectLastRun(services, entry.uri);
      const [onDisk, metrics] = await Promise.all([data.read(readable), data.curves(last)]);
      return createResultsModel({
        file: entry.uri.toString(),
        path: vscode.workspace.asRelativePath(entry.uri),
        outline: readable.outline,
        isEarlier: readable !== entry,
        problems: countProblems(entry),
        ...onDisk,
        last,
        pending,
        metrics,
        cursor: cursor.ids(),
        selection: selectionFor(selection.get(), entry.uri.fsPath),
        isTrusted: vscode.workspace.isTrusted,
        isOnDisk: entry.uri.scheme === 'file',
        now: new Date(),
      });
    },
    handle: async (intent) => {
      const entry = (await entries.read())?.entry;
      const { last, launch } = entry ? selectLastRun(services, entry.uri) : {};
      await handleResultsIntent(intent, { services, selection, entry, last, launch });
    },
  };
}

interface FoundEntry {
  readonly entry: CatalogEntry;
  /** The entry itself, or how it was before it had errors. */
  readonly readable: CatalogEntry;
}

function createEntryReader(
  { catalog }: RunServices,
  active: ActiveExperiment,
): { read(): Promise<FoundEntry | undefined> } {
  let good: CatalogEntry | undefined;
  return {
    read: async () => {
      const uri = active.get();
      if (!uri) return undefined;
      const entry = await catalog.read(uri);
      if (!entry) {
        if (active.get() === uri) active.forget();
        return undefined;
      }
      if (entry.parsed.experiment) good = entry;
      return { entry, readable: good?.uri.toString() === uri.toString() ? good : entry };
    },
  };
}

/** `onRuns`: what was read from disk or files may be old. `onNews`: something to show, at most every 300 ms. */
function followNews(
  services: RunServices,
  active: ActiveExperiment,
  { onRuns, onNews }: { readonly onRuns: () => void; readonly onNews: () => void },
): vscode.Disposable {
  let timer: NodeJS.Timeout | undefined;
  const tell = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      onNews();
    }, NEWS_MS);
  };
  const renew = (): void => {
    onRuns();
    tell();
  };
  const clock = setInterval(tell, AGE_MS);
  const subscriptions = [
    active.onDidChange(onNews),
    services.catalog.onDidChange(tell),
    services.onDidChangeRuns(renew),
    services.onDidChangeLaunch(tell),
    vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      if (uris.some((uri) => uri.toString() === active.get()?.toString())) tell();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(onNews),
  ];
  return {
    dispose: () => {
      clearTimeout(timer);
      clearInterval(clock);
      subscriptions.forEach((subscription) => subscription.dispose());
    },
  };
}
