/** Energy of graphics processors: sums by hand, what nvidia-smi says instead of numbers, and a program that stands in for it. */
import { expect, it } from 'vitest';
import { createGpuEnergyMeter, createPowerIntegral } from '../../../src/worker/gpuEnergyMeter';

const line = (second: number, watts: string, index = 0): string =>
  `2026/11/23 17:00:${String(second).padStart(2, '0')}.500, ${index}, GPU-${index}a5f-77, ${watts}`;

function joulesOf(lines: readonly string[], devices?: string): number | undefined {
  const integral = createPowerIntegral(devices);
  lines.forEach((text) => integral.add(text));
  return integral.joules();
}

it('is power by time, each processor for itself', () => {
  expect(joulesOf([line(0, '100'), line(0, '20.5', 1), line(2, '200'), line(4, '100'), line(4, '20.5', 1)])).toBe(
    150 * 2 + 150 * 2 + 20.5 * 4,
  );
});

it('is not known before two samples, and passes over what is no number', () => {
  expect(joulesOf([line(0, '100')])).toBeUndefined();
  const others = [
    '',
    'Unable to determine the device handle',
    line(1, '[N/A]'),
    line(1, '[Unknown Error]'),
    'a, b, , 3',
  ];
  expect(joulesOf([line(0, '100'), ...others, line(2, '100')])).toBe(200);
  expect(joulesOf(others)).toBeUndefined();
});

it('counts no time that the clock lost or the machine slept', () => {
  expect(joulesOf([line(10, '100'), line(5, '100'), line(6, '100')])).toBe(100);
  expect(joulesOf([line(0, '100'), line(1, '100'), line(0, '100').replace('17:00', '19:00')])).toBe(100);
});

it.each([
  ['1', 50],
  ['GPU-0a5f', 100],
  ['0,1', 150],
  ['', 150],
])('counts the processors of CUDA_VISIBLE_DEVICES=%s', (devices, joules) => {
  expect(joulesOf([line(0, '100'), line(0, '50', 1), line(1, '100'), line(1, '50', 1)], devices)).toBe(joules);
});

it('reads a program that goes on by itself, and tells nothing where there is none', async () => {
  const answers = [line(0, '100'), line(3, '300')].map((text) => `console.log(${JSON.stringify(text)})`).join(';');
  // It asks as nvidia-smi is asked, and stays until it is ended.
  const program = `if (!process.argv.some((one) => one.startsWith('--query-gpu=timestamp'))) process.exit(2); ${answers}; setInterval(() => undefined, 1000)`;
  const meter = createGpuEnergyMeter({ command: [process.execPath, '-e', program, '--'] });
  await expect.poll(() => meter.read(), { timeout: 20_000 }).toBe(600);
  meter.stop();
  const none = createGpuEnergyMeter({ command: ['/nowhere/nvidia-smi'] });
  expect(none.read()).toBeUndefined();
  none.stop();
});
