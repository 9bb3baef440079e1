/**
 * Content keys: SHA-256 of canonical JSON, so that equal settings get equal keys whatever the order they were written in.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** SHA-256 as 64 hex digits. Text is hashed as UTF-8. */
export function sha256Hex(value: string | Uint8Array): string {
  return bytesToHex(sha256(typeof value === 'string' ? utf8ToBytes(value) : value));
}

/** JSON with keys sorted by code unit, without spaces; keys whose value is undefined are left out. RFC 8785 for what we store. */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`internal: ${value} has no JSON form`);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  const parts: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const item = value[key];
    if (item !== undefined) parts.push(`${JSON.stringify(key)}:${canonicalJson(item)}`);
  }
  return `{${parts.join(',')}}`;
}

/** The content key of a value: 64 hex digits. */
export function contentKey(value: Json): string {
  return sha256Hex(canonicalJson(value));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
