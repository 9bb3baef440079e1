/** Does what users ask for in a row of the Compare panel: notes, panels, lines of the file, a new file. */
import * as vscode from 'vscode';
import type { CompareIntent, CompareRow } from '../../shared/protocol/panels/comparePanel';
import type { RowMarks } from '../../shared/views/compare/compareMarks';
import { selectionOfRow } from '../../shared/views/compare/followCompare';
import { applyRow } from '../commands/applyRow';
import type { LibraryRun } from '../runs/runLibrary';
import type { RunServices } from '../runs/runServices';
import { followLink } from './links';
import type { SharedSelection } from './panelSelection';
import { revealSetting } from './revealSetting';

export interface IntentOfRow {
  readonly services: RunServices;
  readonly selection: SharedSelection;
  readonly row: CompareRow;
  readonly run: LibraryRun;
  readonly marks: RowMarks;
  setMarks(set: { readonly [K in keyof RowMarks]?: RowMarks[K] | null }): Promise<void>;
}

export async function handleRowIntent(
  intent: Exclude<CompareIntent, { readonly type: 'mark' }>,
  about: IntentOfRow,
): Promise<void> {
  const { services, row, run } = about;
  switch (intent.type) {
    case 'ask':
      return ask(intent.what, about);
    case 'open':
      return open(intent.panel, about);
    case 'reveal': {
      const entry = intent.of === 'pretraining' || row.measure === '' ? row.pretraining : row.measure;
      return revealSetting(services, run, entry, intent.field);
    }
    case 'apply':
      return applyRow(services, run, row);
  }
}

const questions = {
  name: { prompt: 'What the row is called here; empty: by its own name', title: 'Rename' },
  note: { prompt: 'What to remember about it', title: 'Note' },
  tags: { prompt: 'Words, with commas between them', title: 'Tags' },
} as const;

async function ask(what: 'name' | 'note' | 'tags', { row, marks, setMarks }: IntentOfRow): Promise<void> {
  const value = what === 'tags' ? (marks.tags ?? []).join(', ') : (marks[what] ?? '');
  const about = `${row.pretraining}${row.measure === '' ? '' : ` · ${row.measure}`} of ${row.run}`;
  const { title, prompt } = questions[what];
  const typed = await vscode.window.showInputBox({ title: `${title}: ${about}`, prompt, value });
  if (typed === undefined) return;
  if (what !== 'tags') return setMarks({ [what]: typed.trim() });
  const tags = typed.split(',').map((tag) => tag.trim());
  await setMarks({ tags: [...new Set(tags.filter((tag) => tag !== ''))].sort() });
}

async function open(
  panel: Extract<CompareIntent, { readonly type: 'open' }>['panel'],
  about: IntentOfRow,
): Promise<void> {
  const { services, selection, row, run: found } = about;
  const { out, run, pretraining, measure, kind } = row;
  const command = (name: string, argument: unknown): Thenable<unknown> =>
    vscode.commands.executeCommand(`transferscope.${name}`, argument);
  selection.change(selectionOfRow(row));
  const target = { out, run };
  switch (panel) {
    case 'images':
      return followLink({ type: 'showImages', of: { pretraining, measure } }, { services, selection, run: found });
    case 'best':
      if (kind !== 'transfer') return void (await command('openRunPanel', target));
      return open(row.noImages === undefined ? 'images' : 'layers', about);
    case 'run':
      return void (await command('openRunPanel', target));
    case 'layers':
      return void (await command('openLayersPanel', target));
    case 'report':
      return void (await command('openReport', { target: { type: 'run', ...target } }));
  }
}
