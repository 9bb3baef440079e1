/** Embedding panels: maps of images by their features, over all runs of one experiment. The page reads them itself. */
import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../shared/errors';
import { isAnalysesTarget, type AnalysesTarget } from '../../shared/protocol/panels/analysesPanel';
import type { EmbeddingIntent, EmbeddingModel, OpenImageIntent } from '../../shared/protocol/panels/embeddingPanel';
import type { AnalysesInput } from '../../shared/views/analyses/analysisStages';
import { createEmbeddingModel, dataFolderOf } from '../../shared/views/embedding/embeddingPanel';
import type { RunServices } from '../runs/runServices';
import { createAnalysesSource, experimentName } from './analysesPanel';
import type { PanelKind } from './panelKind';
import type { SharedSelection } from './panelSelection';
import { isThere } from './runStages';

type Kind = PanelKind<AnalysesTarget, EmbeddingModel, EmbeddingIntent>;

export function embeddingPanelKind(services: RunServices, selection: SharedSelection): Kind {
  return {
    viewType: 'transferscope.embeddingPanel',
    bundle: 'embedding',
    title: ({ file }) => `Embedding: ${experimentName(file)}`,
    isTarget: isAnalysesTarget,
    createSource: (target, toUrl) => {
      const parts = { services, target, toUrl, worker: 'embeddingWorker.js' };
      const handle = (intent: OpenImageIntent, input: AnalysesInput): Promise<void> => openImage(intent, input);
      return createAnalysesSource<EmbeddingModel, OpenImageIntent>(parts, { create: createEmbeddingModel, handle });
    },
    selectionOf: ({ file }) => selection.of(() => file),
    roots: ({ out }) => Promise.resolve([vscode.Uri.file(path.join(out, 'stages'))]),
  };
}

/** Shows an image's file beside the panel. */
async function openImage({ stage: key, name }: OpenImageIntent, input: AnalysesInput): Promise<void> {
  const stage = createEmbeddingModel(input).stages.find((one) => one.key === key);
  const folder = stage && dataFolderOf(input, stage);
  if (folder === undefined) throw new UserError('data', `${name} is no file, so there is nothing to open.`);
  const file = path.resolve(folder, name);
  const isInside = !path.relative(folder, file).startsWith('..');
  if (!isInside || !(await isThere(file)))
    throw new UserError(
      'data',
      `${name} is not in ${folder} any more; mend \`root\` of ${stage?.data} or put it back.`,
    );
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file), vscode.ViewColumn.Beside);
}
