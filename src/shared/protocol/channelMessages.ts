/** What goes over a channel: the envelopes, how errors travel in them, and what is no message. */
import { Cancelled, UserError, type ErrorCode } from '../errors';

/** A bug on the other side of the wire: its message here, its stack in `remoteStack`. */
export class RemoteBug extends Error {
  override readonly name = 'RemoteBug';
  constructor(
    message: string,
    readonly remoteStack: string,
  ) {
    super(message);
  }
}

/** What a request comes to. */
export type Outcome =
  | { readonly type: 'value'; readonly value: unknown }
  | {
      readonly type: 'userError';
      readonly code: ErrorCode;
      readonly message: string;
      readonly place?: UserError['place'];
    }
  | { readonly type: 'bug'; readonly message: string; readonly stack: string }
  | { readonly type: 'cancelled' };

export type Message =
  | { readonly type: 'ready'; readonly version: number }
  | { readonly type: 'request'; readonly id: number; readonly name: string; readonly params: unknown }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'answer'; readonly id: number; readonly outcome: Outcome }
  | { readonly type: 'event'; readonly event: unknown };

/** What the other side is told of an error. */
export function toOutcome(error: unknown): Outcome {
  if (error instanceof UserError) {
    return { type: 'userError', code: error.code, message: error.message, place: error.place };
  }
  if (error instanceof Cancelled) return { type: 'cancelled' };
  return { type: 'bug', message: messageOf(error), stack: (error instanceof Error && error.stack) || '' };
}

/** The error that the other side told of. */
export function toError(outcome: Exclude<Outcome, { type: 'value' }>): Error {
  switch (outcome.type) {
    case 'userError':
      return new UserError(outcome.code, outcome.message, outcome.place);
    case 'bug':
      return new RemoteBug(outcome.message, outcome.stack);
    case 'cancelled':
      return new Cancelled();
  }
}

const outcomeTypes: readonly unknown[] = ['value', 'userError', 'bug', 'cancelled'];

/** Checks the envelope; what is inside is the business of whoever handles it. */
export function parseMessage(raw: unknown): Message | undefined {
  if (!isObject(raw)) return undefined;
  const hasId = Number.isSafeInteger(raw.id);
  switch (raw.type) {
    case 'ready':
      return typeof raw.version === 'number' ? (raw as Message) : undefined;
    case 'request':
      return hasId && typeof raw.name === 'string' ? (raw as Message) : undefined;
    case 'cancel':
      return hasId ? (raw as Message) : undefined;
    case 'answer':
      return hasId && isObject(raw.outcome) && outcomeTypes.includes(raw.outcome.type) ? (raw as Message) : undefined;
    case 'event':
      return 'event' in raw ? (raw as Message) : undefined;
    default:
      return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What a message that is none looks like, in a few words. */
export function describeMessage(raw: unknown): string {
  if (!isObject(raw)) return `${typeof raw} ${String(raw)}`.slice(0, 80);
  return `object with type ${String(raw.type)}`.slice(0, 80);
}
