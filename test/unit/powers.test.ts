/**
 * No powers whose last bit depends on the engine: V8 changed its `**` between Node 22 and 24 for fractional exponents and
 * for whole ones from 3 on (0.9 ** 4 differs). Squares and powers of two are exact in both. Results enter stages that
 * equal settings must reproduce, so roots are taken with Math.sqrt and whole powers by multiplying. Reports and charts
 * (src/shared/views, src/shared/editing) may use any power, and write ** for bold.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const folders = ['src/worker', 'src/shared'];
const spared = ['src/shared/views', 'src/shared/editing'].map((folder) => path.join(folder, path.sep));

describe('powers in results', () => {
  it('are squares or powers of two', () => {
    const files = folders.flatMap(sourceFiles).filter((file) => !spared.some((folder) => file.startsWith(folder)));
    expect(files.length).toBeGreaterThan(50);
    const wrong = files.flatMap((file) =>
      riskyPowers(readFileSync(path.join(root, file), 'utf8')).map(({ line, code }) => `${file}:${line}: ${code}`),
    );
    expect(wrong).toEqual([]);
  });

  it.each([
    ['x ** -0.25', 1],
    ['x ** 0.5', 1],
    ['x ** 3', 1],
    ['x ** n', 1],
    ['(1 - t) ** power', 1],
    ['0.2 ** n', 1],
    ['x2 ** n', 1],
    ['12 ** n', 1],
    ['2 ** 0.5', 1],
    ['x **= 3', 1],
    ['Math.pow(x, 2)', 1],
    ['const { pow } = Math', 1],
    ['x ** 2', 0],
    ['x! ** 2 + 1', 0],
    ['2 ** (exponent - 15)', 0],
    ['1.5 * 2 ** -24', 0],
    ["// x ** 0.5\nconst s = 'x ** 3';\n/** a ** b */", 0],
    ['const s = `${x ** 3}`', 1],
  ])('the check sees %s: %i', (text, count) => {
    expect(riskyPowers(text)).toHaveLength(count);
  });
});

function sourceFiles(folder: string): string[] {
  const entries = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
  return entries.filter((name) => name.endsWith('.ts')).map((name) => path.join(folder, name));
}

/** Lines of code (comments and quoted text left out) with a power that may differ between engines. */
function riskyPowers(text: string): { line: number; code: string }[] {
  const hidden = /\/\*[^]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g;
  const code = text.replace(hidden, (match) => match.replace(/[^\n]/g, ' '));
  return code.split('\n').flatMap((content, index) => {
    const powers = [...content.matchAll(/\*\*/g)].map(
      ({ index: at }) => [content.slice(0, at), content.slice(at + 2)] as const,
    );
    const isRisky = powers.some(([before, after]) => !isPowerOfTwo(before, after) && !/^\s*2(?![\w.])/.test(after));
    return isRisky || /\bpow\b(?=.*\bMath\b)|\bMath\s*\.\s*pow\b/.test(content)
      ? [{ line: index + 1, code: content.trim() }]
      : [];
  });
}

/** Base 2 and not plainly a fraction as exponent. */
function isPowerOfTwo(before: string, after: string): boolean {
  return /(?:^|[^\w.])2\s*$/.test(before) && !/^\s*-?\s*\d*\.\d/.test(after);
}
