/** Builds what launching and watching of runs needs, and registers its commands, views and notices. */
import * as vscode from 'vscode';
import { registerCommands } from '../commands/registerCommands';
import type { Log } from '../log';
import { registerPanels } from '../panels/registerPanels';
import { settings, SETTINGS_SECTION } from '../settings';
import { registerRunLenses } from '../views/runLenses';
import { followReattached } from '../views/reattachedNotices';
import { registerNotices } from '../views/runNotices';
import { registerStatusItem } from '../views/statusItem';
import { registerViews } from '../views/registerViews';
import { registerWalkthroughSteps } from '../views/walkthroughSteps';
import { createClosing } from './closing';
import { watchClusters } from './clusterWatch';
import { createExperimentCatalog } from './experimentCatalog';
import { createResultsReader } from './resultsReader';
import { createRunController, type Launch } from './runController';
import { createRunLibrary } from './runLibrary';
import type { RunServices } from './runServices';
import { createRuntimeList } from './runtimeList';
import type { ProgramSettings } from './workerProgram';

export function registerRuns(context: vscode.ExtensionContext, log: Log): void {
  const launchChanged = new vscode.EventEmitter<Launch>();
  const runsChanged = new vscode.EventEmitter<void>();
  const program = (): ProgramSettings => ({
    root: context.extensionUri.fsPath,
    nodePath: settings.nodePath(),
    memoryMb: settings.workerMemoryMb(),
    allowOutsidePaths: settings.allowOutsidePaths(),
  });
  const closing = createClosing();
  const library = createRunLibrary({
    usePolling: settings.pollingWatch,
    onChange: () => runsChanged.fire(),
    onError: (error) => log.error('watching runs', error),
  });
  const controller = createRunController({
    createExecutor: async () => {
      const { createEngine } = await import('./workerProgram');
      closing.askOnce();
      return createEngine(program(), closing.mayOutlive());
    },
    onChange: (launch) => launchChanged.fire(launch),
    onLog: (line) => log.info(line),
  });
  const services: RunServices = {
    context,
    log,
    controller,
    library,
    catalog: createExperimentCatalog(context.extensionUri, log),
    results: createResultsReader(library),
    runtimes: createRuntimeList(async () => {
      const { listRuntimes } = await import('./workerProgram');
      return listRuntimes(program(), (line) => log.info(line));
    }),
    onDidChangeLaunch: launchChanged.event,
    onDidChangeRuns: runsChanged.event,
    program,
  };
  const follow = (): void => {
    // An experiment outside the workspace keeps its results beside it.
    const launched = controller.launches().map(({ request }) => request.out);
    library.setFolders([...new Set([...watchedFolders(), ...launched])]);
  };
  context.subscriptions.push(
    launchChanged,
    runsChanged,
    services.catalog,
    { dispose: () => closing.close(controller) },
    watchClusters({
      library,
      isTrusted: () => vscode.workspace.isTrusted,
      onError: (error) => log.error('asking Slurm', error),
    }),
    { dispose: () => void library.dispose().catch((error: unknown) => log.error('closing the watchers', error)) },
    vscode.workspace.onDidChangeWorkspaceFolders(follow),
    vscode.workspace.onDidChangeConfiguration((change) => {
      // Watchers look the way the setting was when they were made.
      if (change.affectsConfiguration(`${SETTINGS_SECTION}.pollingWatch`)) library.setFolders([]);
      if (change.affectsConfiguration(SETTINGS_SECTION)) follow();
    }),
    launchChanged.event((launch) => {
      if (launch.bug !== undefined) log.error('a launch failed unexpectedly', launch.bug);
      else if (launch.failure !== undefined) log.warn(launch.failure);
    }),
  );
  registerAll(services);
  // Not while the window starts: the first look at the folders may find many runs.
  setTimeout(() => {
    follow();
    library.ready().then(
      () => followReattached(services),
      (error: unknown) => log.error('reading the runs', error),
    );
  }, 0);
}

/** All that is seen of runs. */
function registerAll(services: RunServices): void {
  registerCommands(services);
  registerViews(services);
  registerStatusItem(services);
  registerNotices(services);
  registerRunLenses(services);
  registerPanels(services);
  registerWalkthroughSteps(services);
}

function watchedFolders(): string[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.filter(({ uri }) => uri.scheme === 'file').map((folder) => settings.resultsFolder(folder));
}
