/**
 * A second extension beside ours, for tests alone: it lets a test run a function inside the extension host (as Playwright
 * does inside a page), and keeps a file system in memory under `memory:`. Talks over a socket in the server's folder.
 */
import { mkdirSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import * as vscode from 'vscode';
import { MemoryFiles } from './memoryFiles';

/** What a function of a test is given; it must not use anything else from around it. */
export interface ProbeTools {
  readonly vscode: typeof vscode;
  readonly require: NodeJS.Require;
  readonly memory: MemoryFiles;
  /** For what one call leaves for the next. */
  readonly kept: Record<string, unknown>;
}

export interface ProbeRequest {
  readonly source: string;
  readonly argument: unknown;
}

export type ProbeAnswer = { readonly value: unknown } | { readonly error: string };

export function activate(context: vscode.ExtensionContext): void {
  const memory = new MemoryFiles();
  const tools: ProbeTools = { vscode, require, memory, kept: {} };
  // <root>/extensions/<this extension>/dist → <root>/probe
  const folder = path.join(context.extensionPath, '..', '..', 'probe');
  mkdirSync(folder, { recursive: true });
  const server = createServer({ allowHalfOpen: true }, (socket) => serve(socket, tools));
  server.listen(path.join(folder, `${Date.now()}-${process.pid}`));
  context.subscriptions.push(vscode.workspace.registerFileSystemProvider('memory', memory, { isCaseSensitive: true }), {
    dispose: () => server.close(),
  });
}

function serve(socket: Socket, tools: ProbeTools): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => (text += chunk));
  socket.on('error', () => {});
  socket.on('end', () => void answer(text, tools).then((value) => socket.end(JSON.stringify(value))));
}

async function answer(text: string, tools: ProbeTools): Promise<ProbeAnswer> {
  try {
    const { source, argument } = JSON.parse(text) as ProbeRequest;
    const work = (0, eval)(`(${source})`) as (tools: ProbeTools, argument: unknown) => unknown;
    return { value: await work(tools, argument) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
