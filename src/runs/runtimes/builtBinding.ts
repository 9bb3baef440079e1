/**
 * The second way: the binding compiled from the C++ sources in its npm package, against headers and libraries of a current
 * TensorFlow wheel. The binding speaks TensorFlow's C interface, which has not changed since the version it was written for.
 */
import { mkdir, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { fetchNpmPackage } from './fetchNpmPackage';
import { fetchWheels, findPip } from './fetchWheel';
import { WayBlocked, type Installation, type NativeInstallation } from './installation';
import { bindingPackages, headersPackage, pinnedWheels, tensorflowVersion } from './pins';
import type { InstalledFiles } from './stockPackage';
import { unpackWheel } from './unpackWheel';

const COMPILE_LIMIT_MS = 240_000;
/** Unpacked bytes per byte of wheel, and the wheel itself; for the check of free space. */
const SPACE_PER_BYTE = 4.6;

/** Installs into the staging folder. Throws WayBlocked when it cannot. */
export async function buildBinding(installation: NativeInstallation): Promise<InstalledFiles> {
  const { runtime, platform, staging, report, signal } = installation;
  const wheels = pinnedWheels(runtime, platform);
  if (wheels.length === 0) throw new WayBlocked(`there is no fitting TensorFlow wheel for ${platform}`);
  requireGlibc(platform);
  const [pip, compiler] = [await findPip(installation), await findCompiler(installation)];
  const missing = [...(pip ? [] : ['pip (python3 -m pip)']), ...(compiler ? [] : ['a C++ compiler (g++ or clang++)'])];
  if (!pip || !compiler) throw new WayBlocked(`${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing`);
  await requireSpace(installation, wheels.reduce((sum, { bytes }) => sum + bytes, 0) * SPACE_PER_BYTE);
  await fetchNpmPackage(bindingPackages[runtime], path.join(staging, 'npm'), installation);
  await fetchNpmPackage(headersPackage, path.join(staging, 'headers'), installation);
  const files = await fetchWheels(wheels, pip, installation);
  let unpacked = 0;
  for (const wheel of files) {
    const onBytes = (bytes: number) => report({ doing: 'unpacking', done: (unpacked += bytes) });
    await unpackWheel({ wheel, folder: path.join(staging, 'libs'), wants: isWanted, onBytes, signal });
  }
  await compile(compiler, installation);
  for (const part of ['headers', path.join('libs', 'tensorflow', 'include'), path.join('npm', 'binding')])
    await rm(path.join(staging, part), { recursive: true });
  return { source: 'built', tensorflow: tensorflowVersion, packageFolder: 'npm', addon: 'addon/tfjs_binding.node' };
}

/** Libraries, the thirteen headers of the C interface, and licences. The folders stay as in the wheel: CUDA is found by them. */
export function isWanted(name: string): boolean {
  return (
    /^tensorflow\/libtensorflow_(cc|framework)\.(so\.2|2\.dylib)$/.test(name) ||
    /^tensorflow\/include\/(tensorflow\/c|xla\/tsl\/c|tensorflow\/core\/platform|tsl\/platform)\/.*\.h$/.test(name) ||
    /^nvidia\/[^/]+\/lib\/[^/]+\.so(\.\d+)*$/.test(name) ||
    /\.dist-info\/(LICENSE|License|METADATA)[^/]*$/.test(name)
  );
}

async function findCompiler({ run, env, signal }: Installation): Promise<string | undefined> {
  for (const command of [env['CXX'], 'g++', 'clang++', 'c++']) {
    if (command && (await run(command, ['--version'], { limitMs: 15_000, signal })).isOk) return command;
  }
  return undefined;
}

async function compile(compiler: string, { staging, run, signal, report, platform }: Installation): Promise<void> {
  report({ doing: 'compiling the binding' });
  await mkdir(path.join(staging, 'addon'));
  const result = await run(compiler, compilerArguments(platform), { cwd: staging, limitMs: COMPILE_LIMIT_MS, signal });
  if (!result.isOk) throw new WayBlocked(`${compiler} cannot compile the binding (${result.problem})`);
}

/** Paths are relative to the staging folder, so that the addon finds its libraries wherever that is moved. */
function compilerArguments(platform: string): string[] {
  const common = [
    ...['-std=c++17', '-O2', '-shared', '-fPIC', '-DNAPI_VERSION=8', '-w'],
    ...['-Iheaders/include', '-Ilibs/tensorflow/include', '-Inpm', '-Llibs/tensorflow'],
    ...['npm/binding/tfjs_backend.cc', 'npm/binding/tfjs_binding.cc', '-o', 'addon/tfjs_binding.node'],
  ];
  if (platform.startsWith('darwin')) {
    const links = ['-undefined', 'dynamic_lookup', '-ltensorflow_cc.2', '-ltensorflow_framework.2'];
    return [...common, ...links, '-Wl,-rpath,@loader_path/../libs/tensorflow'];
  }
  const links = ['-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'];
  return [...common, ...links, '-Wl,-rpath,$ORIGIN/../libs/tensorflow'];
}

/** The wheels for Linux are linked against glibc, which Alpine lacks. */
function requireGlibc(platform: string): void {
  if (!platform.startsWith('linux')) return;
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  if (header.glibcVersionRuntime === undefined)
    throw new WayBlocked('the libraries need glibc, which this Linux lacks');
}

async function requireSpace({ staging }: Installation, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(staging);
  if (bavail * bsize > bytes) return;
  const inGb = (value: number) => (value / 1e9).toFixed(1);
  throw new WayBlocked(`it needs ${inGb(bytes)} GB for a while and ${inGb(bavail * bsize)} GB are free at ${staging}`);
}
