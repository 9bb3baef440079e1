/**
 * The list that a plan grows into: stages under their keys, each once, and the hashes that keys are made of. Ids are told apart
 * by numbers where two stages would have the same.
 */
import { UserError } from '../errors';
import { contentKey, type Json } from '../hash';
import type { StageKind } from '../results/records';
import type { Stage } from './stages';

export interface PlanInputs {
  /** `DataSource.fingerprint` by key of `Experiment.data`. */
  readonly fingerprints: Readonly<Record<string, string>>;
  /** SHA-256 of weight files, by path as written with `{seed}` filled in (see `weightFiles`). */
  readonly fileHashes: Readonly<Record<string, string>>;
  /** Runtimes whose results agree only within a tolerance have different families. */
  readonly runtimeFamily: string;
  /** Raised when a stage's code changes its result. */
  readonly codeVersions: Readonly<Record<StageKind, string>>;
}

/** Whose weights, and which of the repetitions. */
export interface Row {
  readonly pretraining: string;
  readonly seed: number;
}

export class StageList {
  private readonly stages: Stage[] = [];
  private readonly byKey = new Map<string, number>();
  private readonly ids = new Set<string>();

  constructor(private readonly inputs: PlanInputs) {}

  /** Adds a stage, or its seed to the equal stage of the same pretraining and transfer. */
  add(stage: Stage): void {
    const place = [stage.key, stage.pretraining, stage.against, stage.transfer, stage.analysis].join(' ');
    const index = this.byKey.get(place);
    const known = index === undefined ? undefined : this.stages[index]!;
    if (index !== undefined && known) {
      if (!known.seeds.includes(stage.seed)) this.stages[index] = { ...known, seeds: [...known.seeds, stage.seed] };
      return;
    }
    let id = stage.id;
    for (let n = 2; this.ids.has(id); n++) id = `${stage.id}-${n}`;
    this.ids.add(id);
    this.byKey.set(place, this.stages.length);
    this.stages.push({ ...stage, id });
  }

  key(kind: StageKind, parts: Record<string, Json>): string {
    return contentKey({ kind, code: this.inputs.codeVersions[kind], runtime: this.inputs.runtimeFamily, ...parts });
  }

  fingerprint(data: string): string {
    const fingerprint = this.inputs.fingerprints[data];
    if (fingerprint === undefined) throw new Error(`internal: no fingerprint for data "${data}"`);
    return fingerprint;
  }

  fileHash(path: string): string {
    const hash = this.inputs.fileHashes[path];
    if (hash === undefined)
      throw new UserError(
        'weights',
        `The weights file ${path} was not found; check the path, which is relative to the experiment file.`,
      );
    return hash;
  }

  /** All that were added; a stage that stands for several seeds is called so. */
  finish(manySeeds: boolean): readonly Stage[] {
    return this.stages.map((stage) =>
      manySeeds && stage.seeds.length > 1
        ? { ...stage, id: stage.id.replace(`/seed-${stage.seed}`, '/all-seeds') }
        : stage,
    );
  }
}
