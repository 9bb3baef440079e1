/** What the panel knows: the maps that were read, which images are chosen or found, and what is on screen, made of these. */
import type { EmbeddingModel, EmbeddingView } from '../../../src/shared/protocol/panels/embeddingPanel';
import { chooseStages, type StageChoice } from '../../../src/shared/views/embedding/chooseMaps';
import { EmbeddingStudy } from '../../../src/shared/views/embedding/embeddingStudy';
import { createReading, type ReadMaps } from './reading';
import { composeShown, createGroups, type Shown } from './shown';

interface ReadFiles extends ReadMaps {
  readonly study: EmbeddingStudy;
  readonly choice: StageChoice | undefined;
  /** That the study was made with. */
  readonly pretrainings: EmbeddingModel['pretrainings'];
}

export class KnownMaps {
  /** Undefined until something was read. */
  files: ReadFiles | undefined;
  shown: Shown | undefined;
  chosen: readonly number[] = [];
  /** What was searched for; undefined when nothing is. */
  found: readonly number[] | undefined;
  private readonly reading = createReading();
  private readonly groups = createGroups();

  constructor(private readonly view: () => EmbeddingView) {}

  async read(model: EmbeddingModel): Promise<void> {
    const choice = chooseStages(model, this.view());
    const result = await this.reading(model, choice?.stages ?? []);
    const { pretrainings } = model;
    const before = this.files;
    const isSame = before && sameStages(before.read, result.read);
    const isKept = isSame && JSON.stringify(before.pretrainings) === JSON.stringify(pretrainings);
    const study = isKept ? before.study : new EmbeddingStudy(model, result.read);
    // Numbers of images mean others in a study of other stages.
    if (!isSame) [this.chosen, this.found] = [[], undefined];
    this.files = { ...result, study, choice, pretrainings };
  }

  /** Makes what is on screen anew. */
  compose(model: EmbeddingModel): void {
    this.shown = undefined;
    if (!this.files?.choice) return;
    const { study, choice } = this.files;
    const { chosen, found } = this;
    this.shown = composeShown({
      ...{ model, view: this.view(), study, choice, chosen, found },
      groupsOf: this.groups(study),
    });
  }

  /** The same maps and groups, looked at from elsewhere. */
  lookAgain(): Shown | undefined {
    if (this.shown) this.shown = { ...this.shown, view: this.view() };
    return this.shown;
  }
}

function sameStages(a: ReadMaps['read'], b: ReadMaps['read']): boolean {
  return a.length === b.length && a.every(({ results }, i) => results === b[i]!.results);
}
