/**
 * Moving parameters by TensorFlow's in-place updates of resource variables: two passes over memory and no new tensor for a
 * step with momentum, where weighted sums take six of each. The variables borrow the memory of a tensor and give it
 * back; TensorFlow copies it first where anybody else holds it.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { MomentumStepAttributes } from '../../ops/momentumStep';
import type { NativeTensor } from './nativeBackend';
import { remember, type NativeOperations, type Operand } from './nativeOperations';

type Infos = Readonly<Record<string, tf.TensorInfo>>;

export class NativeUpdates {
  private readonly plain;
  private readonly typed;
  private readonly update;
  /** Variables made once; between updates they hold a single number. */
  private readonly variableOf = remember(({ name }: { name: string }) => this.makeVariable(name));

  constructor(private readonly tensorflow: NativeOperations) {
    this.plain = tensorflow.attributes({});
    this.typed = tensorflow.attributes({ types: { dtype: 'float32' } });
    this.update = tensorflow.attributes({ types: { T: 'float32' }, flags: { use_locking: false } });
  }

  /** Returns the moved parameter and velocity; the tensors given are spent. */
  momentumStep(inputs: Infos, { learningRate, momentum, weightDecay }: MomentumStepAttributes): tf.Tensor[] {
    const { tensorflow } = this;
    const [parameter, velocity] = [this.variableOf({ name: 'parameter' }), this.variableOf({ name: 'velocity' })];
    return tensorflow.run(() => {
      this.lend(velocity, inputs['velocity']!);
      tensorflow.release(inputs['velocity']!);
      // μ (v + β/μ p) + g = μ v + g + β p
      if (weightDecay !== 0) this.add(velocity, weightDecay / momentum, inputs['parameter']!);
      this.lend(parameter, inputs['parameter']!);
      tensorflow.release(inputs['parameter']!);
      const [rate, share] = [tensorflow.number(learningRate), tensorflow.number(momentum)];
      const operands = [parameter, velocity, rate, inputs['gradient']!, share];
      tensorflow.many('ResourceApplyMomentum', operands, this.update, 0);
      return [this.giveBack(parameter), this.giveBack(velocity)];
    });
  }

  /** Returns aShare · a + bShare · b. */
  blend({ a, b }: Infos, { aShare, bShare }: { readonly aShare: number; readonly bShare: number }): tf.Tensor[] {
    const { tensorflow } = this;
    const scaled = (x: Operand, share: number) => tensorflow.one('Mul', [x, tensorflow.number(share)], this.plain);
    return tensorflow.run(() => {
      // A share of 1 changes no bit. The others are new numbers where a learning rate moves.
      if (aShare === 1) return [tensorflow.one('AddV2', [a!, bShare === 1 ? b! : scaled(b!, bShare)], this.plain)];
      const sum = this.variableOf({ name: 'sum' });
      const share = scaled(a!, aShare);
      this.lend(sum, share);
      tensorflow.drop(share);
      this.add(sum, bShare, b!);
      return [this.giveBack(sum)];
    });
  }

  /** Adds share · x in place. */
  private add(variable: NativeTensor, share: number, x: Operand): void {
    const operands = [variable, this.tensorflow.number(-share), x];
    this.tensorflow.many('ResourceApplyGradientDescent', operands, this.update, 0);
  }

  private lend(variable: NativeTensor, tensor: Operand): void {
    this.tensorflow.many('AssignVariableOp', [variable, tensor], this.typed, 0);
  }

  private giveBack(variable: NativeTensor): NativeTensor {
    const value = this.tensorflow.one('ReadVariableOp', [variable], this.typed);
    this.lend(variable, this.tensorflow.constantNumber(0));
    return value;
  }

  private makeVariable(name: string): NativeTensor {
    const attributes = this.tensorflow.attributes({
      types: { dtype: 'float32' },
      texts: { container: '', shared_name: `transferscope-${name}` },
      shapes: { shape: [] }, // of the single number; TensorFlow lets later values have any
    });
    return this.tensorflow.keep('VarHandleOp', attributes);
  }
}
