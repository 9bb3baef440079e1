/**
 * One end of a panel's wire. Sends the whole view model when the panel is ready, when it becomes visible and when its
 * source changed; several changes within a moment become one. A hidden panel is not drawn for, an overtaken model is
 * dropped, and a model that equals the last one is not sent again. News go after the model, each once; a page that starts
 * anew gets all of them again.
 */
import * as vscode from 'vscode';
import type { FromPanel, ToPanel } from '../../shared/protocol/panels/panelMessages';
import type { Log } from '../log';
import type { SelectionOfPanel } from './panelSelection';
import { saveFile } from './saveFile';

/** Where a panel's view model comes from, and who does what its user asks for. */
export interface PanelSource<Model, Intent> extends vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  /** The model as of now. A rejection is drawn in the panel as a sentence. */
  read(): Promise<Model>;
  handle(intent: Intent): void | Promise<void>;
  /** Of models that come in parts: what comes after it, and all of that so far. */
  readonly news?: { readonly onDidTell: vscode.Event<unknown>; told(): readonly unknown[] };
}

export interface WireOptions<Target, Model, Intent> {
  readonly webview: vscode.Webview;
  readonly target: Target;
  readonly source: PanelSource<Model, Intent>;
  /** Of panels that follow what is looked at in others. */
  readonly selection?: SelectionOfPanel | undefined;
  readonly isVisible: () => boolean;
  readonly onDidChangeVisibility: vscode.Event<unknown>;
  readonly log: Log;
}

/** Gathers changes for this long; also the shortest time between two models. */
const GATHER_MS = 100;

/** Disposing it does not dispose the webview, but the source. */
export function connectPanel<Target, Model, Intent>(options: WireOptions<Target, Model, Intent>): vscode.Disposable {
  const { webview, target, source, selection, log } = options;
  let isReady = false;
  let isDirty = true;
  let isReading = false;
  let timer: NodeJS.Timeout | undefined;
  let sent = '';
  /** Whether the page has the news so far. */
  let isTold = false;
  let selected = '';

  const tell = (news: unknown): void => void webview.postMessage({ type: 'news', news });
  const post = (message: ToPanel<Target, Model>): void => {
    const text = JSON.stringify(message);
    if (text === sent) return;
    sent = text;
    void webview.postMessage(message);
    postSelection();
    if (isTold || !source.news) return;
    isTold = true;
    source.news.told().forEach(tell);
  };
  /** After the first model: before it there is nothing to move. */
  const postSelection = (): void => {
    if (!selection || !isReady || sent === '' || !options.isVisible()) return;
    const text = JSON.stringify(selection.get());
    if (text === selected) return;
    selected = text;
    void webview.postMessage({ type: 'selection', selection: selection.get() });
  };
  const flush = async (): Promise<void> => {
    timer = undefined;
    if (!isReady || !isDirty || isReading || !options.isVisible()) return;
    isReading = true;
    isDirty = false;
    try {
      const model = await source.read();
      // Changed while it was read: the next one follows, this one would only flicker.
      if (!isDirty || sent === '') post({ type: 'model', target, model });
    } catch (error) {
      log.error('reading what a panel shows', error);
      post({ type: 'failed', target, message: error instanceof Error ? error.message : String(error) });
    }
    isReading = false;
    if (isDirty) schedule();
  };
  const schedule = (): void => {
    timer ??= setTimeout(() => void flush(), GATHER_MS);
  };
  const change = (): void => {
    isDirty = true;
    schedule();
  };
  const receive = async (message: FromPanel<Intent>): Promise<void> => {
    if (message.type === 'ready') {
      isReady = true;
      isDirty = true;
      isTold = false;
      sent = '';
      selected = '';
      return flush();
    }
    if (message.type === 'intent') return source.handle(message.intent);
    if (message.type === 'select') return selection?.change(message.change);
    if (message.type === 'save') return saveFile(message.file);
    log.error(`a panel failed: ${message.message}`);
  };
  const subscriptions = [
    source,
    source.onDidChange(change),
    ...(source.news ? [source.news.onDidTell((news) => isTold && tell(news))] : []),
    ...(selection ? [selection.onDidChange(postSelection)] : []),
    options.onDidChangeVisibility(() => {
      if (!options.isVisible()) return;
      schedule();
      postSelection();
    }),
    webview.onDidReceiveMessage((message: FromPanel<Intent>) => {
      receive(message).catch((error: unknown) => {
        log.error('doing what a panel asked for', error);
        void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
      });
    }),
  ];
  return {
    dispose: () => {
      clearTimeout(timer);
      isReady = false;
      subscriptions.forEach((subscription) => subscription.dispose());
    },
  };
}
