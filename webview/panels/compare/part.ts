/** What the parts of the Compare panel share. */
import type { CompareIntent, CompareModel, CompareView } from '../../../src/shared/protocol/panels/comparePanel';
import type { SavedFile } from '../../../src/shared/protocol/panels/panelMessages';
import type { CompareTable } from '../../../src/shared/views/compare/compareTable';
import type { MarkChange } from '../../../src/shared/views/compare/compareMarks';

export interface CompareState {
  readonly model: CompareModel;
  readonly view: CompareView;
  readonly table: CompareTable;
  /** The table of another view of the same model. */
  readonly tableOf: (view: CompareView) => CompareTable;
}

export interface CompareActions {
  state(): CompareState | undefined;
  /** Keeps what the user did and draws it. */
  change(view: Partial<CompareView>): void;
  send(intent: CompareIntent): void;
  save(file: SavedFile): void;
  /** Notes something in the results folder of a row; of the first one where none is meant. */
  mark(row: number | undefined, change: MarkChange): void;
}

export interface Part {
  readonly node: HTMLElement;
  draw(state: CompareState): void;
}

/** The row by its id. */
export function placeOf({ model }: CompareState, id: string | undefined): number | undefined {
  const place = model.rows.findIndex((row) => row.id === id);
  return place < 0 ? undefined : place;
}
