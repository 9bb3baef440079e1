/** The kinds of analysis with what they say of themselves, for menus: made from the schema, so that none is offered that it lacks. */
import { analysisSchema } from './analysisSchema';
import { fieldInfo } from './fields';

export interface AnalysisKind {
  readonly kind: string;
  /** One sentence. */
  readonly doc: string;
  /** Keys that it takes. */
  readonly settings: readonly string[];
}

export function listAnalysisKinds(): AnalysisKind[] {
  return analysisSchema.options.map(({ shape }) => ({
    kind: String([...shape.kind.unwrap().values][0]),
    doc: fieldInfo.get(shape.kind)?.doc ?? '',
    settings: Object.keys(shape),
  }));
}
