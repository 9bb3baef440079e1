/** The extension hosts of a server's windows, from a test's side: runs functions inside them. */
import { readdir, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from '../support/server';
import type { ProbeAnswer, ProbeRequest, ProbeTools } from './extension';

export class ExtensionHost {
  constructor(private readonly socket: string) {}

  /**
   * Runs `work` inside the extension host and returns its answer, by JSON. The function travels as text: what it uses
   * must come from `tools` and `argument`.
   */
  async evaluate<Argument, Value>(
    work: (tools: ProbeTools, argument: Argument) => Value | Promise<Value>,
    argument?: Argument,
  ): Promise<Value> {
    const request: ProbeRequest = { source: String(work), argument };
    const answer = JSON.parse(await ask(this.socket, JSON.stringify(request))) as ProbeAnswer;
    if ('error' in answer) throw new Error(`in the extension host: ${answer.error}`);
    return answer.value as Value;
  }
}

/** Living hosts, oldest first; waits until there are as many as wanted. */
export async function findHosts(server: Server, wanted = 1): Promise<readonly ExtensionHost[]> {
  const folder = path.join(server.root, 'probe');
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(200)) {
    const names = (await readdir(folder).catch(() => [])).sort();
    const living = await Promise.all(names.map((name) => isAnswering(path.join(folder, name))));
    const hosts = names.filter((_, index) => living[index]);
    if (hosts.length >= wanted) return hosts.map((name) => new ExtensionHost(path.join(folder, name)));
  }
  throw new Error(`no ${wanted} extension hosts answered within a minute`);
}

async function isAnswering(socket: string): Promise<boolean> {
  try {
    await ask(socket, JSON.stringify({ source: '() => 1' } satisfies Partial<ProbeRequest>));
    return true;
  } catch {
    await unlink(socket).catch(() => undefined);
    return false;
  }
}

function ask(socket: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const connection = connect(socket, () => connection.end(text));
    connection.setEncoding('utf8');
    connection.on('data', (chunk: string) => (answer += chunk));
    connection.on('error', reject);
    connection.on('end', () => (answer === '' ? reject(new Error('the extension host went away')) : resolve(answer)));
  });
}
