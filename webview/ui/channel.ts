/** The webview's end of a panel's wire, and the only place that knows VS Code's webview API. */
import type { FromPanel, PanelMemory, SavedFile, ToPanel } from '../../src/shared/protocol/panels/panelMessages';
import type { PanelSelection, SelectionChange } from '../../src/shared/protocol/panels/selection';
import { changeSelection, selectionNews } from '../../src/shared/views/selection/linkedSelection';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

export interface PanelChannel<Intent, View> {
  /** What the user did to the view when it was last shown. */
  readonly view: View;
  /** Kept by VS Code over reloads and restarts. */
  saveView(change: Partial<View>): void;
  send(intent: Intent): void;
  /** Tells the other panels what is looked at here; null clears a part. */
  select(change: SelectionChange): void;
  save(file: SavedFile): void;
}

export interface PanelDrawing<Model> {
  /** Called with the first model and every later one. */
  draw(model: Model): void;
  /** Called after a model with what was chosen in other panels and is new here; what the panel lacks it leaves be. */
  follow?(news: SelectionChange): void;
  /** Called with what comes after the model, of panels that get it in parts. */
  hear?(news: unknown): void;
  /** Called instead when there is none. */
  fail(message: string): void;
}

/**
 * Opens the wire, says that the panel is ready, and draws what comes. `defaults` fills the fields that the kept view lacks,
 * so a view kept by an older version does no harm.
 */
export function openChannel<Model, Intent, View extends object>(
  defaults: View,
  createDrawing: (channel: PanelChannel<Intent, View>) => PanelDrawing<Model>,
): void {
  const vscode = acquireVsCodeApi();
  const post = (message: FromPanel<Intent>): void => vscode.postMessage(message);
  const kept = (vscode.getState() ?? {}) as Partial<PanelMemory<unknown, Partial<View>>>;
  let target = kept.target;
  let view: View = { ...defaults, ...kept.view };
  let selection: PanelSelection = {};
  const remember = (): void => vscode.setState({ ...(target !== undefined && { target }), view });
  window.addEventListener('error', ({ message }) => {
    // Not an error: an observer changed a size, and the rest of its news comes with the next frame.
    if (!message.startsWith('ResizeObserver loop')) post({ type: 'crashed', message });
  });
  window.addEventListener('unhandledrejection', ({ reason }) => post({ type: 'crashed', message: String(reason) }));
  const drawing = createDrawing({
    get view() {
      return view;
    },
    saveView: (change) => {
      view = { ...view, ...change };
      remember();
    },
    send: (intent) => post({ type: 'intent', intent }),
    select: (change) => {
      const next = changeSelection(selection, change);
      if (Object.keys(selectionNews(selection, next)).length === 0) return;
      selection = next;
      post({ type: 'select', change });
    },
    save: (file) => post({ type: 'save', file }),
  });
  window.addEventListener('message', ({ data }: MessageEvent<ToPanel<unknown, Model>>) => {
    if (data.type === 'news') return drawing.hear?.(data.news);
    if (data.type === 'selection') {
      const news = selectionNews(selection, data.selection);
      selection = data.selection;
      // What the panel told itself comes back, and is nothing new.
      if (Object.keys(news).length > 0) drawing.follow?.(news);
      return;
    }
    target = data.target;
    remember();
    if (data.type === 'model') drawing.draw(data.model);
    else drawing.fail(data.message);
  });
  post({ type: 'ready' });
}
