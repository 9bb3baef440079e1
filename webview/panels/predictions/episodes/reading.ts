/** Reads what few-shot stages left, each once. */
import type { PredictionsModel, PredictionsRun } from '../../../../src/shared/protocol/panels/predictionsPanel';
import {
  decodeEpisodes,
  EPISODE_ARRAYS_FILE,
  EPISODES_FILE,
  type EpisodeResults,
} from '../../../../src/shared/results/episodes';
import { placeOnSheet, sheetLayout, sheetName } from '../../../../src/shared/results/sceneSheets';
import { fetchOf } from '../../../ui/engine';
import { createPictures, fileUrl, type PictureSource, type PictureStore } from '../../../ui/pictures';

export interface ReadEpisodes {
  readonly run: PredictionsRun;
  readonly results: EpisodeResults;
  readonly pictures: PictureStore;
}

/** Reads what has not been read. */
export function createReading(): (model: PredictionsModel, run: PredictionsRun) => Promise<ReadEpisodes> {
  const known = new Map<string, ReadEpisodes>();
  const bytesOf = async (url: string): Promise<Uint8Array> => new Uint8Array(await (await fetchOf(url)).arrayBuffer());
  return async (model, run) => {
    const key = JSON.stringify([run.folder, model.pictures]);
    const found = known.get(key);
    if (found) return { ...found, run };
    const [json, arrays] = await Promise.all([
      bytesOf(`${run.folder}/${EPISODES_FILE}`),
      bytesOf(`${run.folder}/${EPISODE_ARRAYS_FILE}`),
    ]);
    const results = decodeEpisodes(json, arrays);
    const read = { run, results, pictures: createPictures(pictureSource(model, run, results)) };
    known.set(key, read);
    return read;
  };
}

function pictureSource(model: PredictionsModel, { folder }: PredictionsRun, { index }: EpisodeResults): PictureSource {
  const { pictures, pictureSize: side } = index;
  if (side === undefined)
    return (picture) =>
      model.pictures === undefined
        ? undefined
        : { url: fileUrl(model.pictures, pictures[picture]!.name), width: 0, height: 0 };
  const layout = sheetLayout(pictures.length, side);
  return (picture) => {
    const { sheet, ...onSheet } = placeOnSheet(picture, layout, side);
    return { url: `${folder}/${sheetName(sheet)}`, width: side, height: side, onSheet };
  };
}
