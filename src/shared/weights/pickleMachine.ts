/**
 * The stack machine of Python's unpickler, with calls recorded instead of made, and with limits on what a file can cost.
 * Which opcode does what is in readPickle.ts.
 */
import { malformed, shorten } from './malformed';
import { explainGlobal, isAllowedGlobal } from './pickleGlobals';
import type { PickleReader } from './pickleReader';
import {
  PickleCall,
  PickleDict,
  PickleGlobal,
  PickleList,
  PicklePersistent,
  PickleTuple,
  type PickleValue,
} from './pickleValues';

/** 100,000 tensors take about 3 million operations and 600,000 objects. */
const maxOperations = 30_000_000;
const maxObjects = 3_000_000;

export class PickleMachine {
  private readonly stack: PickleValue[] = [];
  /** Heights of the stack at the marks. */
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, PickleValue>();
  readonly persistents: PicklePersistent[] = [];
  private operations = 0;
  private objects = 0;

  constructor(private readonly reader: PickleReader) {}

  count(): void {
    if (++this.operations > maxOperations) this.reader.refuse(`has more than ${maxOperations} operations`);
  }

  push(value: PickleValue): void {
    this.stack.push(value);
  }

  /** As push, for what takes memory. */
  make(value: PickleValue): void {
    if (++this.objects > maxObjects) this.reader.refuse(`makes more than ${maxObjects} objects`);
    this.stack.push(value);
  }

  pop(): PickleValue {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) this.reader.refuse('takes more from its stack than there is');
    return this.stack.pop()!;
  }

  top(): PickleValue {
    const value = this.pop();
    this.stack.push(value);
    return value;
  }

  mark(): void {
    this.marks.push(this.stack.length);
  }

  /** Everything above the last mark. */
  popMark(): PickleValue[] {
    const height = this.marks.pop();
    if (height === undefined) this.reader.refuse('has no mark where one is needed');
    return this.stack.splice(height);
  }

  remember(index: number): void {
    if (!Number.isSafeInteger(index) || index < 0) this.reader.refuse('remembers a value under no number');
    this.memo.set(index, this.top());
  }

  rememberNext(): void {
    this.memo.set(this.memo.size, this.top());
  }

  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) this.reader.refuse(`recalls value ${index}, which it never remembered`);
    this.stack.push(value);
  }

  global(module: PickleValue, name: PickleValue): PickleGlobal {
    if (typeof module !== 'string' || typeof name !== 'string')
      return this.reader.refuse('names a function by something that is no name');
    if (isAllowedGlobal(module, name)) return new PickleGlobal(module, name);
    return malformed(this.reader.source.name, ...explainGlobal(module, name, shorten(`${module}.${name}`)));
  }

  call(callee: PickleValue, args: PickleValue): void {
    const items = args instanceof PickleTuple || args instanceof PickleList ? args.items : undefined;
    if (!(callee instanceof PickleGlobal) || !items) return this.reader.refuse('calls something that is no function');
    this.make(new PickleCall(callee, items));
  }

  refer(id: PickleValue): void {
    const reference = new PicklePersistent(id);
    this.persistents.push(reference);
    this.make(reference);
  }

  append(target: PickleValue, items: readonly PickleValue[]): void {
    if (!(target instanceof PickleList || target instanceof PickleCall))
      this.reader.refuse('appends to something that is no list');
    for (const item of items) target.items.push(item);
  }

  setItems(target: PickleValue, items: readonly PickleValue[]): void {
    if (!(target instanceof PickleDict || target instanceof PickleCall))
      this.reader.refuse('sets items of something that is no dict');
    if (items.length % 2 !== 0) this.reader.refuse('has a key without a value');
    for (const item of items) target.entries.push(item);
  }

  build(state: PickleValue): void {
    const target = this.top();
    if (target instanceof PickleCall) target.state = state;
    else if (!(target instanceof PickleDict || target instanceof PickleList))
      this.reader.refuse('sets the state of a plain value');
  }

  list(items: readonly PickleValue[]): void {
    const list = new PickleList();
    this.append(list, items);
    this.make(list);
  }

  refuse(what: string): never {
    this.reader.refuse(what);
  }
}
