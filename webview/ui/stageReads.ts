/** Reads what stages left, each once; what cannot be read becomes a note, and is tried again the next time. */

interface NamedStage {
  readonly key: string;
  readonly analysis: string;
  readonly pretraining: string;
}

export interface StageReads<Stage, Value> {
  /** Those that could be read, in the order asked for. */
  readonly read: readonly { readonly stage: Stage; readonly value: Value }[];
  readonly problems: readonly string[];
}

type Result<Value> = { readonly value: Value } | { readonly problem: string };

export function createStageReads<Stage extends NamedStage, Value>(): (
  stages: readonly Stage[],
  readOne: (stage: Stage) => Promise<Value>,
) => Promise<StageReads<Stage, Value>> {
  /** By key: what a stage left does not change. */
  const known = new Map<string, Promise<Result<Value>>>();
  const resultOf = (stage: Stage, readOne: (stage: Stage) => Promise<Value>): Promise<Result<Value>> => {
    const before = known.get(stage.key);
    if (before) return before;
    const result = readOne(stage).then(
      (value) => ({ value }),
      (error: unknown) => {
        // It may be there the next time.
        known.delete(stage.key);
        const why = error instanceof Error ? error.message : String(error);
        return { problem: `${stage.analysis} of ${stage.pretraining}: ${why}` };
      },
    );
    known.set(stage.key, result);
    return result;
  };
  return async (stages, readOne) => {
    const all = await Promise.all(stages.map((stage) => resultOf(stage, readOne)));
    return {
      read: all.flatMap((one, i) => ('value' in one ? [{ stage: stages[i]!, value: one.value }] : [])),
      problems: all.flatMap((one) => ('problem' in one ? [one.problem] : [])),
    };
  };
}
