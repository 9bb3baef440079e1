/** What the checks share: the experiment, the facts, and where things stand in the file. */
import type { ExperimentDocument } from '../document';
import { effectiveBatch } from '../effectiveBatch';
import type { IntactParts } from '../intactParts';
import type { Path } from '../places';
import type { Cells } from '../parse';
import type { Report } from '../problems';
import type { RecipeBook } from '../recipe';
import { pathOfSetting } from '../matrix';
import { isMomentumMethod } from '../methods';
import type { Experiment, MomentumPretraining, PretrainingSettings, TrainedPretraining } from '../schema';
import type { Facts, SplitFacts } from './facts';

export interface CheckInput {
  readonly experiment: Experiment;
  /** Whether the experiment is all that the file says. */
  readonly parts: Pick<IntactParts, 'isWhole' | 'hasNetwork'>;
  readonly cells: Cells;
  readonly recipes: RecipeBook;
  readonly facts: Facts;
  readonly document: ExperimentDocument;
  readonly report: Report;
}

export function isMomentum(pretraining: PretrainingSettings): pretraining is MomentumPretraining {
  return isMomentumMethod(pretraining.method);
}

export class CheckContext {
  readonly experiment: Experiment;
  readonly recipes: RecipeBook;
  readonly facts: Facts;
  readonly document: ExperimentDocument;
  readonly report: Report;
  private readonly cellById: ReadonlyMap<string, Cells[keyof Cells][number]>;

  constructor({ experiment, cells, recipes, facts, document, report }: CheckInput) {
    this.experiment = experiment;
    this.recipes = recipes;
    this.facts = facts;
    this.document = document;
    this.report = report;
    this.cellById = new Map(
      [...cells.pretrainings, ...cells.transfers, ...cells.analyses].map((cell) => [cell.id, cell]),
    );
  }

  /** Where a setting of an entry was written, or the entry when it was not. */
  pathOf(id: string, key: string): Path {
    return pathOfSetting(this.cell(id), key);
  }

  /** Where a setting would be written; for quick fixes. Undefined for entries with a matrix over that key. */
  pathToSet(id: string, key: string): Path | undefined {
    const cell = this.cell(id);
    return cell.fromMatrix.has(key) ? undefined : [...cell.path, key];
  }

  /** The id as it is in the file: all pretrainings of a matrix share it, and with it their problems. */
  entryId(id: string): string {
    return this.cell(id).written.id ?? id;
  }

  /** What the file says of an entry; undefined for those of a matrix. */
  writtenAlone(id: string): Readonly<Record<string, unknown>> | undefined {
    const { written, fromMatrix } = this.cell(id);
    return fromMatrix.size > 0 ? undefined : written;
  }

  isWritten(id: string, key: string): boolean {
    return Object.hasOwn(this.cell(id).written, key);
  }

  isFromMatrix(id: string, key: string): boolean {
    return this.cell(id).fromMatrix.has(key);
  }

  /** Size and classes of a split, when known. */
  split(data: string, split: string): SplitFacts | undefined {
    const facts = this.facts.data;
    return facts && Object.hasOwn(facts, data) ? facts[data]!.bySplit[split] : undefined;
  }

  /** Steps in one pass over the images; the last, incomplete batch is left out. Undefined when the size is not known. */
  stepsPerEpoch(pretraining: TrainedPretraining): number | undefined {
    const length = this.split(pretraining.data, pretraining.split)?.length;
    return length === undefined ? undefined : Math.floor(length / effectiveBatch(pretraining));
  }

  /** Optimiser steps of a training; undefined when it depends on a size that is not known. */
  totalSteps(pretraining: TrainedPretraining): number | undefined {
    if (pretraining.steps !== undefined) return pretraining.steps;
    const perEpoch = this.stepsPerEpoch(pretraining);
    return perEpoch === undefined || pretraining.epochs === undefined
      ? undefined
      : Math.ceil(perEpoch * pretraining.epochs);
  }

  private cell(id: string): Cells[keyof Cells][number] {
    const cell = this.cellById.get(id);
    if (!cell) throw new Error(`internal: no entry called ${id}`);
    return cell;
  }
}
