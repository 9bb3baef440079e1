/** Batch panels: a worker of their own makes one update of a stage at a time, which is handed on as it comes. */
import path from 'node:path';
import * as vscode from 'vscode';
import {
  isBatchTarget,
  type BatchIntent,
  type BatchModel,
  type BatchNews,
  type BatchTarget,
} from '../../shared/protocol/panels/batchPanel';
import { batchFacts, entryOfStage } from '../../shared/views/batch/batchPanel';
import { keepSteps } from '../../shared/views/batch/batchSteps';
import { BatchWorker } from '../runs/batchWorker';
import { makeReady } from '../runs/launchExperiment';
import type { RunServices } from '../runs/runServices';
import { startBatchWorker } from '../runs/workerProgram';
import { attachToPort } from '../commands/attachDebugger';
import type { PanelKind } from './panelKind';
import type { SharedSelection } from './panelSelection';
import type { PanelSource } from './panelWire';
import { revealEntry } from './revealLine';

type Inspected = Extract<BatchNews, { kind: 'inspected' }>;

/** What other parts of the window may ask of the panels that are open. */
export interface BatchPanels {
  /** The target starts by itself when its panel opens; panels of an earlier window wait to be asked. */
  startWhenOpened(target: BatchTarget): Promise<void>;
  /** Those with a process, the one that was used last first. */
  live(): readonly BatchSource[];
}

interface Registry {
  readonly sources: Set<BatchSource>;
  readonly wanted: Set<string>;
}

export function createBatchPanels(
  services: RunServices,
  selection: SharedSelection,
): { readonly kind: PanelKind<BatchTarget, BatchModel, BatchIntent>; readonly panels: BatchPanels } {
  const registry: Registry = { sources: new Set(), wanted: new Set() };
  const storage = vscode.Uri.joinPath(services.context.storageUri ?? services.context.globalStorageUri, 'batch');
  const kind: PanelKind<BatchTarget, BatchModel, BatchIntent> = {
    viewType: 'transferscope.batchPanel',
    bundle: 'batch',
    title: ({ stage }) => `Batch: ${stage}`,
    isTarget: isBatchTarget,
    createSource: (target, toUrl) => {
      const source = new BatchSource({ services, target, toUrl, storage, registry });
      registry.sources.add(source);
      if (registry.wanted.delete(keyOf(target))) void source.start();
      return source;
    },
    selectionOf: ({ file }) => selection.of(() => path.normalize(file)),
    // Where there is no such folder yet, the page may read it once there is.
    roots: () => Promise.resolve([storage]),
  };
  const panels: BatchPanels = {
    startWhenOpened: async (target) => {
      const open = [...registry.sources].find((source) => keyOf(source.target) === keyOf(target));
      if (!open) registry.wanted.add(keyOf(target));
      else if (!open.isLive) await open.start();
    },
    live: () => [...registry.sources].filter(({ isLive }) => isLive).reverse(),
  };
  return { kind, panels };
}

function keyOf({ file, stage }: BatchTarget): string {
  return `${file}\n${stage}`;
}

interface SourceParts {
  readonly services: RunServices;
  readonly target: BatchTarget;
  readonly toUrl: (uri: vscode.Uri) => string;
  readonly storage: vscode.Uri;
  readonly registry: Registry;
}

export class BatchSource implements PanelSource<BatchModel, BatchIntent> {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly told = new vscode.EventEmitter<BatchNews>();
  readonly onDidChange = this.changed.event;
  readonly news = {
    onDidTell: this.told.event,
    told: (): readonly BatchNews[] => [{ kind: 'begin' }, ...this.kept],
  };
  private readonly subscriptions: vscode.Disposable[];
  private readonly worker: BatchWorker;
  private kept: Inspected[] = [];
  /** Of the file that is looked at. */
  private text: string | undefined;

  constructor(private readonly parts: SourceParts) {
    const { services, storage } = parts;
    const fire = (): void => this.changed.fire();
    this.worker = new BatchWorker({
      storage: storage.fsPath,
      start: () => startBatchWorker(services.program(), (line) => services.log.info(line)),
      onChange: fire,
      onInspection: (inspection) => this.tell({ kind: 'inspected', inspection }),
      onBug: (error) => services.log.error('looking at a batch', error),
    });
    this.subscriptions = [
      this.changed,
      this.told,
      services.catalog.onDidChange(fire),
      vscode.workspace.onDidGrantWorkspaceTrust(fire),
    ];
  }

  get target(): BatchTarget {
    return this.parts.target;
  }

  get isLive(): boolean {
    return ['opening', 'ready', 'stepping'].includes(this.worker.state);
  }

  get title(): string {
    return this.worker.session?.label ?? this.parts.target.stage;
  }

  async read(): Promise<BatchModel> {
    const { parts, worker } = this;
    const { session, folder, debugger: address, message } = worker;
    const { state, made, wanted } = worker;
    const entry = this.text === undefined ? undefined : await parts.services.catalog.read(this.uri());
    return {
      title: this.title,
      ...{ state, made, wanted },
      isTrusted: vscode.workspace.isTrusted,
      ...(message !== undefined && { message }),
      ...(session && { session }),
      facts: session ? batchFacts(session) : [],
      folder: folder === '' ? '' : parts.toUrl(vscode.Uri.file(folder)),
      isStale: this.text !== undefined && entry?.parsed.document.text !== this.text,
      ...(address !== undefined && { debugger: address }),
    };
  }

  async handle(intent: BatchIntent): Promise<void> {
    switch (intent.type) {
      case 'startOver':
        return this.start(intent.fromCheckpoint);
      case 'step':
        return this.worker.step(intent.count);
      case 'pause':
        return this.worker.pause();
      case 'cancel':
        return this.worker.cancel();
      case 'attach':
        return this.attach();
      case 'reveal': {
        const { pretraining, transfer } = entryOfStage(this.worker.session?.stage ?? this.parts.target.stage);
        const { catalog } = this.parts.services;
        return revealEntry(this.uri(), (await catalog.read(this.uri()))?.outline, transfer ?? pretraining);
      }
      case 'trust':
        return void (await vscode.commands.executeCommand('workbench.trust.manage'));
    }
  }

  async start(fromCheckpoint = true): Promise<void> {
    const { services } = this.parts;
    const ready = await makeReady(services, this.uri());
    if (!ready) return;
    this.text = (await services.catalog.read(this.uri()))?.parsed.document.text;
    this.kept = [];
    this.told.fire({ kind: 'begin' });
    // A bug is told by the panel; whoever pressed the button need not wait.
    void this.worker.open({ ...ready, stage: this.parts.target.stage, fromCheckpoint });
  }

  async attach(): Promise<void> {
    await attachToPort(await this.worker.openInspector(), `Transferscope: ${this.title}`);
  }

  dispose(): void {
    this.parts.registry.sources.delete(this);
    this.worker.end().catch((error: unknown) => this.parts.services.log.error('ending a worker', error));
    this.subscriptions.forEach((subscription) => subscription.dispose());
  }

  private tell(news: Inspected): void {
    this.kept = keepSteps([...this.kept, news]);
    this.told.fire(news);
    this.changed.fire();
  }

  private uri(): vscode.Uri {
    return vscode.Uri.file(path.normalize(this.parts.target.file));
  }
}
