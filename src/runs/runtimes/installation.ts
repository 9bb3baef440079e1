/** What the steps of an installation share: where it happens, what it may take, and who hears of it. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { InstallableRuntimeName, NativeRuntimeName } from '../../shared/runtimes/nativeInstall';
import type { RunTool } from './runTool';

export interface InstallProgress {
  /** What is going on, for the user: `downloading tensorflow-cpu 2.20.0`. */
  readonly doing: string;
  /** Bytes so far and altogether, where that is known. */
  readonly done?: number;
  readonly total?: number;
}

export interface Installation {
  readonly runtime: InstallableRuntimeName;
  /** `linux-x64` and so on. */
  readonly platform: string;
  /** An empty folder that becomes the runtime's when everything is in it. */
  readonly staging: string;
  /** Finished downloads; kept when the installation breaks off, so that the next one goes on from there. */
  readonly downloads: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly run: RunTool;
  /** performance.now() at which it has to be over; Infinity when nobody is in a hurry. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  report(progress: InstallProgress): void;
}

/** Of a runtime that comes from TensorFlow's own packages. */
export interface NativeInstallation extends Installation {
  readonly runtime: NativeRuntimeName;
}

/** Why one way of installing does not work here; the next one is tried. */
export class WayBlocked extends Error {
  override readonly name = 'WayBlocked';
}

export async function hashFile(
  file: string,
  algorithm: 'sha256' | 'sha512',
  encoding: 'hex' | 'base64',
): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  return hash.digest(encoding);
}
