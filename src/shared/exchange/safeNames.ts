/** Names of ours as parts of paths and as names that trackers accept. */

/** Letters, digits, `.`, `-`, `_` alone, the rest as `_`, no dots in front: a file name on every system. */
export function fileName(text: string): string {
  const safe = text.replace(/[^\w.-]+/g, '_').replace(/^\.+/, '_');
  return safe === '' ? '_' : safe.slice(0, 120);
}

/** As `fileName`, part by part of a name with slashes. */
export function pathName(text: string): string {
  return text.split('/').map(fileName).join('/');
}
