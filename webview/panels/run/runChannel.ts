/** What the parts of the Run panel share: what they may send and keep. */
import type { RunPanelIntent, RunPanelView } from '../../../src/shared/protocol/panels/runPanel';
import type { PanelChannel } from '../../ui/channel';

export type RunChannel = PanelChannel<RunPanelIntent, RunPanelView>;
