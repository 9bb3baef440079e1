/**
 * What the user looks at, in one place for chart, table and legend: what is under the pointer or the focus, and what was
 * chosen, which other panels hear of.
 */
import type { PanelSelection } from '../../../src/shared/protocol/panels/selection';
import type { DepthMark } from '../../charts/depthChart';

export interface Looking {
  readonly hovered: DepthMark;
  readonly chosen: PanelSelection;
  hover(mark: DepthMark): void;
  /** What the user chose here; told to others. */
  choose(part: PanelSelection): void;
  /** What was chosen anywhere, as the model says. */
  follow(selection: PanelSelection): void;
}

export interface LookingOptions {
  readonly onChange: () => void;
  readonly onChoose: (selection: PanelSelection) => void;
}

export function createLooking({ onChange, onChoose }: LookingOptions): Looking {
  let hovered: DepthMark = {};
  let chosen: PanelSelection = {};
  return {
    get hovered() {
      return hovered;
    },
    get chosen() {
      return chosen;
    },
    hover: (mark) => {
      if (mark.pretraining === hovered.pretraining && mark.layer === hovered.layer) return;
      hovered = mark;
      onChange();
    },
    choose: (part) => {
      chosen = { ...chosen, ...part };
      onChoose(chosen);
      onChange();
    },
    follow: (selection) => {
      chosen = selection;
      onChange();
    },
  };
}
