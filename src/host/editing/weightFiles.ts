/**
 * Headers of the weight files that experiment files name. Read as data, never run; kept until a file changes on disk. What
 * would take long (very many tensors, a slow disk, a file whose numbers would have to be read) is left to the launch.
 */
import { open, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { weightPlatform } from '../../runs/weightPlatform';
import { UserError } from '../../shared/errors';
import { useWeights, type OpenFile, type Platform } from '../../shared/weights/useWeights';
import type { WeightsFile } from '../../shared/weights/weightsFile';

/** What looking into a file gave. */
export type WeightsLook =
  /** The tensors' names, shapes and types; the file is closed, so their numbers can not be read. */
  | { readonly kind: 'weights'; readonly weights: WeightsFile }
  /** It can not be used, as the sentence says. */
  | { readonly kind: 'problem'; readonly error: UserError }
  /** Nothing is known of it, for the reason given. */
  | { readonly kind: 'unread'; readonly reason: string }
  | { readonly kind: 'absent' };

export interface WeightsLimits {
  /** Bytes read of one file and its pieces: headers are far smaller. */
  readonly bytes: number;
  readonly tensors: number;
  /** From asking to an answer. */
  readonly milliseconds: number;
}

const usualLimits: WeightsLimits = { bytes: 2 ** 23, tensors: 10_000, milliseconds: 5000 };
const absent: WeightsLook = { kind: 'absent' };
/** Files kept; the ones used longest ago go first. */
const maxKept = 64;

interface Kept {
  readonly look: WeightsLook;
  /** By path: the file, and the pieces beside it. */
  readonly stamps: ReadonlyMap<string, string>;
}

export class WeightFiles {
  private readonly kept = new Map<string, Kept>();
  private readonly underWay = new Map<string, Promise<WeightsLook>>();

  constructor(private readonly limits = usualLimits) {}

  /** The same object again while the file is unchanged. `name` is how messages call it. Does not reject. */
  look(path: string, name: string): Promise<WeightsLook> {
    const key = `${path}\0${name}`;
    const earlier = this.underWay.get(key);
    if (earlier) return this.inTime(earlier);
    const work = this.lookNow(path, name, key).finally(() => this.underWay.delete(key));
    this.underWay.set(key, work);
    return this.inTime(work);
  }

  private async lookNow(path: string, name: string, key: string): Promise<WeightsLook> {
    const kept = this.kept.get(key);
    this.kept.delete(key);
    const next = kept && (await isUnchanged(kept.stamps)) ? kept : await this.read(path, name);
    if (next.look.kind === 'absent') return next.look;
    this.kept.set(key, next);
    for (const oldest of this.kept.keys()) if (this.kept.size > maxKept) this.kept.delete(oldest);
    return next.look;
  }

  private async read(path: string, name: string): Promise<Kept> {
    const stamps = new Map<string, string>();
    const found = await stampOf(path);
    if (found === undefined) return { look: absent, stamps };
    stamps.set(path, found);
    try {
      const platform = guardedPlatform(stamps, this.limits);
      const weights = await useWeights({ path, name }, platform, (file) => Promise.resolve(file));
      const isLong = weights.tensors.size > this.limits.tensors;
      const reason = `it has ${weights.tensors.size} tensors`;
      return { look: isLong ? { kind: 'unread', reason } : { kind: 'weights', weights }, stamps };
    } catch (error) {
      if (error instanceof UserError) return { look: { kind: 'problem', error }, stamps };
      return { look: { kind: 'unread', reason: error instanceof Error ? error.message : String(error) }, stamps };
    }
  }

  /** A disk that does not answer keeps nobody waiting; what it says in the end is kept. */
  private async inTime(work: Promise<WeightsLook>): Promise<WeightsLook> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<WeightsLook>((resolve) => {
      const answer = { kind: 'unread', reason: 'the disk takes too long' } as const;
      timer = setTimeout(() => resolve(answer), this.limits.milliseconds);
    });
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  }
}

/** Files that note their state when they are opened, and that stop being read at the limits. */
function guardedPlatform(stamps: Map<string, string>, limits: WeightsLimits): Platform {
  const deadline = performance.now() + limits.milliseconds;
  let bytes = 0;
  const spend = (length: number): void => {
    bytes += length;
    if (bytes > limits.bytes) throw new Error(`more than ${limits.bytes} bytes of it would have to be read`);
    if (performance.now() > deadline) throw new Error('the disk takes too long');
  };
  return {
    ...weightPlatform,
    open: async (file): Promise<OpenFile> => {
      // Asked before opening: opening a named pipe would wait for its other end.
      const found = await stat(file);
      stamps.set(file, stampFrom(found));
      if (!found.isFile()) throw new Error('it is a folder or a device, not a file');
      const handle = await open(file, 'r');
      return {
        stat: () => handle.stat(),
        close: () => handle.close(),
        read: (buffer, offset, length, position) => {
          spend(length);
          return handle.read(buffer, offset, length, position);
        },
      };
    },
  };
}

async function isUnchanged(stamps: ReadonlyMap<string, string>): Promise<boolean> {
  const now = await Promise.all([...stamps.keys()].map(stampOf));
  return [...stamps.values()].every((stamp, index) => stamp === now[index]);
}

/** Differs when a file was written or replaced; undefined for what is no file. */
async function stampOf(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? stampFrom(found) : undefined;
}

function stampFrom({ size, mtimeMs, ctimeMs, ino }: Stats): string {
  return [size, mtimeMs, ctimeMs, ino].join(' ');
}
