/**
 * Weights panels: a worker process looks into the file and tells in parts what it finds, which is handed on as it comes.
 * The file is read again when it changes on disk, and its list is made again when its import does.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import { backboneOf } from '../../shared/editing/looseExperiment';
import { UserError } from '../../shared/errors';
import { backboneNames, type BackboneConfig } from '../../shared/experiment/layers';
import type { WeightsPart } from '../../shared/protocol/worker';
import {
  isWeightsTarget,
  type WeightsIntent,
  type WeightsModel,
  type WeightsNews,
  type WeightsTarget,
} from '../../shared/protocol/panels/weightsPanel';
import { createWeightsModel } from '../../shared/views/weights/weightsPanel';
import { pickWeights } from '../commands/openWeights';
import type { RunServices } from '../runs/runServices';
import { inspectWeights } from '../runs/workerProgram';
import type { PanelKind } from './panelKind';
import type { SharedSelection } from './panelSelection';
import type { PanelSource } from './panelWire';
import { addImport, findImport, revealImport, writePrefix, type WeightsImport } from './weightsImports';

export function weightsPanelKind(
  services: RunServices,
  selection: SharedSelection,
  open: (target: WeightsTarget) => void,
): PanelKind<WeightsTarget, WeightsModel, WeightsIntent> {
  return {
    viewType: 'transferscope.weightsPanel',
    bundle: 'weights',
    title: ({ file, other }) =>
      `Weights: ${[file, ...(other === undefined ? [] : [other])].map((one) => path.basename(one)).join(' and ')}`,
    isTarget: isWeightsTarget,
    createSource: (target) => new WeightsSource(services, target, open),
    selectionOf: ({ use }) => selection.of(() => use?.experiment),
  };
}

type Described = Extract<WeightsPart, { kind: 'described' }>;

/** Changes of files come in bursts. */
const GATHER_MS = 400;

class WeightsSource implements PanelSource<WeightsModel, WeightsIntent> {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly told = new vscode.EventEmitter<WeightsNews>();
  readonly onDidChange = this.changed.event;
  readonly news = {
    onDidTell: this.told.event,
    told: () => [{ kind: 'begin', isSameFile: false } as const, ...this.list, ...this.numbers],
  };
  private readonly subscriptions: vscode.Disposable[] = [this.changed, this.told];
  private list: WeightsNews[] = [];
  private numbers: WeightsNews[] = [];
  /** Each reading ends the one before it. */
  private readonly under = { listing: new AbortController(), measuring: new AbortController() };
  private described: Described | undefined;
  private warnings: readonly string[] = [];
  private state: WeightsModel['state'] = 'opening';
  private message: string | undefined;
  private found: WeightsImport | undefined;
  private backbone = '';
  private timer: NodeJS.Timeout | undefined;
  private hasStarted = false;

  constructor(
    private readonly services: RunServices,
    private readonly target: WeightsTarget,
    private readonly open: (target: WeightsTarget) => void,
  ) {
    const { file } = target;
    const pattern = new vscode.RelativePattern(vscode.Uri.file(path.dirname(file)), path.basename(file));
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const again = (): void => this.later(() => this.start());
    this.subscriptions.push(
      watcher,
      watcher.onDidChange(again),
      watcher.onDidCreate(again),
      services.catalog.onDidChange(() => this.later(() => this.followImport())),
    );
  }

  async read(): Promise<WeightsModel> {
    // Only now is there a page that wants to know.
    if (!this.hasStarted) await this.start();
    const { target, state, message, described, warnings, found, backbone } = this;
    return createWeightsModel({
      name: path.basename(target.file),
      path: vscode.workspace.asRelativePath(target.file),
      state,
      message,
      summary: described?.summary,
      against: described?.backbone,
      prefixes: described?.prefixes ?? [],
      warnings,
      listed: described?.tensors ?? 0,
      usedBy: found && {
        experiment: path.basename(found.entry.uri.fsPath),
        pretraining: found.pretraining,
        hasBackbone: found.backbone !== undefined,
      },
      backbones: backboneNames,
      backbone,
      other: target.other && path.basename(target.other),
    });
  }

  async handle(intent: WeightsIntent): Promise<void> {
    const { found, target } = this;
    switch (intent.type) {
      case 'chooseBackbone':
        this.backbone = intent.backbone;
        return this.inspect('listing');
      case 'usePrefix':
        if (found) return writePrefix(found, intent.prefix);
        throw new UserError('config', `No experiment of this workspace imports ${path.basename(target.file)} yet.`);
      case 'import':
        return addImport(this.services, target.file);
      case 'revealUse':
        return found && revealImport(found);
      case 'compare': {
        const other = await pickWeights('Choose the file to compare with', path.dirname(target.file));
        return other === undefined ? undefined : this.open({ ...target, other });
      }
      case 'endComparison':
        return this.open({ file: target.file, ...(target.use && { use: target.use }) });
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.under.listing.abort();
    this.under.measuring.abort();
    this.subscriptions.forEach((subscription) => subscription.dispose());
  }

  private later(work: () => Promise<void>): void {
    if (!this.hasStarted) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      work().catch((error: unknown) => this.services.log.error('reading weights', error));
    }, GATHER_MS);
  }

  private async start(): Promise<void> {
    this.hasStarted = true;
    this.found = await findImport(this.services, this.target);
    this.inspect('measuring');
  }

  /** Lists anew when the import maps other names, or loads into another backbone. */
  private async followImport(): Promise<void> {
    const before = importFacts(this.found);
    this.found = await findImport(this.services, this.target);
    if (importFacts(this.found) !== before) this.inspect('listing');
    else this.changed.fire();
  }

  /** `measuring` lists, too, and begins with nothing. */
  private inspect(kind: 'listing' | 'measuring'): void {
    const isWhole = kind === 'measuring';
    this.under.listing.abort();
    if (isWhole) this.under.measuring.abort();
    const control = new AbortController();
    this.under.listing = control;
    const measuring = isWhole ? (this.under.measuring = new AbortController()) : undefined;
    this.list = [];
    if (isWhole) Object.assign(this, { numbers: [], warnings: [], described: undefined, state: 'opening' });
    this.message = undefined;
    this.told.fire({ kind: 'begin', isSameFile: !isWhole });
    const { target, found } = this;
    const backbone = this.chosenBackbone();
    const nameOf = (file: string): string => vscode.workspace.asRelativePath(file);
    const request = {
      file: target.file,
      name: nameOf(target.file),
      mapping: found?.mapping ?? {},
      ...(backbone && { backbone }),
      measure: isWhole,
      ...(target.other !== undefined && { other: { file: target.other, name: nameOf(target.other) } }),
    };
    const onPart = (part: WeightsPart): void => {
      const isList = part.kind === 'described' || part.kind === 'listed';
      if (!(isList ? control : measuring)?.signal.aborted) this.take(part);
    };
    const signal = (measuring ?? control).signal;
    const onLog = (line: string): void => this.services.log.info(line);
    inspectWeights(this.services.program(), request, { onPart, onLog, signal }).then(
      () => !signal.aborted && isWhole && this.end('done'),
      (error: unknown) => {
        if (signal.aborted) return;
        if (!(error instanceof UserError)) this.services.log.error('reading weights', error);
        this.end('failed', error instanceof Error ? error.message : String(error));
      },
    );
  }

  private take(part: WeightsPart): void {
    if (part.kind === 'described') {
      this.described = part;
      if (this.state === 'opening') this.state = 'reading';
    } else if (part.kind === 'judged') this.warnings = part.warnings;
    else {
      (part.kind === 'listed' ? this.list : this.numbers).push(part);
      return this.told.fire(part);
    }
    this.changed.fire();
  }

  private end(state: WeightsModel['state'], message?: string): void {
    this.state = state;
    this.message = message;
    this.changed.fire();
  }

  /** Undefined leaves it to what the file holds. */
  private chosenBackbone(): BackboneConfig | undefined {
    return this.backbone === '' ? this.found?.backbone : backboneOf({ backbone: { name: this.backbone } });
  }
}

function importFacts(found: WeightsImport | undefined): string {
  return JSON.stringify(found && [found.mapping, found.backbone]);
}
