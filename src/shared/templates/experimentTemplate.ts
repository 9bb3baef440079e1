/** An experiment to begin with: whole and valid; what a newcomer must decide is said in comments. */

import { parse as parseYaml } from 'yaml';

/** Headings of lists of templates, in their order. */
export const templateGroups = ['Data included', 'Your own data'] as const;

export interface ExperimentTemplate {
  /** By which the command line knows it; also the proposed name of experiment and file. */
  readonly name: string;
  readonly label: string;
  /** What it shows, and how long it takes where that can be said. */
  readonly detail: string;
  readonly group: (typeof templateGroups)[number];
  /** The text after the `name:` line. */
  readonly body: string;
}

/** The text of a new file; `name` is that of the experiment. */
export function fillTemplate({ body }: ExperimentTemplate, name: string): string {
  // Quoted where YAML would read a number or a truth value.
  const isPlain = parseYaml(name) === name;
  return `name: ${isPlain ? name : JSON.stringify(name)}\n${body}`;
}

/** Why a name will not do, or undefined. */
export function checkName(name: string): string | undefined {
  const isFine = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name);
  return isFine ? undefined : 'Up to 64 letters, digits, -, _ and ., beginning with a letter or digit.';
}

/** The name that an experiment has by its file, `<name>.transfer.yaml`; undefined where that is none. */
export function nameOfFile(path: string): string | undefined {
  const name = /([^/\\]+)\.transfer\.ya?ml$/.exec(path)?.[1];
  return name !== undefined && checkName(name) === undefined ? name : undefined;
}
