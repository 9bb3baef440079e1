/**
 * How schemas are checked where a page's policy forbids code that is made from text, by which they would be made faster.
 * Files that pages read are checked by schemas of `import * as z`, of which a bundle holds what is used: 40 KB instead of 450.
 */
import * as z from 'zod';

/** Call before the first check in a web page or its workers. */
export function checkSchemasWithoutCode(): void {
  z.config({ jitless: true });
}
