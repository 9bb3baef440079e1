/** Marks a branch that the types say cannot be reached; throws `internal:` if it is reached all the same. */
export function assertNever(value: never): never {
  throw new Error(`internal: unexpected value ${JSON.stringify(value)}`);
}
