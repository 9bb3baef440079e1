/** Tells of launches while the user looks elsewhere: that they are prepared, have begun, how they ended, what to do next. */
import * as vscode from 'vscode';
import { formatSeconds } from '../../shared/views/formatNumbers';
import { hasEnded, type Launch } from '../runs/runController';
import type { RunServices } from '../runs/runServices';
import { describePlanNews } from '../runs/planNews';
import { firstLineOf, lastLinesOf } from '../runs/windowMessage';

export function registerNotices(services: RunServices): void {
  const shown = new Set<number>();
  const planned = new Set<number>();
  services.context.subscriptions.push(
    services.onDidChangeLaunch((launch) => {
      if (launch.progress.stages.size > 0 && !planned.has(launch.id)) {
        planned.add(launch.id);
        tellPlan(services, launch).catch((error: unknown) => services.log.error('telling the plan', error));
      }
      if (launch.state === 'planned' || shown.has(launch.id)) return;
      shown.add(launch.id);
      void showPreparing(services, launch);
      void offerCurves(services, launch);
      void services.controller.ended(launch.id).then((ended) => showEnding(services, ended));
    }),
  );
}

/** An experiment that was run before computes only what has changed: says what that is. */
async function tellPlan({ controller, library, log }: RunServices, { id, request, progress }: Launch): Promise<void> {
  if (request.resume !== undefined) return;
  const stages = [...progress.stages.values()].map(({ stage }) => stage);
  const { records } = await library.records(
    request.out,
    stages.map(({ key }) => key),
  );
  // Some of it may be computed by now.
  const now = controller.launches().find((launch) => launch.id === id)?.progress.stages;
  const isComputed = (stage: string): boolean => ['running', 'done'].includes(now?.get(stage)?.state ?? '');
  const news = describePlanNews(progress.run, stages, (stage) => records.has(stage.key) && !isComputed(stage.id));
  if (news === undefined) return;
  log.info(news);
  void vscode.window.showInformationMessage(news);
}

/** Only until the run has begun: a notice stays over the panels, and from then on the status bar says how far it is. */
function showPreparing(services: RunServices, started: Launch): Thenable<unknown> {
  const { controller } = services;
  const title = `Preparing ${started.request.resume ?? baseName(started.request.file)}`;
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, (_, cancel) => {
    cancel.onCancellationRequested(() => controller.stop(started.id));
    return hasBegun(services, started.id);
  });
}

/** Once the run has a folder to show curves of. */
async function offerCurves(services: RunServices, { id, request }: Launch): Promise<void> {
  const run = await hasBegun(services, id);
  if (run === '') return;
  const chosen = await vscode.window.showInformationMessage(`${run} has begun.`, showCurves, stop);
  if (chosen === stop) services.controller.stop(id);
  if (chosen === showCurves)
    await vscode.commands.executeCommand('transferscope.openRunPanel', { out: request.out, run });
}

/** The name of the run as soon as its stages are known; '' when it ends before. */
function hasBegun(services: RunServices, id: number): Promise<string> {
  return new Promise((resolve) => {
    const update = services.onDidChangeLaunch((launch) => {
      if (launch.id !== id || hasEnded(launch) || launch.progress.stages.size === 0) return;
      update.dispose();
      resolve(launch.progress.run);
    });
    // What has begun is resolved by then, and a promise takes the first answer only.
    void services.controller.ended(id).then(() => {
      update.dispose();
      resolve('');
    });
  });
}

const stop = 'Stop';
const showCurves = 'Show Curves';
const openReport = 'Open Report';
const showLog = 'Show Log';
const resume = 'Resume';
const changeMemory = 'Change Limit';
const memorySetting = 'transferscope.workerMemoryMb';

async function showEnding(services: RunServices, launch: Launch): Promise<void> {
  const { request, progress, outcome } = launch;
  const run = outcome?.run ?? progress.run;
  if (run !== '') await services.library.update(request.out, run).catch(() => undefined);
  const chosen = await announce(launch, run);
  if (chosen === undefined) return;
  if (chosen === changeMemory)
    return void (await vscode.commands.executeCommand('workbench.action.openSettings', memorySetting));
  if (run === '') return services.log.show();
  const command = {
    [openReport]: 'openReport',
    [showCurves]: 'openRunPanel',
    [showLog]: 'showLog',
    [resume]: 'resume',
  }[chosen];
  const target = { target: { type: 'run', out: request.out, run } };
  if (command !== undefined) await vscode.commands.executeCommand(`transferscope.${command}`, target);
}

function announce({ state, outcome, failure, request }: Launch, run: string): Thenable<string | undefined> {
  const name = run === '' ? baseName(request.file) : run;
  const { showInformationMessage, showWarningMessage, showErrorMessage } = vscode.window;
  const why = failure === undefined ? '' : `: ${describeFailure(failure)}`;
  const advice = failure?.includes(memorySetting) ? [changeMemory] : [];
  switch (state) {
    case 'done':
      return showInformationMessage(
        `${name} is done in ${formatSeconds(outcome?.seconds ?? 0)}.`,
        openReport,
        showCurves,
      );
    case 'stopped':
      if (run === '') return Promise.resolve(undefined);
      return showInformationMessage(`${name} was stopped; it can be resumed where it was.`, resume);
    case 'interrupted':
      return showWarningMessage(`${name} was interrupted${why}`, ...advice, resume, showLog);
    default:
      return run === ''
        ? showErrorMessage(`${name} could not be run${why}`, ...advice, showLog)
        : showErrorMessage(`${name} failed${why}`, ...advice, openReport, showLog, resume);
  }
}

/** Why, and the last that was said; the log has all of it. */
function describeFailure(failure: string): string {
  const last = lastLinesOf(failure).at(-1);
  return last === undefined ? firstLineOf(failure) : `${firstLineOf(failure)}. It said last: ${last}`;
}

function baseName(file: string): string {
  return file.split(/[\\/]/).at(-1) ?? file;
}
