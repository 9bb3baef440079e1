/**
 * The only names that a pickle may mention: what builds tensors and arrays, Python's own containers, and classes that are
 * bags of settings in the checkpoints people publish. All are read as data and none is ever called; a name outside this
 * list is refused all the same, so that what a file is understood to hold is all that it holds.
 */

const torchStorages = [
  ...['Float', 'Double', 'Half', 'BFloat16', 'Long', 'Int', 'Short', 'Char', 'Byte', 'Bool'].map(
    (kind) => `${kind}Storage`,
  ),
];
const torchDtypes = [
  ...['float64', 'double', 'float32', 'float', 'float16', 'half', 'bfloat16', 'int64', 'long', 'int32', 'int', 'int16'],
  ...['short', 'int8', 'uint8', 'uint16', 'uint32', 'uint64', 'bool'],
];
const builtins = [
  'set',
  'frozenset',
  'dict',
  'list',
  'tuple',
  'object',
  'bytearray',
  'int',
  'float',
  'complex',
  'bool',
  'str',
];

const allowed: ReadonlySet<string> = new Set([
  ...torchStorages.flatMap((name) => [`torch ${name}`, `torch.cuda ${name}`]),
  ...torchDtypes.map((name) => `torch ${name}`),
  ...['UntypedStorage', 'TypedStorage', '_TypedStorage', '_UntypedStorage'].map((name) => `torch.storage ${name}`),
  ...['Size', 'device', 'Tensor', 'FloatTensor', 'HalfTensor', 'DoubleTensor', 'LongTensor'].map(
    (name) => `torch ${name}`,
  ),
  ...['_rebuild_tensor', '_rebuild_tensor_v2', '_rebuild_tensor_v3', '_rebuild_parameter'].map(
    (n) => `torch._utils ${n}`,
  ),
  'torch._utils _rebuild_parameter_with_state',
  'torch.nn.parameter Parameter',
  'torch.serialization _get_layout',
  'torch._tensor _rebuild_from_type_v2',
  ...['numpy.core', 'numpy._core'].flatMap((core) => [
    `${core}.multiarray _reconstruct`,
    `${core}.multiarray scalar`,
    `${core}.numeric _frombuffer`,
  ]),
  ...['ndarray', 'dtype'].map((name) => `numpy ${name}`),
  ...['builtins', '__builtin__'].flatMap((module) => builtins.map((name) => `${module} ${name}`)),
  '_codecs encode',
  ...['OrderedDict', 'defaultdict', 'Counter', 'deque'].map((name) => `collections ${name}`),
  ...['copyreg', 'copy_reg'].map((module) => `${module} _reconstructor`),
  'argparse Namespace',
  'types SimpleNamespace',
  ...['PosixPath', 'WindowsPath', 'PurePosixPath'].flatMap((name) => [`pathlib ${name}`, `pathlib._local ${name}`]),
  ...['datetime', 'date', 'timedelta'].map((name) => `datetime ${name}`),
  ...['yacs.config', 'fvcore.common.config', 'detectron2.config.config'].map((module) => `${module} CfgNode`),
  ...['vissl.utils.hydra_config', 'vissl.config.attr_dict'].map((module) => `${module} AttrDict`),
  ...['pytorch_lightning.utilities.parsing', 'lightning_fabric.utilities.data', 'lightning.fabric.utilities.data'].map(
    (module) => `${module} AttributeDict`,
  ),
  ...['lightning_fabric.utilities.enums', 'pytorch_lightning.utilities.enums'].map((module) => `${module} _StrEnum`),
  ...['pytorch_lightning', 'lightning.pytorch'].map((root) => `${root}.callbacks.model_checkpoint ModelCheckpoint`),
  ...['dictconfig DictConfig', 'listconfig ListConfig', 'base ContainerMetadata', 'base Metadata', 'nodes AnyNode'].map(
    (name) => `omegaconf.${name}`,
  ),
  'typing Any',
  'mmengine.config.config ConfigDict',
  'mmcv.utils.config ConfigDict',
  'addict.addict Dict',
]);

export function isAllowedGlobal(module: string, name: string): boolean {
  return allowed.has(`${module} ${name}`);
}

/** Kinds of tensors that hold no plain numbers, by what rebuilds them. */
const otherTensors: Readonly<Record<string, readonly [what: string, remedy: string]>> = {
  'torch._utils _rebuild_qtensor': ['quantised tensors', 'dequantize() of each'],
  'torch._utils _rebuild_sparse_tensor': ['sparse tensors', 'to_dense() of each'],
  'torch._utils _rebuild_sparse_csr_tensor': ['sparse tensors', 'to_dense() of each'],
  'torch._utils _rebuild_meta_tensor_no_storage': ['tensors without numbers (device "meta")', 'real tensors'],
  'torch._utils _rebuild_nested_tensor': ['nested tensors', 'plain tensors'],
  'torch ComplexFloatStorage': ['complex numbers', 'real and imaginary parts'],
  'torch ComplexDoubleStorage': ['complex numbers', 'real and imaginary parts'],
  'torch QInt8Storage': ['quantised tensors', 'dequantize() of each'],
  'torch QUInt8Storage': ['quantised tensors', 'dequantize() of each'],
  'torch QInt32Storage': ['quantised tensors', 'dequantize() of each'],
};

/** What is wrong with a name that is not allowed, and what to do, for the message. */
export function explainGlobal(module: string, name: string, shown: string): readonly [what: string, advice: string] {
  const other = otherTensors[`${module} ${name}`];
  if (other) return [`holds ${other[0]} (${shown}), which are not read here`, `save ${other[1]} in their place`];
  return [
    `mentions ${shown}, which is not data; loading it in Python would run code, so it is refused here`,
    'if you trust the file, save its weights alone in Python: ' +
      'torch.save(torch.load(FILE, weights_only=False)["state_dict"], "weights.pth"), or .state_dict() of a whole model',
  ];
}
