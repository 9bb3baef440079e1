/** What an image of a batch was matched to, in words: a few below its picture, all of them beside it when it is large. Pure. */
import type {
  BoxMatches,
  BoxStage,
  InspectedImage,
  Matching,
  QueueMatch,
  ClassMatch,
  PixelMatch,
  LandmarkMatch,
} from '../../results/batchInspection';
import { formatCount, formatNumberOf, formatShare } from '../formatNumbers';
import { formatFigure } from './formatFigures';
import type { Fact } from './tensorRows';

/** The match of one image, with its kind. */
export type ImageMatch =
  | { readonly kind: 'classes'; readonly match: ClassMatch }
  | { readonly kind: 'queue'; readonly match: QueueMatch; readonly matching: Extract<Matching, { kind: 'queue' }> }
  | { readonly kind: 'boxes'; readonly match: BoxMatches }
  | { readonly kind: 'pixels'; readonly match: PixelMatch; readonly classes: readonly string[] }
  | { readonly kind: 'landmarks'; readonly match: LandmarkMatch; readonly names: readonly string[] };

export function matchOf(matching: Matching | undefined, place: number): ImageMatch | undefined {
  const find = <Match extends { readonly place: number }>(images: readonly Match[]): Match | undefined =>
    images.find((one) => one.place === place);
  switch (matching?.kind) {
    case 'classes':
      return withMatch(matching.kind, find(matching.images), {});
    case 'queue':
      return withMatch(matching.kind, find(matching.images), { matching });
    case 'boxes':
      return withMatch(matching.kind, find(matching.images), {});
    case 'pixels':
      return withMatch(matching.kind, find(matching.images), { classes: matching.classes });
    case 'landmarks':
      return withMatch(matching.kind, find(matching.images), { names: matching.names });
    case undefined:
      return undefined;
  }
}

function withMatch<Kind extends string, Match, More extends object>(
  kind: Kind,
  match: Match | undefined,
  more: More,
): ({ readonly kind: Kind; readonly match: Match } & More) | undefined {
  return match && { kind, match, ...more };
}

/** A few words; '' where nothing was matched. */
export function describeMatch(match: ImageMatch | undefined): string {
  if (!match) return '';
  switch (match.kind) {
    case 'classes': {
      const [best] = match.match.predicted;
      if (!best) return '';
      const isRight = best.name === match.match.expected;
      return `${isRight ? '✓' : '✗'} ${best.name} ${formatShare(best.probability)} %`;
    }
    case 'queue':
      return `positive ${formatSimilarity(match.match.positive)}, ${formatShare(match.match.probability)} %`;
    case 'boxes': {
      const { truth, stages } = match.match;
      const missed = unmatchedObjects(match.match).length;
      const positives = stages.map(({ counts }) => formatCount(counts.positive)).join(' + ');
      const objects = formatNumberOf(truth.length, 'object');
      return `${objects}, ${positives || 'no'} positives${missed > 0 ? `, ${missed} unmatched` : ''}`;
    }
    case 'pixels':
      return `accuracy ${formatShare(match.match.accuracy)} %`;
    case 'landmarks':
      return `mean error ${formatPixels(meanDistance(match.match))}`;
  }
}

/** Everything but the lists that panels draw. */
export function describeImage(image: InspectedImage, match: ImageMatch | undefined): Fact[] {
  const facts: Fact[] = [{ label: 'Image', value: image.name }];
  if (image.label !== undefined) facts.push({ label: 'Label', value: image.label });
  if (image.loss !== undefined) facts.push({ label: 'Loss', value: formatFigure(image.loss) });
  return [...facts, ...(match ? matchFacts(match) : [])];
}

function matchFacts(match: ImageMatch): Fact[] {
  switch (match.kind) {
    case 'classes':
      return [{ label: 'Expected', value: match.match.expected }];
    case 'queue':
      return queueFacts(match);
    case 'boxes':
      return [{ label: 'Objects', value: formatCount(match.match.truth.length) }];
    case 'pixels':
      return [
        { label: 'Accuracy', value: `${formatShare(match.match.accuracy)} % of pixels` },
        { label: 'Ignored', value: `${formatShare(match.match.ignoredShare)} % of pixels` },
      ];
    case 'landmarks':
      return [{ label: 'Mean error', value: formatPixels(meanDistance(match.match)) }];
  }
}

function queueFacts({ match, matching }: Extract<ImageMatch, { kind: 'queue' }>): Fact[] {
  const { size, filled, of, temperature } = matching;
  const place = of === 'queue' ? 'the queue' : 'the memory bank';
  const excluded = match.excluded > 0 ? `, ${formatCount(match.excluded)} not counted as such` : '';
  return [
    { label: 'Positive', value: `similarity ${formatSimilarity(match.positive)}` },
    {
      label: 'Share',
      value: `${formatShare(match.probability)} % of the softmax, temperature ${formatFigure(temperature)}`,
    },
    { label: 'Negatives', value: `${formatCount(match.negatives)}${excluded}` },
    { label: 'Filled', value: `${formatCount(filled)} of ${formatCount(size)} entries of ${place}` },
  ];
}

/** `0.731`: cosines have few digits that mean something. */
export function formatSimilarity(value: number): string {
  return Number.isFinite(value) ? value.toFixed(3).replace('-', '−') : formatFigure(value);
}

/** Objects that one part of the detector has matched no candidate to, crowds left out. */
export function unmatchedObjects({ truth, stages }: BoxMatches): number[] {
  const places = new Set(stages.flatMap(({ unmatched }) => unmatched));
  return [...places].filter((place) => truth[place]?.isCrowd === false).sort((a, b) => a - b);
}

/** `anchors: 31 positive (16 in the loss), 12,000 negative (240 in the loss), 400 neither`. */
export function describeStage({ name, counts, drawn }: BoxStage): string {
  const part = (role: 'positive' | 'negative'): string => {
    const isAll = drawn[role] === counts[role];
    return `${formatCount(counts[role])} ${role}${isAll ? '' : ` (${formatCount(drawn[role])} in the loss)`}`;
  };
  return `${name}: ${part('positive')}, ${part('negative')}, ${formatCount(counts.neither)} neither`;
}

/** px */
export function pointDistance({ expected, predicted }: LandmarkMatch['points'][number]): number {
  return Math.hypot(predicted[0] - expected[0], predicted[1] - expected[1]);
}

function meanDistance({ points }: LandmarkMatch): number {
  return points.reduce((sum, point) => sum + pointDistance(point), 0) / Math.max(1, points.length);
}

export function formatPixels(px: number): string {
  return Number.isFinite(px) ? `${px.toFixed(1)} px` : formatFigure(px);
}
