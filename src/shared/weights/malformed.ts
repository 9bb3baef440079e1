/** Errors of weight files: one sentence that names the file, what is wrong with it, and what to do. */
import { UserError } from '../errors';

/** `what` continues "FILE …": "is cut short", "has a tensor that …". */
export function malformed(file: string, what: string, advice = 'download or save it again'): never {
  throw new UserError('weights', `${file} ${what}; ${advice}`, { file });
}

/** At most `limit` letters of a text from a file, on one line, for messages. */
export function shorten(text: string, limit = 80): string {
  const plain = [...text.slice(0, 4 * limit)]
    .map((letter) => (letter < ' ' || letter === '\x7f' ? '·' : letter))
    .join('');
  return plain.length > limit ? `${plain.slice(0, limit - 1)}…` : plain;
}
