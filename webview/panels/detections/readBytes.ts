/** A file of the panel as bytes; rejects with a sentence. */
import { fetchOf } from '../../ui/engine';

export async function readBytes(url: string): Promise<ArrayBuffer> {
  return (await fetchOf(url)).arrayBuffer();
}
