/**
 * The one log of the extension: the output channel "Transferscope" with VS Code's own levels. Everything that the
 * extension host wants to keep goes through it, so that a user can hand over one text.
 */
import * as vscode from 'vscode';
import { UserError } from '../shared/errors';

export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string, cause?: unknown): void;
  show(): void;
}

/** Makes the output channel; it is disposed with the extension. */
export function createLog(context: vscode.ExtensionContext): Log {
  const channel = vscode.window.createOutputChannel('Transferscope', { log: true });
  context.subscriptions.push(channel);
  return {
    info: (message) => channel.info(message),
    warn: (message) => channel.warn(message),
    error: (message, cause) => channel.error(cause === undefined ? message : `${message}: ${describeCause(cause)}`),
    show: () => channel.show(true),
  };
}

/** A mistake of the user is its sentence; anything else is a bug of ours and keeps its stack. */
function describeCause(cause: unknown): string {
  if (cause instanceof UserError) return cause.message;
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
