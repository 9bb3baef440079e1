/** The three views of the activity bar: Experiments, Runs, Runtimes. What they show is made in shared/views. */
import * as vscode from 'vscode';
import { installableRuntimeNames } from '../../shared/runtimes/nativeInstall';
import {
  createExperimentNode,
  createPretrainingNodes,
  createTransferNodes,
} from '../../shared/views/results/experimentTree';
import { createLaunchNodes, createRunNodes, createStageNodes, type RunView } from '../../shared/views/results/runTree';
import type { TreeNode, TreeTarget } from '../../shared/views/results/treeNode';
import { isUnderWay } from '../../runs/runFiles';
import type { LibraryRun } from '../runs/runLibrary';
import { activeLaunches, findTarget, launchOf, type RunServices } from '../runs/runServices';
import { createNodeTree, type NodeSource, type NodeTree } from './nodeTree';

export function registerViews(services: RunServices): void {
  const { context, catalog, log } = services;
  const onError = (error: unknown): void => log.error('drawing a view', error);
  const experiments = createNodeTree('transferscope.experiments', experimentSource(services), onError);
  const runs = createNodeTree('transferscope.runs', runSource(services), onError);
  const runtimes = createNodeTree('transferscope.runtimes', runtimeSource(services), onError);
  const refreshRuns = (): void => [experiments, runs].forEach((tree) => tree.refresh());
  context.subscriptions.push(
    experiments.view,
    runs.view,
    runtimes.view,
    catalog.onDidChange(() => experiments.refresh()),
    services.onDidChangeRuns(refreshRuns),
    services.onDidChangeLaunch(() => runs.refresh()),
    vscode.commands.registerCommand('transferscope.refreshRuntimes', () => {
      services.runtimes.forget();
      runtimes.refresh();
    }),
    vscode.commands.registerCommand('transferscope.showRun', () => showNewest(services, runs)),
  );
}

/** The run under way, or else the newest. */
async function showNewest(services: RunServices, runs: NodeTree): Promise<void> {
  await vscode.commands.executeCommand('transferscope.runs.focus');
  const shown = services.library.runs().map((run) => toRunView(services, run));
  const found = shown.find(({ live }) => live) ?? shown[0];
  const [node] = found ? createRunNodes([found], new Date()) : [];
  if (node) await runs.view.reveal(node, { select: true, focus: true, expand: true });
}

function experimentSource(services: RunServices): NodeSource {
  const { catalog, results } = services;
  const read = async (file: string) => {
    const entry = await catalog.read(vscode.Uri.file(file));
    return entry && { entry, found: await results.read(file, entry.parsed.experiment) };
  };
  return {
    children: async (node) => {
      if (!node) {
        const files = (await catalog.list()).filter(({ scheme }) => scheme === 'file');
        const known = await Promise.all(files.map(({ fsPath }) => read(fsPath)));
        return known.flatMap((one) => (one ? [createExperimentNode(one.entry.outline, one.found)] : []));
      }
      if (node.target?.type !== 'experiment' && node.target?.type !== 'entry') return [];
      const one = await read(node.target.file);
      if (!one) return [];
      if (node.target.type === 'experiment') return createPretrainingNodes(one.entry.outline, one.found);
      return createTransferNodes(one.entry.outline, node.label, one.found);
    },
    command: openCommand,
  };
}

/** A click opens the file, at the entry's line where there is one. */
function openCommand(target: TreeTarget): vscode.Command | undefined {
  if (target.type !== 'experiment' && target.type !== 'entry') return undefined;
  const line = target.type === 'entry' && target.line !== undefined ? target.line - 1 : 0;
  const options: vscode.TextDocumentShowOptions =
    target.type === 'entry' ? { selection: new vscode.Range(line, 0, line, 0) } : {};
  return { title: 'Open', command: 'vscode.open', arguments: [vscode.Uri.file(target.file), options] };
}

function runSource(services: RunServices): NodeSource {
  const { library } = services;
  return {
    children: async (node) => {
      if (!node) {
        const runs = library.runs().map((run) => toRunView(services, run));
        return [...createLaunchNodes(waitingLaunches(services)), ...createRunNodes(runs, new Date())];
      }
      const run = findTarget(services, node.target);
      if (!run || node.target?.type !== 'run') return [];
      const { records, damaged } = await library.records(run.out, run.manifest?.stages.map(({ key }) => key) ?? []);
      const seconds = new Map([...records].map(([key, record]) => [key, record.made.seconds]));
      return createStageNodes(toRunView(services, run), seconds, damaged);
    },
    command: openCurvesCommand,
    isMultiple: true,
  };
}

/** A click on a stage shows the curves of its run; a click on a run only unfolds it. */
function openCurvesCommand(target: TreeTarget): vscode.Command | undefined {
  if (target.type !== 'stage') return undefined;
  return { title: 'Open Run Panel', command: 'transferscope.openRunPanel', arguments: [{ target }] };
}

/** Launches that have no run folder to be listed by. */
function waitingLaunches(services: RunServices): Parameters<typeof createLaunchNodes>[0] {
  return activeLaunches(services)
    .filter(({ state, progress }) => state === 'planned' || progress.stages.size === 0)
    .map(({ id, request, state }) => ({
      id,
      file: request.file,
      only: request.only ?? [],
      isStarting: state !== 'planned',
      ...(request.resume !== undefined && { resume: request.resume }),
    }));
}

/** A run as the views show it, with the news of this window's worker where one computes it. */
export function toRunView(services: RunServices, run: LibraryRun): RunView {
  const { out, state, file, message, problems, counts, total, progress, importedFrom } = run;
  const { manifest, status, createdAt, finishedAt, heartbeatAt } = run;
  const launch = launchOf(services, run);
  return {
    out,
    run: run.run,
    state,
    file,
    problems: state === 'unreadable' ? problems : [],
    counts,
    total,
    stages: manifest?.stages ?? [],
    statuses: status?.stages ?? {},
    ...(createdAt !== undefined && { createdAt }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...(heartbeatAt !== undefined && { heartbeatAt }),
    ...(message !== undefined && { message }),
    ...(importedFrom !== undefined && { importedFrom }),
    ...(progress && { progress }),
    ...(status && { owner: manifest?.engine === undefined ? `process ${status.pid} on ${status.host}` : 'Slurm' }),
    ...(launch &&
      isUnderWay(state) && { live: { progress: launch.progress, isStopping: launch.state === 'stopping' } }),
  };
}

function runtimeSource({ runtimes }: RunServices): NodeSource {
  return {
    children: async (node): Promise<TreeNode[]> => {
      if (node || !vscode.workspace.isTrusted) return [];
      const found = await runtimes.read();
      return found.map(({ name, available, reason, device, version }) => ({
        id: `runtime:${name}`,
        label: name,
        description: available ? [device, version].filter((part) => part !== '').join(' · ') : reason,
        tooltip: reason,
        icon: available ? 'available' : 'unavailable',
        kind: available ? 'runtime-available' : isInstallable(name) ? 'runtime-installable' : 'runtime-unavailable',
        children: 'none',
        target: { type: 'runtime', name },
      }));
    },
  };
}

function isInstallable(name: string): boolean {
  return (installableRuntimeNames as readonly string[]).includes(name);
}
