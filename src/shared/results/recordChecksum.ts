/** The checksum by which a reader knows that a record is as the worker wrote it. */
import { sha256Hex } from '../hash';
import type { StageRecord } from './records';

/** SHA-256, as 64 hex digits, of the JSON of everything in the record but its checksum, keys in the order they have. */
export function recordChecksum(record: Omit<StageRecord, 'checksum'>): string {
  return sha256Hex(checkedText(record));
}

/** What the checksum is of. */
export function checkedText(record: Omit<StageRecord, 'checksum'>): string {
  const { checksum: _ignored, ...content } = record as StageRecord;
  return JSON.stringify(content);
}
