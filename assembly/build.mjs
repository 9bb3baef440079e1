/**
 * Compiles the kernels with AssemblyScript and writes them, base64, to src/worker/runtimes/wasm/kernelsBinary.ts, which is
 * committed: running the project needs no compiler, and a test checks that the file matches the sources.
 *   node assembly/build.mjs
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = fileURLToPath(new URL('.', import.meta.url));
const target = join(folder, '../src/worker/runtimes/wasm/kernelsBinary.ts');

/** The compiled module; throws with the compiler's messages when the sources are wrong. */
export async function compileKernels() {
  const output = mkdtempSync(join(tmpdir(), 'kernels-'));
  const file = join(output, 'kernels.wasm');
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--noExportMemory', '--sharedMemory'];
  const limits = ['--initialMemory', '1', '--maximumMemory', '65536', '--enable', 'simd', '--enable', 'threads', '--use', 'abort='];
  try {
    const { error, stderr } = await asc.main([join(folder, 'kernels.ts'), ...options, ...limits, '-o', file]);
    if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
    return readFileSync(file);
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

/** The generated file's text. */
export function binarySource(binary) {
  const lines = binary.toString('base64').match(/.{1,110}/g) ?? [];
  const text = lines.map((line) => `  '${line}',`).join('\n');
  return `/** Compiled from assembly/ by \`node assembly/build.mjs\`; do not edit. */\nexport const kernelsBinary = [\n${text}\n].join('');\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const binary = await compileKernels();
  writeFileSync(target, binarySource(binary));
  console.log(`${target}: ${binary.length} bytes`);
}
