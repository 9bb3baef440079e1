/** What passes between the process that has a stage and those that train along; numbers pass through files (train/peerFiles.ts). */
import type { BackboneSettings, DataSettings, TrainedPretraining } from '../../shared/experiment/schema';
import type { ErrorCode } from '../../shared/errors';

/** The first word to a process: all it needs to train along. */
export interface PeerPlan {
  readonly rank: number;
  readonly count: number;
  readonly settings: TrainedPretraining;
  readonly backbone: BackboneSettings;
  readonly data: Readonly<Record<string, DataSettings>>;
  readonly baseDir: string;
  /** Of the images, which must be those that the other processes see. */
  readonly digest: string;
  readonly seed: number;
  readonly runtime: string;
  /** Threads for decoding and augmentation that one process alone would have. */
  readonly threads: number;
  /** Of the files through which numbers pass. */
  readonly folder: string;
  /** The state of an interrupted training, if there is one. */
  readonly stateFile: string;
}

export type ToPeer =
  | { readonly type: 'plan'; readonly plan: PeerPlan }
  /** All have come to the point where they meet. */
  | { readonly type: 'met' };

export type FromPeer =
  | { readonly type: 'arrived'; readonly point: string }
  /** It still prepares itself, which takes long where there are many images on a slow disk. */
  | { readonly type: 'preparing' }
  | { readonly type: 'warned'; readonly message: string }
  | { readonly type: 'failed'; readonly code?: ErrorCode; readonly message: string; readonly stack?: string }
  | { readonly type: 'ended' };
