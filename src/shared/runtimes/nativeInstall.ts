/**
 * Where native runtimes are installed for one user, and the record that says so. `src/runs/runtimes` writes it, the worker
 * reads it. A runtime is installed when, and only when, its record is there: the folder is renamed into place with it.
 */

/** The runtimes that come from TensorFlow's own packages. */
export const nativeRuntimeNames = ['tensorflow-gpu', 'tensorflow'] as const;
export type NativeRuntimeName = (typeof nativeRuntimeNames)[number];

/** What `runtimes install` can install. */
export const installableRuntimeNames = [...nativeRuntimeNames, 'webgpu'] as const;
export type InstallableRuntimeName = (typeof installableRuntimeNames)[number];

/** The npm package behind each. */
export const nativePackages: Readonly<Record<NativeRuntimeName, string>> = {
  tensorflow: '@tensorflow/tfjs-node',
  'tensorflow-gpu': '@tensorflow/tfjs-node-gpu',
};

/** The only version of those packages that is used: its kernels fit the tfjs-core of the worker. */
export const nativePackageVersion = '4.22.0';

/** What `webgpu` consists of: Dawn, which is WebGPU outside a browser, and TensorFlow.js's backend. */
export const webgpuPackages = { dawn: 'webgpu', backend: '@tensorflow/tfjs-backend-webgpu' } as const;

export const NATIVE_RECORD = 'installed.json';
const RECORD_VERSION = 1;

/** What an installation says of itself. Paths are relative to its folder, with slashes. */
export interface NativeRecord {
  readonly version: number;
  readonly runtime: NativeRuntimeName;
  /** `stock`: as npm installs it; `built`: the same binding compiled against the libraries of a Python wheel. */
  readonly source: 'stock' | 'built';
  /** Version of the npm package. */
  readonly binding: string;
  /** Version of TensorFlow's libraries. */
  readonly tensorflow: string;
  /** Node's platform and processor, as in `linux-x64`. */
  readonly platform: string;
  /** Folder of the npm package: its kernels in JavaScript. */
  readonly packageFolder: string;
  /** The native addon. */
  readonly addon: string;
  /** Bytes of every native file, so that a truncated one is noticed before it is loaded. */
  readonly files: Readonly<Record<string, number>>;
  readonly installedAt: string;
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly home: string;
}

/**
 * The folder of this user's native runtimes: TRANSFERSCOPE_CACHE, else the system's cache folder (XDG_CACHE_HOME on Linux).
 * Joined with slashes, which Node takes on every system.
 */
export function nativeCacheFolder({ env, platform, home }: Surroundings): string {
  return `${cacheRoot({ env, platform, home })}/runtimes`;
}

function cacheRoot({ env, platform, home }: Surroundings): string {
  const own = env['TRANSFERSCOPE_CACHE'];
  if (own) return own;
  const xdg = env['XDG_CACHE_HOME'];
  if (xdg) return `${xdg}/transferscope`;
  if (platform === 'win32') return `${env['LOCALAPPDATA'] ?? `${home}/AppData/Local`}/transferscope/cache`;
  if (platform === 'darwin') return `${home}/Library/Caches/transferscope`;
  return `${home}/.cache/transferscope`;
}

export function nativeRecordText(record: Omit<NativeRecord, 'version'>): string {
  return `${JSON.stringify({ version: RECORD_VERSION, ...record }, null, 2)}\n`;
}

/** The record in a text, or the reason why it cannot be used. */
export function parseNativeRecord(text: string, platform: string): NativeRecord | { readonly problem: string } {
  let record: Partial<NativeRecord>;
  try {
    record = JSON.parse(text) as Partial<NativeRecord>;
  } catch {
    return { problem: 'its record is damaged' };
  }
  const { version, binding, packageFolder, addon, files } = record;
  if (version !== RECORD_VERSION || binding !== nativePackageVersion)
    return { problem: `it is of another version (${binding ?? 'unknown'}, this one uses ${nativePackageVersion})` };
  if (record.platform !== platform) return { problem: `it is for ${record.platform}, this is ${platform}` };
  if (!packageFolder || !addon || !files) return { problem: 'its record is incomplete' };
  return record as NativeRecord;
}
