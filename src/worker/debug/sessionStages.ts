/** The store of finished stages as a looked-at batch reads it: what is written goes into the session's own folder. */
import path from 'node:path';
import type { FileStamp } from '../../shared/results/records';
import { makeFolderFor, writeFileAtomic } from '../storage/atomicFile';
import { StageStore } from '../storage/stageStore';

export class SessionStages extends StageStore {
  private readonly own = new Set<string>();

  /** `root`: the `.transferscope` folder, which is read; `scratch`: absolute path of a folder that may be written to. */
  constructor(
    root: string,
    private readonly scratch: string,
  ) {
    super(root);
  }

  override file(key: string, name: string): string {
    const written = path.join(this.scratch, 'stages', key, name);
    return this.own.has(written) ? written : super.file(key, name);
  }

  override async writeFile(key: string, name: string, content: string | Uint8Array): Promise<FileStamp> {
    const file = path.join(this.scratch, 'stages', key, name);
    await makeFolderFor(file);
    this.own.add(file);
    return writeFileAtomic(file, content);
  }
}
