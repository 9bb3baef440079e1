/** Endings that weight files usually have; what a file is, its first bytes say. An index in JSON may be one, too. */
export const weightsEndings = ['safetensors', 'pth', 'pt', 'tar', 'bin', 'ckpt', 'pkl', 'npz', 'h5', 'keras'] as const;
