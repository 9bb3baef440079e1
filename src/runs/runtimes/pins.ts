/**
 * Exactly what is fetched to install a native runtime: npm packages by integrity, Python wheels by SHA-256. TensorFlow 2.20
 * is the newest whose wheels carry the C headers, both shared libraries, and keep silent when they are loaded (2.21 does not).
 */
import {
  nativePackages,
  nativePackageVersion,
  webgpuPackages,
  type NativeRuntimeName,
} from '../../shared/runtimes/nativeInstall';

export interface PinnedNpmPackage {
  readonly name: string;
  readonly version: string;
  /** As in package-lock.json: `sha512-` and base64. */
  readonly integrity: string;
}

export interface PinnedWheel {
  /** Name on PyPI. */
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly bytes: number;
  /** pip's name of the platform it is built for. */
  readonly platform: string;
}

export const tensorflowVersion = '2.20.0';

/** The binding: kernels in JavaScript and the C++ sources of the addon. */
export const bindingPackages: Readonly<Record<NativeRuntimeName, PinnedNpmPackage>> = {
  tensorflow: {
    name: nativePackages.tensorflow,
    version: nativePackageVersion,
    integrity: 'sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==',
  },
  'tensorflow-gpu': {
    name: nativePackages['tensorflow-gpu'],
    version: nativePackageVersion,
    integrity: 'sha512-p//NN6DGiN4hInUmIkRffaFVMcdTREUMjPyjW04J7OXvB2zBlQimj61eFKSgRrH3f5TnOfKzb0n56he/B6a4bw==',
  },
};

/** Dawn with its addon for every platform, and the backend, whose one bundled file needs nothing but tfjs-core. */
export const pinnedWebgpu = {
  dawn: {
    name: webgpuPackages.dawn,
    version: '0.4.0',
    integrity: 'sha512-F5pimn3Aoi0zWjuRdiVs5TnrUwSzD2lESBohsIUsqyitWkGRQlXU2fhV6ycXlQTa1bvAf3sjqiUpBEpmSQ5ptA==',
  },
  backend: {
    name: webgpuPackages.backend,
    version: nativePackageVersion,
    integrity: 'sha512-lvIc7Af4Tl2BCdYp43iQmSCRq3asaKT0q2xaErphXiUZ+jqeB0bQa0ZvQys1Xatvto0U4/c90DVsHPfvkn5ftg==',
  },
} as const satisfies Readonly<Record<string, PinnedNpmPackage>>;

/** Node's C headers, so that the addon compiles without Node's sources. */
export const headersPackage: PinnedNpmPackage = {
  name: 'node-api-headers',
  version: '1.9.0',
  integrity: 'sha512-2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==',
};

const linux = 'manylinux2014_x86_64';

const processorWheels: Readonly<Record<string, PinnedWheel>> = {
  'linux-x64': {
    name: 'tensorflow-cpu',
    version: tensorflowVersion,
    sha256: 'cf756bbe2d256e942ab5d0ad2c858fb40017581494febdb4387c149b1afde780',
    bytes: 258876263,
    platform: linux,
  },
  'linux-arm64': {
    name: 'tensorflow',
    version: tensorflowVersion,
    sha256: '3e9568c8efcb05c0266be223e3269c62ebf7ad3498f156438311735f6fa5ced5',
    bytes: 259465882,
    platform: 'manylinux2014_aarch64',
  },
  'darwin-arm64': {
    name: 'tensorflow',
    version: tensorflowVersion,
    sha256: '5f964016c5035d09b85a246a6b739be89282a7839743f3ea63640224f0c63aee',
    bytes: 200507363,
    platform: 'macosx_12_0_arm64',
  },
};

/** TensorFlow for NVIDIA GPUs and the parts of CUDA 12.5 it loads (name, version, SHA-256, bytes). */
const gpuWheels: readonly PinnedWheel[] = (
  [
    ['tensorflow', tensorflowVersion, '481499fd0f824583de8945be61d5e827898cdaa4f5ea1bc2cc28ca2ccff8229e', 620570129],
    ['nvidia-cublas-cu12', '12.5.3.2', 'ca070ad70e9fa6654084575d01bd001f30cc4665e33d4bb9fc8e0f321caa034b', 363313169],
    ['nvidia-cuda-cupti-cu12', '12.5.82', 'bde77a5feb66752ec61db2adfe47f56b941842825b4c7e2068aff27c9d107953', 13811507],
    ['nvidia-cuda-nvrtc-cu12', '12.5.82', '3dbd97b0104b4bfbc3c4f8c79cd2496307c89c43c29a9f83125f1d76296ff3fd', 24873108],
    ['nvidia-cuda-runtime-cu12', '12.5.82', '3e79a060e126df40fd3a068f3f787eb000fa51b251ec6cd97d09579632687115', 895707],
    ['nvidia-cudnn-cu12', '9.3.0.75', '9ad9c6929ebb5295eb4a1728024666d1c88283373e265a0c5c883e6f9d5cd76d', 577163502],
    ['nvidia-cufft-cu12', '11.2.3.61', '9a6e8df162585750f61983a638104a48c756aa13f9f48e19ab079b38e3c828b8', 192524114],
    ['nvidia-curand-cu12', '10.3.6.82', '2823fb27de4e44dbb22394a6adf53aa6e1b013aca0f8c22867d1cfae58405536', 56309107],
    [
      'nvidia-cusolver-cu12',
      '11.6.3.83',
      '93cfafacde4428b71778eeb092ec615a02a3d05404da1bcf91c53e3fa1bce42b',
      130341232,
    ],
    ['nvidia-cusparse-cu12', '12.5.1.3', '016df8e993c437e8301e62739f01775cba988fd5253cd4c64173f8e8d2f8e752', 217558979],
    ['nvidia-nccl-cu12', '2.25.1', '362aed5963fb9ea2ed2f264409baae30143498fd0e5c503aeaa1badd88cdc54a', 201352353],
    ['nvidia-nvjitlink-cu12', '12.5.82', 'f9b37bc5c8cf7509665cb6ada5aaa0ce65618f2332b7d3e78e9790511f111212', 21298879],
  ] as const
).map(([name, version, sha256, bytes]) => ({ name, version, sha256, bytes, platform: linux }));

/** The wheels of a runtime on a platform (`linux-x64` …), TensorFlow's first; none where there are no fitting ones. */
export function pinnedWheels(runtime: NativeRuntimeName, platform: string): readonly PinnedWheel[] {
  if (runtime === 'tensorflow-gpu') return platform === 'linux-x64' ? gpuWheels : [];
  const wheel = processorWheels[platform];
  return wheel ? [wheel] : [];
}
