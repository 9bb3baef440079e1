/** The status-bar item: progress of what runs, or the runtime of the next run while an experiment is open. */
import * as vscode from 'vscode';
import { isUnderWay } from '../../runs/runFiles';
import { createStatusText } from '../../shared/views/run/statusText';
import { isExperimentFile } from '../runs/experimentCatalog';
import { activeLaunches, launchOf, type RunServices } from '../runs/runServices';
import { settings, SETTINGS_SECTION } from '../settings';

export function registerStatusItem(services: RunServices): void {
  const { context, library } = services;
  const item = vscode.window.createStatusBarItem('transferscope.status', vscode.StatusBarAlignment.Left, 10);
  item.name = 'Transferscope';
  const update = (): void => {
    const launches = activeLaunches(services);
    const active = launches.find(({ state }) => state !== 'planned');
    const going = library.runs().filter(({ state }) => isUnderWay(state));
    const ours = active && going.find(({ out, run }) => out === active.request.out && run === active.progress.run);
    const shown = createStatusText({
      ...(active && { active: { progress: active.progress, isStopping: active.state === 'stopping' } }),
      waiting: launches.filter(({ state }) => state === 'planned').length,
      elsewhere: going
        .filter((run) => !launchOf(services, run))
        .map(({ run, progress }) => ({ run, ...(progress && { progress }) })),
      runtime: settings.runtime(),
      ...(ours?.manifest && { activeRuntime: ours.manifest.runtime.name }),
    });
    item.text = shown.text;
    item.tooltip = shown.tooltip;
    const [shownRun] = ours ? [ours] : going;
    const openRun: vscode.Command = {
      title: 'Open Run Panel',
      command: 'transferscope.openRunPanel',
      arguments: [shownRun && { out: shownRun.out, run: shownRun.run }],
    };
    const showRun = shownRun ? openRun : 'transferscope.showRun';
    item.command = shown.shows === 'run' ? showRun : 'transferscope.selectRuntime';
    const editor = vscode.window.activeTextEditor;
    if (shown.shows === 'run' || (editor && isExperimentFile(editor.document.uri))) item.show();
    else item.hide();
  };
  context.subscriptions.push(
    item,
    services.onDidChangeLaunch(update),
    services.onDidChangeRuns(update),
    vscode.window.onDidChangeActiveTextEditor(update),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(SETTINGS_SECTION)) update();
    }),
  );
  update();
}
