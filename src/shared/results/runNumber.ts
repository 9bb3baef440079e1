/** Numbers of runs: `name-<n>`. */

/** One above the highest in use: a number that was deleted is not given again to another run below it. `folders`: names in `runs/`. */
export function nextRunNumber(folders: readonly string[], name: string): number {
  const start = `${name}-`;
  const numbers = folders
    .filter((folder) => folder.startsWith(start))
    .map((folder) => Number(folder.slice(start.length)))
    .filter((n) => Number.isInteger(n) && n > 0);
  return numbers.reduce((highest, n) => Math.max(highest, n), 0) + 1;
}
