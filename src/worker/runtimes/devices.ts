/**
 * Which graphics processors a process may use, and which of them is its own. CUDA takes the list CUDA_VISIBLE_DEVICES when it
 * is loaded; TensorFlow would fill the memory of all that it sees.
 */

let known: { readonly devices: readonly string[] | undefined } | undefined;

/** The list as the process was started with it; undefined where nobody restricted it. Not changed by `useFirstDevice`. */
export function visibleDevices(environment: NodeJS.ProcessEnv = process.env): readonly string[] | undefined {
  const listed = environment.CUDA_VISIBLE_DEVICES;
  known ??= { devices: listed === undefined ? undefined : listed.split(',').filter((device) => device !== '') };
  return known.devices;
}

/** The device of the process with this rank among those that train together. */
export function deviceOf(rank: number, devices: readonly string[] | undefined = visibleDevices()): string {
  return devices?.[rank] ?? String(rank);
}

/** To be called before CUDA is loaded: the first device alone is left to this process, the others to its peers. */
export function useFirstDevice(environment: NodeJS.ProcessEnv = process.env): void {
  const devices = visibleDevices(environment);
  if (devices === undefined || devices.length > 1) environment.CUDA_VISIBLE_DEVICES = deviceOf(0, devices);
}
