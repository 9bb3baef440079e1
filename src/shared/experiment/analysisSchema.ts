/** Analyses in the experiment file: their schema as written, and the types that they resolve to. */
import { z } from 'zod';
import { activationsFields, againstField } from './activationsFields';
import {
  commonAnalysisFields,
  geometryFields,
  invarianceFields,
  likenessFields,
  manyImagesFields,
  networkAnalysisFields,
  ofField,
  readoutFields,
  similarityFields,
  sourceImagesFields,
  type SimilarityKind,
} from './analysisFields';
import { attributionFields, targetField } from './attributionFields';
import { detectionErrorsFields, detectionErrorsNames } from './detectionErrorsFields';
import { embeddingFields, type embeddingOwnFields } from './embeddingFields';
import { maximisationFields } from './maximisationFields';
import { required, type DeepReadonly, type Filled } from './fields';
import type { ResourceSettings } from './resourceFields';
import { inversionFields, type InversionPrior } from './inversionFields';
import type { PerceptualTrunk } from './perceptualTrunks';
import type { PoolSettings } from './transferSchema';

/** It looks at no images. */
const { images: _images, data: _data, split: _split, ...pictureFields } = networkAnalysisFields;
/** Nor at what the network gives. */
const { imageSize: _size, layers: _layers, ...ownFields } = pictureFields;

const analysis = <T extends string>(kind: T, doc: string) => required(z.literal(kind), { doc });
const similarity = <T extends SimilarityKind>(kind: T, doc: string) =>
  z.strictObject({ kind: analysis(kind, doc), ...commonAnalysisFields, ...similarityFields });

export const analysisSchema = z.discriminatedUnion('kind', [
  similarity('cka', 'How alike layers are by linear centred kernel alignment, without bias.'),
  similarity('rbf-cka', 'How alike layers are by centred kernel alignment with a Gaussian kernel, without bias.'),
  similarity('svcca', 'How alike layers are by canonical correlations of their main directions.'),
  similarity('pwcca', 'As `svcca`, each correlation weighted by how much of the first layer it explains.'),
  similarity('procrustes', 'How well a rotation turns one layer into the other.'),
  similarity('rsa', 'Rank correlation of the distances between images in two layers.'),
  z.strictObject({
    kind: analysis('geometry', 'How features of a class gather and classes part, and how many directions they use.'),
    ...commonAnalysisFields,
    ...ofField,
    ...geometryFields,
  }),
  z.strictObject({
    kind: analysis('transferability', 'Scores that foretell a transfer from features and labels, without training.'),
    ...commonAnalysisFields,
    ...ofField,
  }),
  z.strictObject({
    kind: analysis(
      'embedding',
      'Where images lie on a plane by their features, which are nearest, and of which class.',
    ),
    ...embeddingFields,
  }),
  z.strictObject({
    kind: analysis('likeness', 'How alike views of one image, of one class and of different classes are: histograms.'),
    ...manyImagesFields,
    pool: commonAnalysisFields.pool,
    ...ofField,
    ...likenessFields,
  }),
  z.strictObject({
    kind: analysis('invariance', 'How little features change when images are cropped, flipped or recoloured.'),
    ...manyImagesFields,
    pool: commonAnalysisFields.pool,
    ...ofField,
    ...invarianceFields,
  }),
  z.strictObject({
    kind: analysis('readout', 'How well place and colour can be read from the features of a place, by a linear map.'),
    ...manyImagesFields,
    ...ofField,
    ...readoutFields,
  }),
  z.strictObject({
    kind: analysis(
      'leep',
      "Scores that foretell a transfer from the classes that a pretraining's own classifier gives.",
    ),
    ...sourceImagesFields,
    ...ofField,
  }),
  z.strictObject({
    kind: analysis('inversion', 'What an image looks like that has the features of a given one.'),
    ...inversionFields,
    ...ofField,
  }),
  z.strictObject({
    kind: analysis(
      'activations',
      'What layers answer to images: maps of their channels, and which channels answer most.',
    ),
    ...networkAnalysisFields,
    ...ofField,
    ...againstField,
    ...activationsFields,
  }),
  z.strictObject({
    kind: analysis('attribution', 'Which parts of an image speak for a class, or for a detection.'),
    ...networkAnalysisFields,
    ...ofField,
    ...targetField,
    ...attributionFields,
  }),
  z.strictObject({
    kind: analysis('maximisation', 'Pictures that channels, places of a map or classes answer to most.'),
    ...pictureFields,
    ...ofField,
    ...maximisationFields,
  }),
  z.strictObject({
    kind: analysis('detection-errors', 'Which errors detectors make, what each costs, and how two of them differ.'),
    ...ownFields,
    ...ofField,
    ...detectionErrorsNames,
    ...detectionErrorsFields,
  }),
]);

export type WrittenAnalysis = z.output<typeof analysisSchema>;

interface AnalysisBase {
  readonly id: string;
  readonly about?: string;
  readonly resources?: ResourceSettings;
}
/** Runs the network, or reads what it gave. */
interface NetworkBase extends AnalysisBase {
  /** Side in px. */
  readonly imageSize: number;
  /** Layer names in depth order. */
  readonly layers: readonly string[];
}
/** Looks at images. */
interface ImagesAnalysisBase extends NetworkBase {
  /** Key into `Experiment.data`. */
  readonly data: string;
  readonly split: string;
}
/** Reads stored features. */
interface FeaturesAnalysisBase extends ImagesAnalysisBase {
  readonly images: number;
  readonly pool: PoolSettings;
}
/** Compares layers of two pretrainings, or of one with itself. */
export interface SimilarityAnalysis extends FeaturesAnalysisBase, Omit<Filled<typeof similarityFields>, 'between'> {
  readonly kind: SimilarityKind;
  /** Ids of the pretrainings, matrices expanded. */
  readonly between: readonly string[];
}
interface SingleAnalysis extends FeaturesAnalysisBase {
  /** Ids of the pretrainings, matrices expanded. */
  readonly of: readonly string[];
}
export interface GeometryAnalysis extends SingleAnalysis, Filled<typeof geometryFields> {
  readonly kind: 'geometry';
}
export interface TransferabilityAnalysis extends SingleAnalysis {
  readonly kind: 'transferability';
}
export interface EmbeddingAnalysis extends SingleAnalysis, Filled<typeof embeddingOwnFields> {
  readonly kind: 'embedding';
  /** Absent: by method and number of images. */
  readonly iterations?: number;
  readonly learningRate?: number;
}
export type FeaturesAnalysis = SimilarityAnalysis | GeometryAnalysis | TransferabilityAnalysis | EmbeddingAnalysis;

/** Looks at single images with the network itself. */
export interface NetworkAnalysisBase extends ImagesAnalysisBase {
  /** Ids of the pretrainings, matrices expanded. */
  readonly of: readonly string[];
  /** How many, drawn with the seed, or places in the split. */
  readonly images: number | readonly number[];
}
export interface InversionAnalysis extends NetworkAnalysisBase {
  readonly kind: 'inversion';
  readonly prior: InversionPrior;
  readonly quick: boolean;
  readonly iterations: number;
  readonly learningRate: number;
  /** Of the prior `deep`. */
  readonly network?: DrawingNetwork;
  /** Weight of the total variation; 0 with other priors. */
  readonly variation: number;
  /** Ascending, the last iteration among them. */
  readonly snapshots: readonly number[];
  readonly trunk: PerceptualTrunk;
  /** Paths of the perceptual distance's weights; none: random ones. */
  readonly lpips: readonly string[];
  readonly checkpointEvery: number;
}
/** The network that draws pictures; as many kernels as channels, only as many scales as the image has room for. */
export interface DrawingNetwork {
  readonly channels: readonly number[];
  readonly kernels: readonly number[];
  readonly skipChannels: number;
  readonly noiseChannels: number;
  readonly noiseScale: number;
  /** Side in px of the noise. */
  readonly side: number;
}
export interface ActivationsAnalysis extends NetworkAnalysisBase, Filled<typeof activationsFields> {
  readonly kind: 'activations';
  /** Id of the pretraining that the others' channels are compared with. */
  readonly against?: string;
}
export interface AttributionAnalysis extends NetworkAnalysisBase, DeepReadonly<Filled<typeof attributionFields>> {
  readonly kind: 'attribution';
  readonly target: {
    /** `predicted`, `label`, or a class by name or number. */
    readonly class: string | number;
    /** Of a detector: by falling confidence, from 0. */
    readonly detection?: number;
  };
  /** Id of the transfer whose scores are explained; absent: the pretraining's own classifier. */
  readonly transfer?: string;
}
/** Makes images and looks at none. */
export interface MaximisationAnalysis extends NetworkBase, DeepReadonly<Filled<typeof maximisationFields>> {
  readonly kind: 'maximisation';
  /** Ids of the pretrainings, matrices expanded. */
  readonly of: readonly string[];
}
/** Sends many images through the network. */
interface ManyImagesBase extends NetworkAnalysisBase {
  /** How many, drawn with the seed. */
  readonly images: number;
}
export interface LikenessAnalysis extends ManyImagesBase, Filled<typeof likenessFields> {
  readonly kind: 'likeness';
  readonly pool: PoolSettings;
}
export interface InvarianceAnalysis extends ManyImagesBase, Filled<typeof invarianceFields> {
  readonly kind: 'invariance';
  readonly pool: PoolSettings;
}
export interface ReadoutAnalysis extends ManyImagesBase, Filled<typeof readoutFields> {
  readonly kind: 'readout';
}
export interface LeepAnalysis extends ManyImagesBase {
  readonly kind: 'leep';
}
export type ManyImagesAnalysis = LikenessAnalysis | InvarianceAnalysis | ReadoutAnalysis | LeepAnalysis;
export type NetworkAnalysis =
  InversionAnalysis | ActivationsAnalysis | AttributionAnalysis | MaximisationAnalysis | ManyImagesAnalysis;

/** Looks at what the detectors of a transfer found. */
export interface DetectionErrorsAnalysis extends AnalysisBase, DeepReadonly<Filled<typeof detectionErrorsFields>> {
  readonly kind: 'detection-errors';
  /** Ids of the pretrainings, matrices expanded. */
  readonly of: readonly string[];
  /** Id of the detection. */
  readonly transfer: string;
  /** Names; absent: all. */
  readonly classes?: readonly string[];
  /** Id of the pretraining that the others are compared with. */
  readonly against?: string;
}

export type AnalysisSettings = FeaturesAnalysis | NetworkAnalysis | DetectionErrorsAnalysis;

const manyImagesKinds = ['likeness', 'invariance', 'readout', 'leep'] as const satisfies ManyImagesAnalysis['kind'][];
const networkKinds: ReadonlySet<string> = new Set<NetworkAnalysis['kind']>([
  'inversion',
  'activations',
  'attribution',
  'maximisation',
  ...manyImagesKinds,
]);

export function seesManyImages<T extends { readonly kind: string }>(
  analysis: T,
): analysis is Extract<T, { readonly kind: ManyImagesAnalysis['kind'] }> {
  return (manyImagesKinds as readonly string[]).includes(analysis.kind);
}

export function readsNetwork<T extends { readonly kind: string }>(
  analysis: T,
): analysis is Extract<T, { readonly kind: NetworkAnalysis['kind'] }> {
  return networkKinds.has(analysis.kind);
}

export function isSimilarity(analysis: AnalysisSettings): analysis is SimilarityAnalysis {
  return 'between' in analysis;
}
