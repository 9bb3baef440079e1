/** Names for what is put into an experiment file. */

/** `inversion`, or `inversion-2` and so on where that is the name of something else. */
export function unusedId(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  for (let number = 2; ; number++) {
    const id = `${wanted}-${number}`;
    if (!taken.has(id)) return id;
  }
}
