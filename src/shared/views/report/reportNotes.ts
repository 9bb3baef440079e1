/** What a reader of a report should know before believing it: what is missing, left out, or rests on too little. */
import { formatNumberOf } from '../formatNumbers';
import type { ImportedFrom } from '../../results/runManifest';
import type { JoinedRun } from './joinedRun';

/** More files than this are counted, not listed. */
const MOST_FILES = 10;

export interface NotesInput {
  readonly run: JoinedRun;
  readonly state: string;
  readonly seeds: readonly number[];
  /** Sentences from elsewhere: why the run failed, what could not be read. */
  readonly problems: readonly string[];
  readonly imported?: ImportedFrom | undefined;
}

export function createNotes(input: NotesInput): string[] {
  if (input.imported) return importedNotes(input.imported);
  const notes = [
    ...stateNotes(input),
    ...input.problems,
    ...seedNotes(input),
    ...stageNotes(input.run),
    ...fileNotes(input.run),
  ];
  return [...new Set(notes)];
}

function importedNotes({ source, citation, url }: ImportedFrom): string[] {
  return [
    `These rows were made elsewhere and imported from ${source}; nothing here was measured by Transferscope, and no difference is tested.`,
    ...(citation === undefined ? [] : [`Cite: ${citation}`]),
    ...(url === undefined ? [] : [`Source: ${url}`]),
  ];
}

function stateNotes({ run, state }: NotesInput): string[] {
  const missing = run.stages.filter((stage) => !run.record(stage)).length;
  if (missing === 0) return [];
  return [
    `Run ${state}: ${missing} of ${run.stages.length} stages have no result yet, so this report is not complete.`,
  ];
}

function seedNotes({ run, seeds }: NotesInput): string[] {
  if (seeds.length < 2) return ['One seed only: there is no interval, so differences are not judged.'];
  const fixed = run.pretrainings.filter((pretraining) => {
    return run.stages.filter((stage) => stage.kind === 'pretraining' && stage.pretraining === pretraining).length === 1;
  });
  return fixed.map(
    (pretraining) =>
      `${pretraining} is one set of weights for all seeds: an interval beside it, if any, covers the draw of images, not the training.`,
  );
}

function stageNotes(run: JoinedRun): string[] {
  return run.stages.flatMap((stage) => {
    const result = run.record(stage)?.result;
    return result && result.kind !== 'features' ? result.notes.map((note) => `${stage.id}: ${note}`) : [];
  });
}

/** Images that were left out, each named once whatever network saw it. */
function fileNotes(run: JoinedRun): string[] {
  const files = new Set<string>();
  for (const stage of run.stages) {
    const result = run.record(stage)?.result;
    if (result?.kind !== 'features') continue;
    for (const { file, message } of result.problems) files.add(`Left out ${file}: ${message}`);
  }
  const listed = [...files].slice(0, MOST_FILES);
  const hidden = files.size - listed.length;
  return hidden === 0
    ? listed
    : [...listed, `Left out ${formatNumberOf(hidden, 'further image')} that could not be read.`];
}
