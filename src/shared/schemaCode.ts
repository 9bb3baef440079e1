/** How schemas are checked where a page's policy forbids code that is made from text, by which they would be made faster. */
import { z } from 'zod';

/** Call before the first check in a web page or its workers. */
export function checkSchemasWithoutCode(): void {
  z.config({ jitless: true });
}
