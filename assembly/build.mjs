/**
 * Compiles two modules with AssemblyScript and writes them, base64, into src/worker, where they are committed: running the
 * project needs no compiler, and tests check that the files match the sources.
 *   node assembly/build.mjs
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Of the `wasm` runtime, on the memory of TensorFlow.js; and of the augmentations, each thread with a memory of its own. */
export const modules = {
  kernels: {
    file: 'src/worker/runtimes/wasm/kernelsBinary.ts',
    options: ['--importMemory', '--noExportMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536', '--enable', 'threads'],
  },
  pixels: { file: 'src/worker/augment/pixelsBinary.ts', options: ['--initialMemory', '16'] },
};

/** A compiled module by its name; throws with the compiler's messages when the sources are wrong. */
export async function compileModule(name) {
  const output = mkdtempSync(join(tmpdir(), 'kernels-'));
  const file = join(output, `${name}.wasm`);
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--use', 'abort=', ...modules[name].options];
  try {
    const { error, stderr } = await asc.main([join(folder, `${name}.ts`), ...options, '-o', file]);
    if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
    return readFileSync(file);
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

/** The generated file's text. */
export function binarySource(name, binary) {
  const lines = binary.toString('base64').match(/.{1,110}/g) ?? [];
  const text = lines.map((line) => `  '${line}',`).join('\n');
  return `/** Compiled from assembly/ by \`node assembly/build.mjs\`; do not edit. */\nexport const ${name}Binary = [\n${text}\n].join('');\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, { file }] of Object.entries(modules)) {
    const binary = await compileModule(name);
    writeFileSync(join(folder, '..', file), binarySource(name, binary));
    console.log(`${file}: ${binary.length} bytes`);
  }
}
