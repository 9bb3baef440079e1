/** Features panels: what analyses of single images of one experiment have left, over all of its runs. The page reads it itself. */
import path from 'node:path';
import * as vscode from 'vscode';
import { isAnalysesTarget, type AnalysesTarget } from '../../shared/protocol/panels/analysesPanel';
import type { FeaturesIntent, FeaturesModel } from '../../shared/protocol/panels/featuresPanel';
import { createFeaturesModel } from '../../shared/views/features/featuresPanel';
import type { RunServices } from '../runs/runServices';
import { createAnalysesSource, experimentName } from './analysesPanel';
import type { PanelKind } from './panelKind';
import type { SharedSelection } from './panelSelection';

type Kind = PanelKind<AnalysesTarget, FeaturesModel, FeaturesIntent>;

export function featuresPanelKind(services: RunServices, selection: SharedSelection): Kind {
  return {
    viewType: 'transferscope.featuresPanel',
    bundle: 'features',
    title: ({ file }) => `Features: ${experimentName(file)}`,
    isTarget: isAnalysesTarget,
    createSource: (target, toUrl) => {
      const parts = { services, target, toUrl, worker: 'featuresWorker.js' };
      return createAnalysesSource<FeaturesModel>(parts, { create: createFeaturesModel });
    },
    selectionOf: ({ file }) => selection.of(() => file),
    roots: ({ out }) => Promise.resolve([vscode.Uri.file(path.join(out, 'stages'))]),
  };
}
