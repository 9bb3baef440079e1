/**
 * What layers answer to images: a scan of the split puts their channels in order and finds what each answers to most; maps,
 * colours and features of every place are kept of the chosen images. What it leaves is described in results/activations.ts.
 */
import type { ActivationsAnalysis } from '../../../shared/experiment/analysisSchema';
import type { NetworkAnalysisStage } from '../../../shared/experiment/stages';
import { matchChannels, standardiseColumns } from '../../../shared/math/activations/matchChannels';
import { keepBest, orderChannels } from '../../../shared/math/activations/orderChannels';
import type { TopEntry } from '../../../shared/math/activations/topList';
import { createAugmentPool } from '../../augment/augmentPool';
import type { Backbone } from '../../models/backbone';
import type { StageContext, StageOutput } from '../../stageContext';
import { withFrozenNetwork } from '../frozenNetwork';
import { openPictures, type Pictures } from '../pictures';
import { crossProducts } from '../products';
import { writeActivations, type ExampledLayer, type FinishedLayer, type StudiedLayer } from './activationsFiles';
import { describePlaces, mapsThatFit } from './denseMaps';
import { cutExamples, MOST_TILES, type WantedExample } from './examples';
import { centreOf, measureField } from './fields';
import { scanImages, type ScannedLayer } from './scan';
import { notesOf, scoreLayer } from './score';

export interface ActivationsWork {
  readonly stage: NetworkAnalysisStage;
  readonly settings: ActivationsAnalysis;
}

export async function analyseActivations(work: ActivationsWork, context: StageContext): Promise<StageOutput> {
  const { stage } = work;
  return withFrozenNetwork(stage, context, (backbone) => {
    if (stage.otherWeights === undefined) return analyse({ ...work, backbone }, context);
    return withFrozenNetwork({ ...stage, weights: stage.otherWeights }, context, (other) =>
      analyse({ ...work, backbone, other }, context),
    );
  });
}

interface Work extends ActivationsWork {
  readonly backbone: Backbone;
  readonly other?: Backbone;
}

async function analyse(work: Work, context: StageContext): Promise<StageOutput> {
  const { stage, settings, backbone, other } = work;
  const { data, split, imageSize: size } = settings;
  const dataset = await context.data.dataset({ id: data, split });
  const pictures = await openPictures(settings, context);
  const pool = createAugmentPool({ store: dataset.store, ops: [], size, threads: context.threads });
  try {
    const scanned = await scanImages({ dataset, pool, backbone, ...(other && { other }) }, settings, context);
    const studied: StudiedLayer[] = [];
    for (const layer of scanned.layers) studied.push(await study(layer, work, pictures));
    const exampled = addExamples(studied, work);
    const wanted = exampled.flatMap(({ examples }) => examples.flat());
    const tiles = await cutExamples({ pool, size }, wanted, context);
    const source = { backbone, ...(other && { other }), pictures, dimensions: settings.dimensions };
    const layers: FinishedLayer[] = [];
    for (const layer of exampled) {
      const dense = await describePlaces(source, layer, { layers: exampled.length, context });
      layers.push({ ...layer, dense });
      context.progress(layers.length, exampled.length, 'layers', 'looking at places');
    }
    const names = { pretraining: stage.pretraining, ...(other && { against: stage.against }) };
    const findings = { ...names, data, dataset, pictures, scanned: scanned.images, layers };
    const files = await writeActivations(findings, tiles, context);
    const scores = layers.map((layer, position) => scoreLayer(layer, position, layers.length));
    const result = { kind: 'analysis' as const, analysis: settings.kind, data, images: scanned.images, layers: scores };
    return { result: { ...result, notes: notesOf(findings) }, files };
  } finally {
    await pool.close();
  }
}

async function study(layer: ScannedLayer, { backbone, settings }: Work, pictures: Pictures): Promise<StudiedLayer> {
  const { scan, channels, answers, height, width } = layer;
  const summaries = Array.from({ length: channels }, (_, channel) => scan.summarise(channel));
  const matches =
    answers && matchChannels(crossProducts(standardiseColumns(answers[0]), standardiseColumns(answers[1])));
  const orders = orderChannels(summaries, matches?.likeness);
  const fitting = mapsThatFit(pictures.places.length, height * width, settings.layers.length);
  const kept = keepBest(orders, Math.min(settings.channels, fitting));
  const field = await measureField(backbone, layer, pictures);
  return { ...layer, summaries, ...(matches && { matches }), orders, kept, field };
}

/** What each kept channel answers to most; fewer of each where they would not fit. */
function addExamples(layers: readonly StudiedLayer[], { backbone, settings }: Work): ExampledLayer[] {
  const { examples, imageSize: size } = settings;
  const channels = layers.reduce((sum, { kept }) => sum + kept.length, 0);
  const most = Math.max(1, Math.min(examples, Math.floor(MOST_TILES / channels)));
  return layers.map((found) => {
    const { layer, scan, kept, width, height, field } = found;
    const side = Math.max(1, Math.round(field));
    // Inside the picture: what lies beyond its edge shows nothing.
    const start = (at: number) =>
      Math.max(0, Math.min(size - side, Math.round(centreOf(backbone, layer, at) - side / 2)));
    const locate = (entry: TopEntry): WantedExample => {
      const place = [Math.floor(entry.at / width), entry.at % width] as const;
      const isWhole = height * width === 1;
      return { ...entry, place, crop: isWhole ? [0, 0, side] : [start(place[1]), start(place[0]), side] };
    };
    return { ...found, examples: kept.map((channel) => scan.top(channel).slice(0, most).map(locate)) };
  });
}
