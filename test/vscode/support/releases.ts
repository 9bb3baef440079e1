/**
 * The releases of VS Code that the tests can run on: code-server from npm, which is VS Code's workbench with an extension
 * host on Node. Chosen with TRANSFERSCOPE_VSCODE=newest (the default), oldest or both.
 */

export interface Release {
  readonly name: 'newest' | 'oldest';
  /** Of code-server; the number after the first point is VS Code's. */
  readonly version: string;
  /** The Node that this release is made for. */
  readonly node: string;
}

const releases: readonly Release[] = [
  { name: 'newest', version: '4.139.1', node: '24.21.0' },
  // The floor that package.json states under engines.vscode.
  { name: 'oldest', version: '4.100.3', node: '20.20.2' },
];

export function chosenReleases(choice = process.env.TRANSFERSCOPE_VSCODE ?? 'newest'): readonly Release[] {
  const chosen = releases.filter(({ name }) => choice === 'both' || choice === name);
  if (chosen.length === 0) throw new Error(`TRANSFERSCOPE_VSCODE is "${choice}"; take newest, oldest or both`);
  return chosen;
}
