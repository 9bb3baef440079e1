/**
 * What the user looks at, in one place for chart, table and legend: what is under the pointer or the focus, and what was
 * chosen, which other panels hear of.
 */
import type { PanelSelection, SelectionChange } from '../../../src/shared/protocol/panels/selection';
import { changeSelection } from '../../../src/shared/views/selection/linkedSelection';
import type { DepthMark } from '../../charts/depthChart';

export interface Looking {
  readonly hovered: DepthMark;
  readonly chosen: PanelSelection;
  hover(mark: DepthMark): void;
  /** What the user chose here; told to others. */
  choose(part: SelectionChange): void;
  /** What was chosen in another panel. */
  follow(news: SelectionChange): void;
}

export interface LookingOptions {
  readonly onChange: () => void;
  readonly onChoose: (part: SelectionChange) => void;
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
      chosen = changeSelection(chosen, part);
      onChoose(part);
      onChange();
    },
    follow: (news) => {
      chosen = changeSelection(chosen, news);
      onChange();
    },
  };
}
