/** What pressing a line of the legend makes of the map: hidden or shown, shown alone, or in colour while others are grey. */
import type { EmbeddingView } from '../../protocol/panels/embeddingPanel';
import type { LegendLine } from './pointGroups';

type Change = Partial<Pick<EmbeddingView, 'hidden' | 'emphasised'>>;

function hiddenNames(lines: readonly LegendLine[]): string[] {
  return lines.filter(({ isHidden }) => isHidden).map(({ name }) => name);
}

/** Hides what is shown and shows what is hidden. */
export function toggleLine(lines: readonly LegendLine[], { name, isHidden }: LegendLine): Change {
  const hidden = hiddenNames(lines);
  return { hidden: isHidden ? hidden.filter((one) => one !== name) : [...hidden, name] };
}

/** Hides all others; where they are hidden already, shows all. */
export function showAlone(lines: readonly LegendLine[], { name }: LegendLine): Change {
  const others = lines.filter((line) => line.name !== name);
  const isAlone = others.every(({ isHidden }) => isHidden);
  return { hidden: isAlone ? [] : others.map((line) => line.name) };
}

/** Emphasises it, or no longer; what is emphasised is shown. */
export function emphasiseLine(lines: readonly LegendLine[], { name, isEmphasised, isHidden }: LegendLine): Change {
  return {
    emphasised: isEmphasised ? undefined : name,
    ...(isHidden && { hidden: hiddenNames(lines).filter((one) => one !== name) }),
  };
}
