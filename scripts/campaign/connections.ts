/** Hosts that programs connect to or look up: each that is started in `recordingEnv` writes them down (recordConnections.mjs). */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const recorder = (root: string): string => path.join(root, 'test', 'vscode', 'support', 'recordConnections.mjs');

/** Environment of a program that is to write into `log`. */
export function recordingEnv(root: string, log: string): NodeJS.ProcessEnv {
  return { ...process.env, NODE_OPTIONS: `--import=${recorder(root)}`, CONNECTION_LOG: log };
}

/** From now on this process writes into `log`, too. */
export async function recordThisProcess(root: string, log: string): Promise<void> {
  process.env.CONNECTION_LOG = log;
  await import(pathToFileURL(recorder(root)).href);
}

/** Hosts beyond this machine, in the order in which they were asked for. */
export function hostsIn(log: string): string[] {
  const lines = (existsSync(log) ? readFileSync(log, 'utf8') : '').split('\n').filter((line) => line !== '');
  const hosts = lines.map((line) => (JSON.parse(line) as { readonly host?: string }).host);
  return hosts.filter((host) => host !== undefined && !['localhost', '127.0.0.1', '::1'].includes(host)) as string[];
}
