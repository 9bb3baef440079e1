/** The runtimes an experiment can ask for, best first. `auto` takes the first that is available on this machine. */
export const runtimeNames = ['tensorflow-gpu', 'tensorflow', 'webgpu', 'wasm'] as const;

/** What executes the tensors. */
export type RuntimeName = (typeof runtimeNames)[number];
