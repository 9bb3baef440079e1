/** Reads an experiment file with everything its checks want to know: recipes and, when asked, the data themselves. */
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseExperiment, type ParsedExperiment } from '../shared/experiment/parse';
import { parseRecipe, type Recipe, type RecipeBook } from '../shared/experiment/recipe';
import type { Experiment, RuntimeChoice } from '../shared/experiment/schema';
import { UserError } from '../shared/errors';
import type { MemoryFacts } from '../shared/experiment/checks/facts';
import { gatherWeightsFacts, type WeightsOpener } from '../shared/experiment/checks/weightsFacts';
import { useWeights } from '../shared/weights/useWeights';
import { weightPlatform } from './checkpoint/weightPlatform';
import { assetPath } from './data/assets';
import type { DataLibrary } from './data/dataLibrary';
import { placePath } from './data/placePath';
import { gatherFacts, memoryLimit } from './experimentFacts';
import { pathRulesFor } from './outsidePaths';

const MAX_FILE_BYTES = 4_000_000;

export interface LoadOptions {
  /** Opens the data so that checks know sizes and classes. */
  readonly openData?: (experiment: Experiment) => DataLibrary;
  /** Asked for at launch, in place of the experiment's own. */
  readonly runtime?: RuntimeChoice;
}

/** Parses and checks the text of an experiment file. Problems of the data come as problems with a place, too. */
export async function loadExperiment(text: string, fileName: string, options: LoadOptions): Promise<ParsedExperiment> {
  const parsing = { fileName, recipes: await loadRecipes(), pathRules: pathRulesFor(fileName) };
  const parsed = parseExperiment(text, parsing);
  if (!parsed.experiment || !options.openData) return parsed;
  const { experiment } = parsed;
  const library = options.openData(experiment);
  await openUsed(parsed, library);
  const facts = {
    ...(await gatherFacts(experiment, usedSplits(experiment), library)),
    weights: await gatherWeightsFacts(experiment, weightsBeside(path.dirname(fileName))),
  };
  return knowMemory(options.runtime ?? experiment.runtime, (memory) => {
    return parseExperiment(text, {
      ...parsing,
      facts: { ...facts, ...(memory && { memory }) },
    });
  });
}

/** Weight files by their paths in an experiment that lies in the given folder. */
function weightsBeside(baseDir: string): WeightsOpener {
  return {
    exists: async (written) => (await stat(placePath(written, baseDir)).catch(() => undefined))?.isFile() === true,
    use: (written, look) => useWeights({ path: placePath(written, baseDir), name: written }, weightPlatform, look),
  };
}

/** Opens what the experiment reads, so that data that cannot be opened are named with their place in the file. */
async function openUsed({ experiment, document }: ParsedExperiment, library: DataLibrary): Promise<void> {
  for (const [id, splits] of experiment ? usedSplits(experiment) : []) {
    try {
      const source = await library.source(id);
      for (const split of splits) if (source.splits.includes(split)) await library.dataset({ id, split });
    } catch (error) {
      if (!(error instanceof UserError) || error.place) throw error;
      const { start } = document.rangeOf(['data', id, 'root']);
      const place = { file: document.fileName, line: start.line, column: start.column };
      throw new UserError(error.code, error.message, place);
    }
  }
}

/** The recipes shipped with the program. */
export async function loadRecipes(): Promise<RecipeBook> {
  const folder = assetPath('recipes');
  const book = new Map<string, Recipe>();
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort()) {
    const name = file.slice(0, -'.yaml'.length);
    book.set(name, parseRecipe(await readFile(path.join(folder, file), 'utf8'), name));
  }
  return book;
}

export async function readExperimentText(file: string): Promise<string> {
  const info = await stat(file).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ENOENT' ? 'there is no such file' : (error.code ?? error.message);
    throw new UserError('config', `cannot read ${file}: ${reason}`);
  });
  if (info.isDirectory()) throw new UserError('config', `${file} is a folder; name a .transfer.yaml file in it`);
  if (info.size > MAX_FILE_BYTES) {
    throw new UserError('config', `${file} has ${info.size} bytes; an experiment file has at most ${MAX_FILE_BYTES}`);
  }
  const bytes = await readFile(file);
  if (bytes.includes(0)) throw new UserError('config', `${file} is not a text file; name a .transfer.yaml file`);
  return bytes.toString('utf8');
}

/** Splits that a pretraining, a transfer or an analysis reads, by data id. */
export function usedSplits(experiment: Experiment): Map<string, Set<string>> {
  const used = new Map<string, Set<string>>();
  const add = (data: string, split: string) => used.set(data, (used.get(data) ?? new Set()).add(split));
  for (const pretraining of experiment.pretrainings)
    if ('split' in pretraining) add(pretraining.data, pretraining.split);
  for (const transfer of experiment.transfers) {
    if (transfer.task === 'retrieval')
      for (const split of [transfer.gallery, transfer.query]) add(transfer.data, split);
    else for (const split of [transfer.train, transfer.test]) add(transfer.data, split);
  }
  for (const analysis of experiment.analyses) if ('data' in analysis) add(analysis.data, analysis.split);
  return used;
}

/** Memory of the runtime that the experiment asks for; of `auto`, the smallest, until that matters. */
async function knowMemory(
  choice: RuntimeChoice,
  parseWith: (memory?: MemoryFacts) => ParsedExperiment,
): Promise<ParsedExperiment> {
  if (choice !== 'auto') return parseWith(memoryLimit(choice));
  const parsed = parseWith(memoryLimit('wasm'));
  if (!parsed.problems.some(({ code }) => code === 'memory')) return parsed;
  // Finding out which runtime it will be loads large packages.
  const { listRuntimes } = await import('./runtimes/startRuntime');
  const chosen = (await listRuntimes()).find(({ available }) => available);
  return chosen === undefined || chosen.name === 'wasm' ? parsed : parseWith(memoryLimit(chosen.name));
}
