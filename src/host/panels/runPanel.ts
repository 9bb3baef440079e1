/**
 * The run panel's host side: reads one run and those drawn over it, as far as their files go, and does what the panel asks
 * for. Everything comes from the folders, so that runs of other windows and other machines show alike; only for runs of this
 * window the worker's live words are newer.
 */
import * as vscode from 'vscode';
import { createMetricsReader } from '../../runs/metricsReader';
import { findCurveKeys, followLoad, readLaunchedExperiment, readLogTail, type LoadReader } from '../../runs/runDetails';
import { UserError } from '../../shared/errors';
import type { Experiment } from '../../shared/experiment/schema';
import { isRunReference, type RunReference } from '../../shared/protocol/panels/panelMessages';
import type { RunPanelIntent, RunPanelLook, RunPanelModel } from '../../shared/protocol/panels/runPanel';
import { createCurvesCsv, CurveSmoother } from '../../shared/views/run/runCurves';
import { createRunPanel, selectShown, type PanelRun, type ShownCurves } from '../../shared/views/run/runPanel';
import { formatRunAge } from '../../shared/views/results/runTree';
import { pickRun, targetOf } from '../commands/pick';
import type { LibraryRun } from '../runs/runLibrary';
import { launchOf, type RunServices } from '../runs/runServices';
import { registerPanelKind } from './panelKind';
import type { SharedSelection } from './panelSelection';
import type { PanelSource } from './panelWire';
import { saveFile } from './saveFile';

const firstLook: RunPanelLook = { pixels: 400, smoothing: 0, overlays: [] };
/** The worker tells of its progress four times a second. */
const LIVE_MS = 1_000;

export function registerRunPanel(services: RunServices, selection: SharedSelection): void {
  const panels = registerPanelKind<RunReference, RunPanelModel, RunPanelIntent>(services.context, services.log, {
    viewType: 'transferscope.runPanel',
    bundle: 'run',
    title: ({ run }) => `Run: ${run}`,
    isTarget: isRunReference,
    createSource: (target) => new RunSource(services, target),
    selectionOf: ({ out, run }) => selection.of(() => services.library.find(out, run)?.file),
  });
  const open = async (argument: unknown): Promise<void> => {
    const chosen = isRunReference(argument)
      ? argument
      : await pickRun(services, argument, {
          placeHolder: 'Curves of which run?',
          none: 'There are no runs here yet.',
          isWanted: () => true,
        });
    if (chosen)
      panels.open({ out: chosen.out, run: chosen.run }, targetOf(argument) ? vscode.ViewColumn.Active : undefined);
  };
  services.context.subscriptions.push(
    vscode.commands.registerCommand('transferscope.openRunPanel', (argument: unknown) =>
      open(argument).catch((error: unknown) => services.log.error('opening the run panel', error)),
    ),
  );
}

class RunSource implements PanelSource<RunPanelModel, RunPanelIntent> {
  readonly onDidChange: vscode.Event<void>;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscriptions: vscode.Disposable[];
  private readonly reader = createMetricsReader();
  private readonly smoother = new CurveSmoother();
  private readonly experiments = new Map<string, Promise<Experiment | undefined>>();
  private readonly load = new Map<string, LoadReader>();
  private look = firstLook;
  private liveTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly services: RunServices,
    private readonly target: RunReference,
  ) {
    this.onDidChange = this.changed.event;
    const live = (): void => {
      this.liveTimer ??= setTimeout(() => {
        this.liveTimer = undefined;
        this.changed.fire();
      }, LIVE_MS);
    };
    this.subscriptions = [
      this.changed,
      services.onDidChangeRuns(() => this.changed.fire()),
      services.onDidChangeLaunch(({ request }) => void (request.out === target.out && live())),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.changed.fire()),
    ];
  }

  async read(): Promise<RunPanelModel> {
    const { main, overlays, shown } = await this.readShown();
    const found = this.find(this.target);
    const launch = launchOf(this.services, this.target);
    const folder = found?.folder ?? '';
    const load = this.load.get(folder) ?? followLoad(folder);
    this.load.set(folder, load);
    return createRunPanel({
      main,
      overlays,
      shown,
      look: this.look,
      smoother: this.smoother,
      log: await readLogTail(folder),
      load: await load.read(),
      isTrusted: vscode.workspace.isTrusted,
      ...(launch && {
        live: {
          progress: launch.progress,
          isStopping: launch.state === 'stopping',
          isStoppingAfterStage: launch.isStoppingAfterStage,
        },
      }),
    });
  }

  async handle(intent: RunPanelIntent): Promise<void> {
    switch (intent.type) {
      case 'look':
        this.look = intent.look;
        return this.changed.fire();
      case 'addRun':
        return this.chooseOverlays();
      case 'act':
        return void (await vscode.commands.executeCommand(`transferscope.${intent.action}`, {
          target: { type: 'run', ...this.target },
        }));
      case 'exportCsv': {
        const { main, shown } = await this.readShown();
        const name = [this.target.run, intent.metric ?? 'curves'].join('-');
        return saveFile({
          name: `${name}.csv`,
          encoding: 'utf8',
          content: createCurvesCsv(shown, main, intent.metric),
        });
      }
    }
  }

  dispose(): void {
    clearTimeout(this.liveTimer);
    this.subscriptions.forEach((subscription) => subscription.dispose());
  }

  private async readShown(): Promise<{ main: PanelRun; overlays: PanelRun[]; shown: ShownCurves[] }> {
    const main = await this.readRun(this.target);
    if (!main)
      throw new UserError('storage', `${this.target.run} is not in ${this.target.out}; it may have been deleted.`);
    const others = await Promise.all(this.look.overlays.map((overlay) => this.readRun(overlay)));
    const overlays = others.filter((run) => run !== undefined);
    const stages = selectShown(main, overlays, this.look.stages);
    this.reader.keepOnly(stages.map(({ run, stage }) => ({ out: run.out, key: stage.key })));
    const shown = await Promise.all(
      stages.map(async ({ run, stage }) => ({ run, stage, ...(await this.reader.read(run.out, stage.key)) })),
    );
    return { main, overlays, shown };
  }

  private async readRun(reference: RunReference): Promise<PanelRun | undefined> {
    const found = this.find(reference) ?? (await this.bringIn(reference));
    if (!found) return undefined;
    const { out, run, folder, state, message, manifest, status } = found;
    const stages = manifest?.stages ?? [];
    const experiment = this.experiments.get(folder) ?? readLaunchedExperiment(folder);
    this.experiments.set(folder, experiment);
    return {
      out,
      run,
      state,
      problems: manifest && status ? [] : found.problems,
      records: (
        await this.services.library.records(
          out,
          stages.map(({ key }) => key),
        )
      ).records,
      curveKeys: await findCurveKeys(out, stages),
      experiment: await experiment,
      ...(message !== undefined && { message }),
      ...(manifest && { manifest }),
      ...(status && { status }),
    };
  }

  private find({ out, run }: RunReference): LibraryRun | undefined {
    return this.services.library.find(out, run);
  }

  /** A folder outside of the workspace, or one that was not read yet because the window has just started. */
  private async bringIn(reference: RunReference): Promise<LibraryRun | undefined> {
    this.services.library.addFolder(reference.out);
    await this.services.library.ready();
    return this.find(reference);
  }

  private async chooseOverlays(): Promise<void> {
    const key = ({ out, run }: RunReference): string => JSON.stringify([out, run]);
    const chosen = new Set(this.look.overlays.map(key));
    const items = this.services.library
      .runs()
      .filter((run) => key(run) !== key(this.target))
      .map((run) => ({
        label: run.run,
        description: [run.state, formatRunAge(run, new Date())].filter((part) => part !== '').join(' · '),
        picked: chosen.has(key(run)),
        run: { out: run.out, run: run.run },
      }));
    if (items.length === 0)
      return void vscode.window.showInformationMessage('There is no other run here to compare with.');
    const picked = await vscode.window.showQuickPick(items, {
      placeHolder: `Which runs shall be drawn over ${this.target.run}?`,
      canPickMany: true,
    });
    if (!picked) return;
    this.look = { ...this.look, overlays: picked.map(({ run }) => run) };
    this.changed.fire();
  }
}
