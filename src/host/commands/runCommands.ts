/** Commands that start and end runs. */
import * as vscode from 'vscode';
import { isUnderWay } from '../../runs/runFiles';
import { requestRunStop } from '../../runs/requestStop';
import { cancelOnCluster } from '../runs/clusterWatch';
import { launchExperiment, resumeRun } from '../runs/launchExperiment';
import type { Launch } from '../runs/runController';
import { activeLaunches, findTarget, launchOf, type RunServices } from '../runs/runServices';
import type { LibraryRun } from '../runs/runLibrary';
import { pickExperiment, pickRun, targetOf } from './pick';

export async function runExperiment(services: RunServices, argument: unknown): Promise<void> {
  const uri = await pickExperiment(services, argument);
  if (uri) await launchExperiment(services, uri);
}

/** With ids (a lens or a tree entry) launches them; without, asks which. */
export async function runOnly(services: RunServices, argument: unknown, ids?: unknown): Promise<void> {
  const uri = await pickExperiment(services, argument);
  if (!uri) return;
  const target = targetOf(argument);
  const given = target?.type === 'entry' ? [target.entry] : isStrings(ids) ? ids : await pickEntries(services, uri);
  if (given.length > 0) await launchExperiment(services, uri, { only: given });
}

/** Asks for a checkpoint and an end; asked again while that is under way, offers to end the worker at once. */
export async function stop(services: RunServices, argument: unknown): Promise<void> {
  const chosen = await pickActive(services, argument);
  if (!chosen) return;
  if (!('request' in chosen) && chosen.manifest?.engine !== undefined) {
    await cancelOnCluster(chosen.out, chosen.run);
    await services.library.update(chosen.out, chosen.run);
    void vscode.window.showInformationMessage(`Cancelled the jobs of ${chosen.run}; what is done stays.`);
    return;
  }
  if (!('request' in chosen)) {
    await requestRunStop(chosen.out, chosen.run);
    void vscode.window.showInformationMessage(`Asked ${chosen.run} to stop after its next checkpoint.`);
    return;
  }
  if (chosen.state !== 'stopping') return services.controller.stop(chosen.id);
  const end = 'End at Once';
  const message = 'The run is writing its checkpoint. End it at once? What was computed since the last one is lost.';
  if ((await vscode.window.showWarningMessage(message, { modal: true }, end)) === end)
    services.controller.kill(chosen.id);
}

export async function stopAfterStage(services: RunServices, argument: unknown): Promise<void> {
  const chosen = await pickActive(services, argument);
  if (!chosen) return;
  if ('request' in chosen) return services.controller.stopAfterStage(chosen.id);
  await requestRunStop(chosen.out, chosen.run, 'afterStage');
  void vscode.window.showInformationMessage(`Asked ${chosen.run} to stop when the stage under way is done.`);
}

export async function resume(services: RunServices, argument: unknown): Promise<void> {
  const run = await pickRun(services, argument, {
    placeHolder: 'Which run shall go on?',
    none: 'No run here was stopped or interrupted.',
    isWanted: ({ state }) => state === 'stopped' || state === 'interrupted' || state === 'failed',
  });
  if (!run) return;
  if (isUnderWay(run.state)) {
    void vscode.window.showInformationMessage(`${run.run} is running already.`);
    return;
  }
  if (run.manifest?.engine === undefined) return void resumeRun(services, run);
  if (!vscode.workspace.isTrusted) return;
  const { runCommandLine } = await import('../runs/workerProgram');
  await runCommandLine(services.program(), ['resume', run.run, '--out', run.out]);
  await services.library.update(run.out, run.run);
  void vscode.window.showInformationMessage(`Submitted what ${run.run} still lacks.`);
}

/** A launch of this window, or a run of another process. */
async function pickActive(services: RunServices, argument: unknown): Promise<Launch | LibraryRun | undefined> {
  const target = targetOf(argument);
  if (target?.type === 'launch') return services.controller.launches().find(({ id }) => id === target.id);
  const given = findTarget(services, target);
  if (given) return launchOf(services, given) ?? given;
  const launches = activeLaunches(services);
  const elsewhere = services.library.runs().filter((run) => isUnderWay(run.state) && !launchOf(services, run));
  const items = [
    ...launches.map((launch) => ({ label: nameOf(launch), description: launch.state, item: launch })),
    ...elsewhere.map((run) => ({ label: run.run, description: 'another process', item: run })),
  ];
  if (items.length === 0) void vscode.window.showInformationMessage('Nothing is running.');
  if (items.length < 2) return items[0]?.item;
  return (await vscode.window.showQuickPick<(typeof items)[number]>(items, { placeHolder: 'Which run?' }))?.item;
}

function nameOf({ progress, request }: Launch): string {
  return progress.run === '' ? vscode.workspace.asRelativePath(request.file) : progress.run;
}

async function pickEntries(services: RunServices, uri: vscode.Uri): Promise<readonly string[]> {
  const outline = (await services.catalog.read(uri))?.outline;
  const items = [
    ...(outline?.pretrainings ?? []).map(({ written }) => ({ label: written, description: 'pretraining' })),
    ...(outline?.transfers ?? []).map(({ written }) => ({ label: written, description: 'transfer' })),
  ].filter(({ label }, index, all) => all.findIndex((other) => other.label === label) === index);
  const options = { placeHolder: 'Run only these, and what they need', canPickMany: true } as const;
  return ((await vscode.window.showQuickPick(items, options)) ?? []).map(({ label }) => label);
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
