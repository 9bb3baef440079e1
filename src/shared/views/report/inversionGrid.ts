/** The pictures of an inversion as a report shows them: for each image pretrainings down, layers across. Pure. */
import type { InversionResults } from '../../results/inversion';
import type { PlannedStage } from '../../results/runManifest';

/** A file in a stage's folder. */
export interface StagePicture {
  /** The stage's key. */
  readonly stage: string;
  readonly file: string;
}

export interface FoundPicture extends StagePicture {
  readonly ssim: number;
}

export interface InversionGrid {
  readonly analysis: string;
  readonly seed: number;
  /** Side of the pictures, px. */
  readonly size: number;
  readonly layers: readonly string[];
  readonly images: readonly {
    readonly name: string;
    readonly original: StagePicture;
    /** By pretraining; found pictures in the order of `layers`. */
    readonly rows: readonly {
      readonly pretraining: string;
      readonly found: readonly (FoundPicture | undefined)[];
    }[];
  }[];
}

/** A report need not show more. */
const MOST_IMAGES = 4;

/** One for each inversion, of its first seed. results: of finished stages, by key. */
export function createInversionGrids(
  stages: readonly PlannedStage[],
  results: ReadonlyMap<string, InversionResults>,
): InversionGrid[] {
  const finished = stages.flatMap((stage) => {
    const result = results.get(stage.key);
    return result && stage.analysis !== undefined ? [{ stage, analysis: stage.analysis, result }] : [];
  });
  return [...new Set(finished.map(({ analysis }) => analysis))].map((analysis) => {
    const all = finished.filter((one) => one.analysis === analysis);
    const { stage: first, result } = all[0]!;
    const members = all.filter(({ stage }) => stage.seed === first.seed);
    return {
      analysis,
      seed: first.seed,
      size: result.size,
      layers: result.layers.map(({ layer }) => layer),
      images: result.images.slice(0, MOST_IMAGES).map(({ place, name, file }) => ({
        name,
        original: { stage: first.key, file },
        rows: members.map(({ stage, result: own }) => ({
          pretraining: stage.pretraining,
          found: findPictures(own, stage.key, place),
        })),
      })),
    };
  });
}

function findPictures(results: InversionResults, stage: string, place: number): (FoundPicture | undefined)[] {
  const image = results.images.findIndex((one) => one.place === place);
  return results.layers.map((_, layer) => {
    const last = results.inversions.find((one) => one.image === image && one.layer === layer)?.snapshots.at(-1);
    return last && { stage, file: last.file, ssim: last.distances.ssim };
  });
}
