/** The panel's parts, and what is done when they are used. */
import type { LayersIntent, LayersModel, LayersView } from '../../../src/shared/protocol/panels/layersPanel';
import type { SavedFile } from '../../../src/shared/protocol/panels/panelMessages';
import type { Announce } from '../../ui/announce';
import { createTabs } from '../../ui/tabs';
import { createChartArea } from './chartArea';
import { createComparisonPart } from './comparisonPart';
import { createCountsPart } from './countsPart';
import { createDepthTable, type DepthTable, type DepthTableOptions } from './depthTable';
import { createForetelling } from './foretelling';
import { createHeading } from './heading';
import { createLayerSlider } from './layerSlider';
import { createLayerValues } from './layerValues';
import { createLegend } from './legend';
import { createLikenessPart } from './likenessPart';
import { createLinks } from './links';
import type { Looking } from './looking';
import { createMeasureChooser } from './measureChooser';
import { createNotes } from '../../ui/notes';
import type { LayersShown } from './panelState';
import { createSaving } from './saving';
import { createSentences } from './sentences';
import { createToolbar } from './toolbar';

/** Id of the element that the tabs change. */
export const contentId = 'layers-content';

export interface PartsOptions {
  readonly looking: Looking;
  readonly announce: Announce;
  readonly model: () => LayersModel | undefined;
  readonly shown: () => LayersShown | undefined;
  readonly change: (part: Partial<LayersView>) => void;
  readonly openTransfer: (id: string, metric?: string) => void;
  readonly send: (intent: LayersIntent) => void;
  readonly save: (file: SavedFile) => void;
}

export type Parts = ReturnType<typeof createParts>;

export function createParts(options: PartsOptions) {
  const { looking, announce, model, shown, change, openTransfer, send, save } = options;
  const { reveal, linksOf } = createLinks(model, send);
  const counts = createCountsPart();
  const charts = createChartArea({ looking, announce, linksOf, onOpen: openTransfer });
  const pictures = (): readonly SVGSVGElement[] => {
    const counted = counts.picture();
    return counted ? [counted] : charts.pictures();
  };
  const current = () => {
    const now = shown();
    return now && { ...now, pictures: pictures() };
  };
  return {
    ...{ counts, charts, saving: createSaving({ current, save }) },
    heading: createHeading(reveal, send),
    tabs: createTabs('Transfers', contentId, openTransfer),
    toolbar: createToolbar(change),
    chooser: createMeasureChooser((measures) => change({ measures })),
    slider: createLayerSlider(looking),
    values: createLayerValues(),
    comparison: createComparisonPart(looking, (pair) => change({ pair })),
    likeness: createLikenessPart(looking),
    legend: createLegend(looking, (hidden) => change({ hidden })),
    table: createSortedTable(options, { onReveal: reveal, linksOf }),
    sentences: createSentences(),
    foretelling: createForetelling(),
    notes: createNotes(),
  };
}

function createSortedTable(
  { looking, announce, change }: PartsOptions,
  links: Pick<DepthTableOptions, 'onReveal' | 'linksOf'>,
): DepthTable {
  return createDepthTable({
    ...{ looking, ...links },
    onSort: (sort) => {
      change({ sort });
      const order = sort.isDescending ? 'from high to low' : 'from low to high';
      announce(sort.column === '' ? 'Sorted by name' : `Sorted by ${sort.column}, ${order}`);
    },
  });
}
