/** Says which settings that are written have no effect beside another one, and offers to remove them. */
import type { Path } from './places';
import type { ResolveContext } from './resolveData';

export function warnUnused(
  { written, path }: { readonly written: object; readonly path: Path },
  { keys, setting }: { readonly keys: readonly string[]; readonly setting: string },
  { report, document }: Pick<ResolveContext, 'report' | 'document'>,
): void {
  for (const key of keys) {
    if (!(key in written)) continue;
    const place = [...path, key];
    report({
      severity: 'warning',
      code: 'no-effect',
      message: `\`${key}\` has no effect with \`${setting}\`; remove it`,
      path: place,
      part: 'key',
      fixes: [document.fix.removeKey(place)],
    });
  }
}
