/**
 * The releases of VS Code that the tests can run on: code-server from npm, which is VS Code's workbench with an extension
 * host on Node. Chosen with TRANSFERSCOPE_VSCODE: `newest` (the default), `oldest`, `both`, or `floor`: the newest, and
 * the oldest for the tests of installing and activating alone.
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

const choices: Readonly<Record<string, readonly Release['name'][]>> = {
  newest: ['newest'],
  oldest: ['oldest'],
  both: ['newest', 'oldest'],
  floor: ['newest', 'oldest'],
};

const choice = process.env.TRANSFERSCOPE_VSCODE || 'newest';

/** What has to be installed. */
export function chosenReleases(): readonly Release[] {
  const names = choices[choice];
  if (!names) throw new Error(`TRANSFERSCOPE_VSCODE is "${choice}"; take ${Object.keys(choices).join(', ')}`);
  return releases.filter(({ name }) => names.includes(name));
}

/** Whether tests that are not about the release itself run on it. */
export function isForAllTests({ name }: Release): boolean {
  return choice !== 'floor' || name === 'newest';
}
