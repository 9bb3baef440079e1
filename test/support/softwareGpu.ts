/** WebGPU for tests. */
export async function useSoftwareGpu(): Promise<string | undefined> {
  return 'not yet';
}
