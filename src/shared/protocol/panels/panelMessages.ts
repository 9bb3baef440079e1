/**
 * What all wires between the host and a panel have in common. Down goes the whole view model, again whenever it changed;
 * up go small intents. A panel says `ready` when its script runs, and only then is anything sent: a message to a webview
 * that is still loading is lost. Models and intents of each panel are in the file named after it. What the user looks at
 * travels apart from models, so that choosing something makes no panel's host read anything again.
 */
import type { PanelSelection, SelectionChange } from './selection';

export type ToPanel<Target, Model> =
  /** The target travels along so that the panel can be restored after a restart: the webview keeps it in its state. */
  | { readonly type: 'model'; readonly target: Target; readonly model: Model }
  /** An addition to the model, where the whole would be too much to send again. */
  | { readonly type: 'news'; readonly news: unknown }
  /** What is looked at in the window, as far as it concerns the panel. */
  | { readonly type: 'selection'; readonly selection: PanelSelection }
  /** Why there is no model. The panel draws the sentence. */
  | { readonly type: 'failed'; readonly target: Target; readonly message: string };

export type FromPanel<Intent> =
  | { readonly type: 'ready' }
  | { readonly type: 'intent'; readonly intent: Intent }
  /** What the user has chosen in the panel, for all others. */
  | { readonly type: 'select'; readonly change: SelectionChange }
  /** The user asked to keep a picture or a table; the host asks where. */
  | { readonly type: 'save'; readonly file: SavedFile }
  /** The panel's own script failed. */
  | { readonly type: 'crashed'; readonly message: string };

export interface SavedFile {
  /** Proposed, with its extension. */
  readonly name: string;
  readonly encoding: 'utf8' | 'base64';
  readonly content: string;
}

/** What VS Code keeps for a webview and hands back when it restores it. */
export interface PanelMemory<Target, View> {
  readonly target?: Target;
  /** What the user did to the view: zoom, toggles, scroll. JSON. */
  readonly view: View;
}

/** A run of some results folder: what Run and Layers panels show. */
export interface RunReference {
  /** The `.transferscope` folder. */
  readonly out: string;
  readonly run: string;
}

export function isRunReference(value: unknown): value is RunReference {
  const { out, run } = (value ?? {}) as Partial<Record<keyof RunReference, unknown>>;
  return typeof out === 'string' && typeof run === 'string';
}

/** How two pictures of a thing are compared; side by side until the user chooses. */
export type PairLayout = 'first' | 'second' | 'side' | 'blink';
