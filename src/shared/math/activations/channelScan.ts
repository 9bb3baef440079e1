/**
 * What the channels of one layer do over many images, kept while the images pass by: means, extremes, share of places with an
 * answer, classes that stand out, and the images with the largest answers. Selectivity: Morcos et al. 2018, arXiv 1803.06959,
 * section 2.2, on the positive part of the answers, so that it lies in 0..1 for channels without a rectifier, too.
 */
import { TopList, type TopEntry } from './topList';

/** Answers of all channels to one image, [channels] each. */
export interface ChannelAnswers {
  /** Over the places of the map. */
  readonly mean: ArrayLike<number>;
  readonly least: ArrayLike<number>;
  readonly peak: ArrayLike<number>;
  /** Place of the peak, row · width + column. */
  readonly at: ArrayLike<number>;
  /** Share of places above zero, 0..1. */
  readonly active: ArrayLike<number>;
}

export interface ChannelSummary {
  readonly mean: number;
  /** Mean over images of the largest answer, and the largest of all. */
  readonly meanPeak: number;
  readonly peak: number;
  readonly active: number;
  /** (a − b) / (a + b): a is the mean of the class that answers most, b the mean over the other classes. NaN without classes. */
  readonly selectivity: number;
  /** That class; −1 where there is none. */
  readonly favourite: number;
  /** Whether it ever gives two different answers. */
  readonly varies: boolean;
}

export class ChannelScan {
  private images = 0;
  private readonly sums: Record<'mean' | 'peak' | 'active', Float64Array>;
  private readonly least: Float64Array;
  private readonly most: Float64Array;
  /** [classes, channels], of the positive part of the mean. */
  private readonly byClass: Float64Array;
  private readonly classSizes: Float64Array;
  private readonly tops: readonly TopList[];

  constructor(
    private readonly channels: number,
    { classes, examples }: { readonly classes: number; readonly examples: number },
  ) {
    const zeros = () => new Float64Array(channels);
    this.sums = { mean: zeros(), peak: zeros(), active: zeros() };
    this.least = zeros().fill(Infinity);
    this.most = zeros().fill(-Infinity);
    this.byClass = new Float64Array(classes * channels);
    this.classSizes = new Float64Array(classes);
    this.tops = Array.from({ length: channels }, () => new TopList(examples));
  }

  /** `image`: its place in the split; `label`: its class. */
  add(image: number, label: number, answers: ChannelAnswers): void {
    const { channels, sums, byClass } = this;
    this.images++;
    this.classSizes[label]!++;
    for (let c = 0; c < channels; c++) {
      const [mean, peak] = [answers.mean[c]!, answers.peak[c]!];
      sums.mean[c]! += mean;
      sums.peak[c]! += peak;
      sums.active[c]! += answers.active[c]!;
      this.least[c] = Math.min(this.least[c]!, answers.least[c]!);
      this.most[c] = Math.max(this.most[c]!, peak);
      byClass[label * channels + c]! += Math.max(0, mean);
      this.tops[c]!.offer({ value: peak, image, at: answers.at[c]! });
    }
  }

  summarise(channel: number): ChannelSummary {
    const { sums, images } = this;
    return {
      mean: sums.mean[channel]! / images,
      meanPeak: sums.peak[channel]! / images,
      peak: this.most[channel]!,
      active: sums.active[channel]! / images,
      varies: this.most[channel]! > this.least[channel]!,
      ...this.selectivityOf(channel),
    };
  }

  /** Largest answers, best first, one of an image. */
  top(channel: number): readonly TopEntry[] {
    return this.tops[channel]!.entries();
  }

  private selectivityOf(channel: number): Pick<ChannelSummary, 'selectivity' | 'favourite'> {
    let [favourite, best, sum, seen] = [-1, 0, 0, 0];
    this.classSizes.forEach((size, label) => {
      if (size === 0) return;
      const mean = this.byClass[label * this.channels + channel]! / size;
      seen++;
      sum += mean;
      if (mean > best) [best, favourite] = [mean, label];
    });
    if (seen < 2 || favourite < 0) return { selectivity: NaN, favourite: -1 };
    const others = (sum - best) / (seen - 1);
    return { selectivity: (best - others) / (best + others), favourite };
  }
}
