/** Nothing is exported that no program uses: by nobody, or by tests alone. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const programs = ['src', 'webview', 'scripts', 'bench', 'esbuild.mjs'];
const exported =
  /^export (?:async )?(?:abstract )?(?:function\*?|const|class|interface|type|let|enum) ([A-Za-z_$][\w$]*)/gm;

/** Sources without comments, whose words are no uses. */
function readSources(): Map<string, string> {
  const names = programs.flatMap((name) => {
    if (name.endsWith('.mjs')) return [name];
    const inside = readdirSync(path.join(root, name), { recursive: true, encoding: 'utf8' });
    return inside.filter((file) => /\.(ts|mjs)$/.test(file)).map((file) => path.join(name, file));
  });
  return new Map(
    names.map((name) => {
      const text = readFileSync(path.join(root, name), 'utf8');
      return [name, text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')];
    }),
  );
}

it('every export is used by a program, if only in its own file', () => {
  const sources = readSources();
  const uses = new Map<string, number>();
  for (const text of sources.values())
    for (const [word] of text.matchAll(/[A-Za-z_$][\w$]*/g)) uses.set(word, (uses.get(word) ?? 0) + 1);
  const unused = [...sources]
    .filter(([file]) => /^(src|webview)/.test(file))
    .flatMap(([file, text]) =>
      // Its definition is the one mention.
      [...text.matchAll(exported)].flatMap(([, name]) => (uses.get(name!) === 1 ? [`${name} in ${file}`] : [])),
    );
  expect(unused).toEqual([]);
});
