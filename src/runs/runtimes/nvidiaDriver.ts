/** Whether this machine has an NVIDIA GPU with a driver that CUDA 12 can use, before gigabytes are fetched for it. */
import { UserError } from '../../shared/errors';
import type { RunTool } from './runTool';

/** The oldest driver that runs CUDA 12 (NVIDIA's table of minor version compatibility). */
const OLDEST_DRIVER = 525;

/** Throws UserError('runtime') with what nvidia-smi says when there is none. */
export async function requireNvidiaDriver(run: RunTool, signal: AbortSignal): Promise<void> {
  const asked = await run('nvidia-smi', ['--query-gpu=driver_version,name', '--format=csv,noheader'], {
    limitMs: 20_000,
    signal,
  });
  const advice = 'install the driver first, or use --without-driver where the image is made for another machine';
  if (!asked.isOk) {
    const why = asked.isMissing ? 'nvidia-smi is not on the path' : asked.problem;
    throw new UserError('runtime', `tensorflow-gpu needs an NVIDIA GPU and none was found (${why}); ${advice}`);
  }
  const driver = Number.parseInt(asked.stdout, 10);
  if (driver < OLDEST_DRIVER)
    throw new UserError(
      'runtime',
      `tensorflow-gpu needs NVIDIA driver ${OLDEST_DRIVER} or later and this is ${driver}; update the driver`,
    );
}
