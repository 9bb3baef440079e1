/** Which trackers a run can be exported to, and what an export consists of: files with paths relative to a folder. */
import { quoteForShell } from '../formats/shellText';
import { assertNever } from '../assertNever';
import { dvcFiles } from './dvc';
import { mlflowFiles } from './mlflow';
import { fileName } from './safeNames';
import { tensorboardFiles } from './tensorboard';
import type { TrackedStudy } from './trackedRuns';
import { wandbFiles } from './wandb';

export const trackers = ['tensorboard', 'mlflow', 'wandb', 'dvc'] as const;
export type Tracker = (typeof trackers)[number];

export interface ExportFile {
  /** With slashes. */
  readonly path: string;
  readonly content: string | Uint8Array;
  /** First line of the content where names could be other people's: files are replaced only where it stands already. */
  readonly mark?: string;
}

/** `folder` is the URL that files will stand under, for trackers that write down where artifacts are. */
export function exportFiles(study: TrackedStudy, tracker: Tracker, folder: string): ExportFile[] {
  switch (tracker) {
    case 'tensorboard':
      return tensorboardFiles(study);
    case 'mlflow':
      return mlflowFiles(study, folder);
    case 'wandb':
      return wandbFiles(study);
    case 'dvc':
      return dvcFiles(study);
    default:
      return assertNever(tracker);
  }
}

/** What to do with the files of `run`, as one command and a sentence. */
export function viewingCommand(tracker: Tracker, folder: string, run: string): string {
  const place = quoteForShell(folder);
  switch (tracker) {
    case 'tensorboard':
      return `tensorboard --logdir ${place}`;
    case 'mlflow':
      return `MLFLOW_ALLOW_FILE_STORE=true mlflow ui --backend-store-uri ${place}`;
    case 'wandb':
      return `wandb sync ${place}/offline-run-*`;
    case 'dvc':
      return `dvc metrics show, dvc params diff or dvc plots show in ${folder}/${fileName(run)}`;
    default:
      return assertNever(tracker);
  }
}
