/**
 * WebGPU for tests: SwiftShader, the software GPU that comes with Debian's chromium (and with Chrome). The Vulkan loader has
 * to be found by the system; scripts/test.mjs adds chromium's own to its path.
 */
import { existsSync } from 'node:fs';
import { probeWebgpu } from '../../src/worker/runtimes/startWebgpu';

const drivers = ['/usr/lib/chromium/vk_swiftshader_icd.json', '/opt/google/chrome/vk_swiftshader_icd.json'];

/** Allows and selects it; returns the reason when there is none. A driver that is named already stays. */
export async function useSoftwareGpu(): Promise<string | undefined> {
  const driver = drivers.find((file) => existsSync(file));
  if (driver) process.env['VK_ICD_FILENAMES'] ??= driver;
  process.env['TRANSFERSCOPE_WEBGPU'] = 'software';
  const status = await probeWebgpu();
  return status.available ? undefined : status.reason;
}
