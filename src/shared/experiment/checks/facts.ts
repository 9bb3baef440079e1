/** What the checks may know beyond the file, when somebody has opened the data or asked the machine. All of it optional. */

export interface Facts {
  /** By key of `Experiment.data`. */
  readonly data?: Readonly<Record<string, DataFacts>>;
  /** Test splits against the splits that pretrainings see; only of those that were compared. */
  readonly sharedImages?: readonly SharedImages[];
  /** By id of the pretraining; of imported weights whose files are there. */
  readonly weights?: Readonly<Record<string, WeightsFacts>>;
  readonly memory?: MemoryFacts;
}

/** What the runtime may use, in bytes. */
export interface MemoryFacts {
  /** Each process by itself. */
  readonly process: number;
  /** All processes of the machine together. */
  readonly machine: number;
}

export interface WeightsFacts {
  /** Why the file cannot be loaded. */
  readonly problem?: string;
  readonly warnings: readonly string[];
}

/** A key of `Experiment.data` and one of its splits. */
export interface SplitName {
  readonly data: string;
  readonly split: string;
}

export interface SharedImages {
  readonly pretrained: SplitName;
  readonly tested: SplitName;
  /** Images of `tested` that are also in `pretrained`. */
  readonly images: number;
  /** People of `tested` who are also in `pretrained`, where the data say who is on an image. */
  readonly identities?: number;
}

export interface DataFacts {
  readonly splits: readonly string[];
  /** By split; only of those that were opened. */
  readonly bySplit: Readonly<Record<string, SplitFacts>>;
}

export interface SplitFacts {
  /** Images. */
  readonly length: number;
  /** Number of classes. */
  readonly classes: number;
  /** [classes]; images of each class. */
  readonly classCounts?: readonly number[];
  /** [classes]; for messages. */
  readonly classNames?: readonly string[];
}
